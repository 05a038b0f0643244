// What fs.promises.open gives: a file to be read and written by promise.
const sync = require('fs-sync')

class FileHandle {
  constructor(fd) {
    this.fd = fd
  }

  async read(buffer, ...rest) {
    const target = ArrayBuffer.isView(buffer)
      ? buffer
      : (buffer?.buffer ?? require('buffer').Buffer.alloc(16_384))
    const args = ArrayBuffer.isView(buffer) ? rest : [buffer ?? {}]
    return { bytesRead: sync.readSync(this.fd, target, ...args), buffer: target }
  }

  async write(data, ...rest) {
    return { bytesWritten: sync.writeSync(this.fd, data, ...rest), buffer: data }
  }

  async readFile(options) {
    return sync.readFileSync(this.fd, options)
  }

  async writeFile(data, options) {
    return sync.writeFileSync(this.fd, data, options)
  }

  async appendFile(data, options) {
    return sync.writeFileSync(this.fd, data, options)
  }

  async *readLines() {
    const text = sync.readFileSync(this.fd, 'utf8')
    const lines = text.split(/\r?\n/)
    if (lines.at(-1) === '') lines.pop()
    yield* lines
  }

  async stat(options) {
    return sync.fstatSync(this.fd, options)
  }

  async truncate(length) {
    return sync.ftruncateSync(this.fd, length)
  }

  async utimes(accessed, modified) {
    return sync.futimesSync(this.fd, accessed, modified)
  }

  async sync() {
    sync.fsyncSync(this.fd)
  }

  async datasync() {
    sync.fsyncSync(this.fd)
  }

  async close() {
    if (this.fd < 0) return
    sync.closeSync(this.fd)
    this.fd = -1
  }

  async [Symbol.asyncDispose]() {
    await this.close()
  }
}

module.exports = { FileHandle }
