// Blob and File: bytes that do not change.
const { encode, decode } = require('bytes')

const bytesOf = (part) => {
  if (part instanceof Blob) return Blob.bytes(part)
  return typeof part === 'string' || part instanceof ArrayBuffer || ArrayBuffer.isView(part)
    ? encode(part)
    : encode(String(part))
}

class Blob {
  #bytes
  #type

  constructor(parts = [], options = {}) {
    const pieces = Array.from(parts, bytesOf)
    this.#bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of pieces) {
      this.#bytes.set(piece, at)
      at += piece.length
    }
    this.#type = String(options.type ?? '').toLowerCase()
  }

  static bytes(blob) {
    return blob.#bytes
  }

  get size() {
    return this.#bytes.length
  }

  get type() {
    return this.#type
  }

  async text() {
    return decode(this.#bytes, 'utf8')
  }

  async bytes() {
    return this.#bytes.slice()
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer
  }

  slice(from, to, type) {
    return new Blob([this.#bytes.slice(from, to)], { type })
  }

  get [Symbol.toStringTag]() {
    return 'Blob'
  }
}

class File extends Blob {
  constructor(parts, name, options = {}) {
    super(parts, options)
    this.name = String(name)
    this.lastModified = options.lastModified ?? Date.now()
  }
}

module.exports = { Blob, File }
