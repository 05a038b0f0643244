// Text to bytes and back, in every encoding that Buffer knows.
const { coded } = require('errors')
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Uint8Array(256).fill(255)
for (let at = 0; at < 64; at += 1) values[alphabet.charCodeAt(at)] = at
values[45] = 62
values[95] = 63

const names = {
  utf8: 'utf8',
  'utf-8': 'utf8',
  ucs2: 'utf16le',
  'ucs-2': 'utf16le',
  utf16le: 'utf16le',
  'utf-16le': 'utf16le',
  latin1: 'latin1',
  binary: 'latin1',
  ascii: 'ascii',
  base64: 'base64',
  base64url: 'base64url',
  hex: 'hex',
}

/** The usual name of an encoding, or undefined. */
const normalize = (encoding) =>
  encoding === undefined || encoding === null || encoding === ''
    ? 'utf8'
    : names[String(encoding).toLowerCase()]

const needEncoding = (encoding) => {
  const known = normalize(encoding)
  if (known === undefined)
    throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`)
  return known
}

const fromBase64 = (text) => {
  const clean = text.replace(/[^A-Za-z0-9+/_-]/g, (character) => (character === '=' ? '=' : ''))
  const end = clean.indexOf('=')
  const body = end < 0 ? clean : clean.slice(0, end)
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < body.length; index += 1) {
    held = ((held << 6) | values[body.charCodeAt(index)]) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return bytes
}

const toBase64 = (bytes, url) => {
  const parts = []
  for (let at = 0; at < bytes.length; at += 3) {
    const word = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const left = bytes.length - at
    parts.push(
      alphabet[word >> 18] +
        alphabet[(word >> 12) & 63] +
        (left > 1 ? alphabet[(word >> 6) & 63] : '=') +
        (left > 2 ? alphabet[word & 63] : '='),
    )
  }
  const text = parts.join('')
  return url ? text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : text
}

const fromHex = (text) => {
  const bytes = []
  for (let at = 0; at + 1 < text.length; at += 2) {
    const pair = text.slice(at, at + 2)
    if (!/^[0-9a-f]{2}$/i.test(pair)) break
    bytes.push(Number.parseInt(pair, 16))
  }
  return Uint8Array.from(bytes)
}

const fromCodes = (text, width) => {
  const codes = width === 2 ? new Uint16Array(text.length) : new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at)
  return new Uint8Array(codes.buffer)
}

/** Bytes of a string in an encoding. Strings only. */
const encodeText = (text, encoding) => {
  const kind = needEncoding(encoding)
  if (kind === 'utf8') return encoder.encode(text)
  if (kind === 'hex') return fromHex(text)
  if (kind === 'base64' || kind === 'base64url') return fromBase64(text)
  return fromCodes(text, kind === 'utf16le' ? 2 : 1)
}

/** Bytes of what can be written: a string, a typed array, a view or a buffer. */
const encode = (data, encoding) => {
  if (typeof data === 'string') return encodeText(data, encoding)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  throw require('errors').invalidArgument(
    'data',
    'of type string or an instance of Buffer, TypedArray, or DataView',
    data,
  )
}

const chunked = (bytes, mask) => {
  const parts = []
  for (let at = 0; at < bytes.length; at += 8192) {
    const part = bytes.subarray(at, at + 8192)
    parts.push(
      String.fromCharCode.apply(null, mask === 0xff ? part : part.map((byte) => byte & mask)),
    )
  }
  return parts.join('')
}

/** The text of bytes in an encoding. */
const decode = (bytes, encoding) => {
  const kind = needEncoding(encoding)
  if (kind === 'utf8') return decoder.decode(bytes)
  if (kind === 'hex')
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (kind === 'base64') return toBase64(bytes, false)
  if (kind === 'base64url') return toBase64(bytes, true)
  if (kind === 'utf16le')
    return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(
      bytes.subarray(0, bytes.length & ~1),
    )
  return chunked(bytes, kind === 'ascii' ? 0x7f : 0xff)
}

module.exports = { encode, encodeText, decode, normalize, needEncoding }
