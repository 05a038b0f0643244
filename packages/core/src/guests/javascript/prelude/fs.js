// node:fs: the synchronous functions, the same with callbacks, and as promises.
const sync = require('fs-sync')
const { constants, Stats, Dirent } = require('fs-files')
const { needFunction } = require('errors')
const { nextTick, setImmediate } = require('timers')
const { FileHandle } = require('fs-handle')
const { createReadStream, createWriteStream } = require('fs-streams')
const { absent } = require('errors')

const fs = { ...sync, constants, Stats, Dirent, createReadStream, createWriteStream }
const promises = { constants }

// How many results besides the error a callback gets: the bytes of read and write are told with the buffer.
const withBuffer = new Set(['read', 'write', 'readv', 'writev'])

for (const [name, run] of Object.entries(sync)) {
  if (!name.endsWith('Sync')) continue
  const base = name.slice(0, -4)
  fs[base] = (...args) => {
    const callback = needFunction(args.pop())
    let outcome
    try {
      const value = run(...args)
      outcome = withBuffer.has(base)
        ? [null, value, args[1]]
        : base === 'exists'
          ? [value]
          : [null, value]
    } catch (error) {
      if (error.code === 'ERR_INVALID_ARG_TYPE') throw error
      outcome = [error]
    }
    setImmediate(callback, ...outcome)
  }
  promises[base] = (...args) =>
    new Promise((resolve, reject) => {
      let value
      try {
        value = run(...args.map((arg) => (arg instanceof FileHandle ? arg.fd : arg)))
      } catch (error) {
        setImmediate(reject, error)
        return
      }
      setImmediate(resolve, value)
    })
}

for (const name of [
  'close',
  'read',
  'write',
  'readv',
  'writev',
  'fstat',
  'ftruncate',
  'futimes',
  'fsync',
  'fdatasync',
  'fchmod',
  'fchown',
  'exists',
])
  delete promises[name]
const openFile = promises.open
promises.open = async (path, flags, mode) => new FileHandle(await wrapOpen(path, flags, mode))
const wrapOpen = (path, flags, mode) =>
  openFile === undefined ? sync.openSync(path, flags, mode) : openFile(path, flags, mode)
promises.watch = () => {
  throw absent('fs.watch', 'nothing outside of the program changes its files')
}

fs.promises = promises
fs.realpath.native = fs.realpath
fs.watch = promises.watch
fs.watchFile = promises.watch
fs.unwatchFile = () => {}
fs.F_OK = constants.F_OK
fs.R_OK = constants.R_OK
fs.W_OK = constants.W_OK
fs.X_OK = constants.X_OK
fs.close = (fd, callback = () => {}) => {
  sync.closeSync(fd)
  nextTick(callback, null)
}

module.exports = fs
