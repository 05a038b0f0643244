// TextDecoder for every encoding of the standard: the engine's own for Unicode, the host's for the rest.
const { coded } = require('errors')
const EngineDecoder = globalThis.TextDecoder
const own = new Set(['utf-8', 'utf-16le', 'utf-16be'])

const nameOf = (label) => {
  try {
    return host('decode.name', label.trim())
  } catch (error) {
    if (!(error instanceof host.Refusal)) throw error
    throw coded(
      RangeError,
      'ERR_ENCODING_NOT_SUPPORTED',
      `The "${label}" encoding is not supported`,
    )
  }
}

const bytesOf = (input) => {
  if (input === undefined) return new Uint8Array(0)
  if (input instanceof ArrayBuffer) return new Uint8Array(input)
  if (ArrayBuffer.isView(input))
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  throw require('errors').invalidArgument(
    'list',
    'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView',
    input,
  )
}

class TextDecoder {
  #engine
  #encoding
  #fatal
  #ignoreBOM

  constructor(label = 'utf-8', options = {}) {
    const name = `${label}`.toLowerCase()
    this.#encoding = name === 'utf8' || name === 'utf-8' ? 'utf-8' : nameOf(name)
    this.#fatal = options?.fatal === true
    this.#ignoreBOM = options?.ignoreBOM === true
    if (own.has(this.#encoding))
      this.#engine = new EngineDecoder(this.#encoding, {
        fatal: this.#fatal,
        ignoreBOM: this.#ignoreBOM,
      })
  }

  get encoding() {
    return this.#encoding
  }

  get fatal() {
    return this.#fatal
  }

  get ignoreBOM() {
    return this.#ignoreBOM
  }

  decode(input, options = {}) {
    const bytes = bytesOf(input)
    try {
      if (this.#engine !== undefined) return this.#engine.decode(bytes, options)
      if (options?.stream === true && !/^(?:windows|iso|koi8|ibm|mac)/.test(this.#encoding))
        throw coded(
          TypeError,
          'ERR_INVALID_ARG_VALUE',
          `${this.#encoding} cannot be decoded piece by piece here`,
        )
      return host('decode', this.#encoding, new Uint8Array(bytes), this.#fatal, this.#ignoreBOM)
    } catch (error) {
      if (error.code === 'ERR_INVALID_ARG_VALUE') throw error
      throw coded(
        TypeError,
        'ERR_ENCODING_INVALID_ENCODED_DATA',
        `The encoded data was not valid for encoding ${this.#encoding}`,
      )
    }
  }
}

module.exports = { TextDecoder }
