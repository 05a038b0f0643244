// node:string_decoder.
const { decode, needEncoding } = require('bytes')

class StringDecoder {
  constructor(encoding) {
    this.encoding = needEncoding(encoding)
    this._text =
      this.encoding === 'utf8' ? new TextDecoder('utf-8', { ignoreBOM: true }) : undefined
    this._rest = new Uint8Array(0)
  }

  write(chunk) {
    if (typeof chunk === 'string') return chunk
    if (this._text !== undefined) return this._text.decode(chunk, { stream: true })
    const all = new Uint8Array(this._rest.length + chunk.length)
    all.set(this._rest)
    all.set(chunk, this._rest.length)
    const unit = { utf16le: 2, base64: 3, base64url: 3 }[this.encoding] ?? 1
    const whole = all.length - (all.length % unit)
    this._rest = all.slice(whole)
    return decode(all.subarray(0, whole), this.encoding)
  }

  end(chunk) {
    const text = chunk === undefined ? '' : this.write(chunk)
    if (this._text !== undefined) return text + this._text.decode()
    const rest = this._rest
    this._rest = new Uint8Array(0)
    return text + decode(rest, this.encoding)
  }
}

module.exports = { StringDecoder }
