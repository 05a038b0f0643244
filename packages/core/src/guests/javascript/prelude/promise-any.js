// Promise.any with the message that Node gives its AggregateError.
const engineAny = Promise.any

const named = (error) => {
  if (error instanceof AggregateError && error.message === '')
    Object.defineProperty(error, 'message', {
      value: 'All promises were rejected',
      writable: true,
      configurable: true,
    })
  throw error
}

const install = () =>
  Object.defineProperty(Promise, 'any', {
    value: function any(list) {
      return Reflect.apply(engineAny, this, [list]).then(undefined, named)
    },
    writable: true,
    configurable: true,
    enumerable: false,
  })

module.exports = { install }
