// process.stdin.
const { createReadStream } = require('fs-streams')

const stdin = Object.assign(createReadStream('/dev/stdin', { fd: 0, autoClose: false }), {
  fd: 0,
  ref: () => stdin,
  unref: () => stdin,
})

module.exports = { stdin }
