// fs.createReadStream and createWriteStream.
const sync = require('fs-sync')
const { encodingOf, readFlags } = require('fs-files')

const chunkBytes = 65_536

const createReadStream = (path, options = {}) => {
  const { Readable } = require('stream')
  const settings = typeof options === 'string' ? { encoding: options } : options
  let fd = settings.fd
  let position = settings.start ?? 0
  const stream = new Readable({
    encoding: encodingOf(settings),
    highWaterMark: settings.highWaterMark ?? chunkBytes,
    read(size) {
      try {
        if (fd === undefined) {
          fd = sync.openSync(path, settings.flags ?? 'r')
          stream.emit('open', fd)
          stream.emit('ready')
        }
        const length = Math.min(size, (settings.end ?? Infinity) - position + 1)
        const bytes = require('buffer').Buffer.alloc(Math.max(0, length))
        const count =
          length <= 0 ? 0 : sync.readSync(fd, bytes, 0, length, fd === 0 ? null : position)
        position += count
        stream.bytesRead += count
        stream.push(count === 0 ? null : bytes.subarray(0, count))
      } catch (error) {
        stream.destroy(error)
      }
    },
    destroy(error, done) {
      if (fd !== undefined && settings.autoClose !== false) sync.closeSync(fd)
      done(error)
    },
  })
  return Object.assign(stream, {
    path,
    bytesRead: 0,
    close: (done) => {
      if (done) stream.once('close', done)
      stream.destroy()
    },
  })
}

const createWriteStream = (path, options = {}) => {
  const { Writable } = require('stream')
  const settings = typeof options === 'string' ? { encoding: options } : options
  let fd = settings.fd
  let position = settings.start
  const open = () => {
    if (fd !== undefined) return
    fd = sync.openSync(path, settings.flags ?? 'w')
    stream.emit('open', fd)
    stream.emit('ready')
  }
  const stream = new Writable({
    write(chunk, _encoding, done) {
      try {
        open()
        const count = sync.writeSync(
          fd,
          chunk,
          0,
          chunk.length,
          readFlags(settings.flags ?? 'w').append ? null : (position ?? null),
        )
        if (position !== undefined) position += count
        stream.bytesWritten += count
        done()
      } catch (error) {
        done(error)
      }
    },
    final(done) {
      try {
        open()
        done()
      } catch (error) {
        done(error)
      }
    },
    destroy(error, done) {
      if (fd !== undefined && settings.autoClose !== false) sync.closeSync(fd)
      done(error)
    },
  })
  return Object.assign(stream, {
    path,
    bytesWritten: 0,
    close: (done) => {
      if (done) stream.once('close', done)
      stream.end()
    },
  })
}

module.exports = { createReadStream, createWriteStream }
