// The state of a promise, from the engine; asking runs no code of the program.
const names = ['pending', 'fulfilled', 'rejected']

const of = (promise) => {
  const state = names[host('promise.state', promise)] ?? 'pending'
  return state === 'pending' ? [state] : [state, host('promise.result', promise)]
}

module.exports = { of }
