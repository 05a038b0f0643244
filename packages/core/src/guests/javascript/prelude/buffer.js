// Buffer.
const { encode, encodeText, decode, normalize, needEncoding } = require('bytes')
const { invalidArgument, outOfRange, coded } = require('errors')
const { inspect, custom } = require('inspect')

const size = (value, name = 'size') => {
  if (typeof value !== 'number') throw invalidArgument(name, 'of type number', value)
  if (!(value >= 0 && value <= 4_294_967_296))
    throw outOfRange(name, '>= 0 && <= 4294967296', value)
  return value
}

class Buffer extends Uint8Array {
  constructor(first, ...rest) {
    if (typeof first === 'string') super(encodeText(first, rest[0]))
    else super(first, ...rest)
  }

  static from(value, second, third) {
    if (typeof value === 'string') return wrap(encodeText(value, second))
    if (value instanceof ArrayBuffer || tagOf(value) === 'SharedArrayBuffer')
      return new Buffer(value, second, third)
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return copyOf(value)
    if (value !== null && typeof value === 'object') {
      if (value.type === 'Buffer' && Array.isArray(value.data)) return copyOf(value.data)
      const primitive = value[Symbol.toPrimitive]?.('string') ?? value.valueOf?.()
      if (primitive !== null && primitive !== undefined && primitive !== value)
        return Buffer.from(primitive, second, third)
      if (typeof value.length === 'number')
        return copyOf(Array.from({ length: value.length }, (_, at) => value[at]))
    }
    throw invalidArgument(
      'first argument',
      'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object',
      value,
    )
  }

  static of(...bytes) {
    return copyOf(bytes)
  }

  static alloc(length, fill, encoding) {
    const made = new Buffer(size(length))
    return fill === undefined || fill === 0 ? made : made.fill(fill, encoding)
  }

  static allocUnsafe(length) {
    return new Buffer(size(length))
  }

  static allocUnsafeSlow(length) {
    return new Buffer(size(length))
  }

  static concat(list, total) {
    if (!Array.isArray(list)) throw invalidArgument('list', 'an instance of Array', list)
    const length = total ?? list.reduce((sum, part) => sum + part.length, 0)
    const made = new Buffer(length)
    let at = 0
    for (const part of list) {
      if (!(part instanceof Uint8Array))
        throw invalidArgument('list[0]', 'an instance of Buffer or Uint8Array', part)
      const room = part.subarray(0, Math.max(0, length - at))
      made.set(room, at)
      at += room.length
    }
    return made
  }

  static isBuffer(value) {
    return value instanceof Buffer
  }

  static isEncoding(encoding) {
    return typeof encoding === 'string' && encoding !== '' && normalize(encoding) !== undefined
  }

  static byteLength(value, encoding) {
    return typeof value === 'string' ? encodeText(value, encoding).length : value.byteLength
  }

  static compare(left, right) {
    const common = Math.min(left.length, right.length)
    for (let at = 0; at < common; at += 1)
      if (left[at] !== right[at]) return left[at] < right[at] ? -1 : 1
    return Math.sign(left.length - right.length)
  }

  get parent() {
    return this.buffer
  }

  get offset() {
    return this.byteOffset
  }

  toString(encoding, start = 0, end = this.length) {
    const from = Math.max(0, Math.trunc(start) || 0)
    const to = Math.min(this.length, Math.trunc(end) || 0)
    return to <= from
      ? ''
      : decode(new Uint8Array(this.buffer, this.byteOffset + from, to - from), encoding)
  }

  toLocaleString(...args) {
    return this.toString(...args)
  }

  toJSON() {
    return { type: 'Buffer', data: Array.from(this) }
  }

  equals(other) {
    if (!(other instanceof Uint8Array))
      throw invalidArgument('otherBuffer', 'an instance of Buffer or Uint8Array', other)
    return Buffer.compare(this, other) === 0
  }

  compare(target, targetStart = 0, targetEnd = target.length, start = 0, end = this.length) {
    return Buffer.compare(this.subarray(start, end), target.subarray(targetStart, targetEnd))
  }

  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = this.subarray(
      start,
      Math.min(end, start + Math.max(0, target.length - targetStart)),
    )
    target.set(part, targetStart)
    return part.length
  }

  write(text, ...rest) {
    const encoding = rest.find((one) => typeof one === 'string')
    const [offset = 0, length = this.length - offset] = rest.filter(
      (one) => typeof one === 'number',
    )
    if (offset > this.length) throw outOfRange('offset', `>= 0 && <= ${this.length}`, offset)
    let bytes = encodeText(text, encoding).subarray(0, Math.min(length, this.length - offset))
    if (needEncoding(encoding) === 'utf8')
      bytes = wholeCharacters(bytes, encodeText(text, encoding))
    this.set(bytes, offset)
    return bytes.length
  }

  fill(value, ...rest) {
    const encoding = rest.find((one) => typeof one === 'string')
    const [start = 0, end = this.length] = rest.filter((one) => typeof one === 'number')
    if (typeof value === 'number' || typeof value === 'boolean')
      return super.fill(Number(value) & 0xff, start, end)
    const pattern = typeof value === 'string' ? encodeText(value, encoding) : value
    if (pattern.length === 0) return super.fill(0, start, end)
    for (let at = start; at < end; at += 1) this[at] = pattern[(at - start) % pattern.length]
    return this
  }

  slice(start, end) {
    return this.subarray(start, end)
  }

  indexOf(value, from, encoding) {
    return search(this, value, typeof from === 'string' ? { encoding: from } : { from, encoding })
  }

  lastIndexOf(value, from, encoding) {
    return search(this, value, {
      ...(typeof from === 'string' ? { encoding: from } : { from, encoding }),
      last: true,
    })
  }

  includes(value, from, encoding) {
    return this.indexOf(value, from, encoding) >= 0
  }

  swap16() {
    return swap(this, 2)
  }

  swap32() {
    return swap(this, 4)
  }

  swap64() {
    return swap(this, 8)
  }

  [custom]() {
    const shown = Array.from(this.subarray(0, 50), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(' ')
    const more =
      this.length > 50 ? ` ... ${this.length - 50} more byte${this.length > 51 ? 's' : ''}` : ''
    return `<Buffer${shown === '' ? '' : ` ${shown}`}${more}>`
  }
}

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1)
const wrap = (bytes) => new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const copyOf = (list) => {
  const made = new Buffer(list.length)
  for (let at = 0; at < list.length; at += 1) made[at] = Number(list[at]) & 0xff
  return made
}

/** Cuts before a character that did not fit whole. */
const wholeCharacters = (part, all) => {
  let end = part.length
  while (end > 0 && end < all.length && (all[end] & 0xc0) === 0x80) end -= 1
  return part.subarray(0, end)
}

const search = (bytes, value, { from, encoding, last }) => {
  const wanted =
    typeof value === 'number'
      ? Uint8Array.of(value & 0xff)
      : typeof value === 'string'
        ? encodeText(value, encoding)
        : encode(value)
  const step = last ? -1 : 1
  const end = bytes.length - wanted.length
  let at =
    from === undefined
      ? last
        ? end
        : 0
      : Math.trunc(from) < 0
        ? bytes.length + Math.trunc(from)
        : Math.trunc(from) || 0
  at = last ? Math.min(at, end) : Math.max(at, 0)
  for (; at >= 0 && at <= end; at += step) {
    let same = 0
    while (same < wanted.length && bytes[at + same] === wanted[same]) same += 1
    if (same === wanted.length) return at
  }
  return -1
}

const swap = (bytes, width) => {
  if (bytes.length % width !== 0)
    throw coded(
      RangeError,
      'ERR_INVALID_BUFFER_SIZE',
      `Buffer size must be a multiple of ${width * 8}-bits`,
    )
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
  return bytes
}

require('buffer-numbers').install(Buffer)
Buffer.poolSize = 8192

module.exports = {
  Buffer,
  kMaxLength: 4_294_967_296,
  constants: { MAX_LENGTH: 4_294_967_296, MAX_STRING_LENGTH: 536_870_888 },
  INSPECT_MAX_BYTES: 50,
  atob: globalThis.atob,
  btoa: globalThis.btoa,
  SlowBuffer: Buffer,
  isUtf8: (bytes) => works(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
  isAscii: (bytes) => bytes.every((byte) => byte < 128),
  inspect,
}

const works = (run) => {
  try {
    run()
    return true
  } catch {
    return false
  }
}
