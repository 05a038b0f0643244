// Reading and writing numbers in a Buffer.
const { outOfRange, invalidArgument, coded } = require('errors')

const kinds = [
  ['UInt8', 'Uint8', 1],
  ['Int8', 'Int8', 1],
  ['UInt16', 'Uint16', 2],
  ['Int16', 'Int16', 2],
  ['UInt32', 'Uint32', 4],
  ['Int32', 'Int32', 4],
  ['Float', 'Float32', 4],
  ['Double', 'Float64', 8],
  ['BigInt64', 'BigInt64', 8],
  ['BigUInt64', 'BigUint64', 8],
]

const bounds = {
  UInt8: [0, 255],
  Int8: [-128, 127],
  UInt16: [0, 65_535],
  Int16: [-32_768, 32_767],
  UInt32: [0, 4_294_967_295],
  Int32: [-2_147_483_648, 2_147_483_647],
}

const need = (bytes, offset, width) => {
  if (typeof offset !== 'number') throw invalidArgument('offset', 'of type number', offset)
  if (!Number.isInteger(offset)) throw outOfRange('offset', 'an integer', offset)
  if (offset < 0 || offset + width > bytes.length) {
    if (bytes.length < width)
      throw coded(
        RangeError,
        'ERR_BUFFER_OUT_OF_BOUNDS',
        'Attempt to access memory outside buffer bounds',
      )
    throw outOfRange('offset', `>= 0 and <= ${bytes.length - width}`, offset)
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const check = (kind, value) => {
  const range = bounds[kind]
  if (range !== undefined && (value < range[0] || value > range[1]))
    throw outOfRange('value', `>= ${range[0]} and <= ${range[1]}`, value)
  return value
}

const define = (prototype, name, value) =>
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })

const wide = (bytes, offset, width, { little, signed }) => {
  need(bytes, offset, width)
  let value = 0
  for (let at = 0; at < width; at += 1)
    value = value * 256 + bytes[offset + (little ? width - 1 - at : at)]
  return signed && value >= 2 ** (width * 8 - 1) ? value - 2 ** (width * 8) : value
}

const putWide = (bytes, value, offset, width, little) => {
  need(bytes, offset, width)
  let left = value < 0 ? value + 2 ** (width * 8) : value
  for (let at = 0; at < width; at += 1) {
    bytes[offset + (little ? at : width - 1 - at)] = left % 256
    left = Math.floor(left / 256)
  }
  return offset + width
}

const install = (Buffer) => {
  const { prototype } = Buffer
  for (const [kind, view, width] of kinds) {
    for (const end of width === 1 ? [''] : ['LE', 'BE']) {
      const read = function (offset = 0) {
        return need(this, offset, width)[`get${view}`](offset, end === 'LE')
      }
      const write = function (value, offset = 0) {
        need(this, offset, width)[`set${view}`](offset, check(kind, value), end === 'LE')
        return offset + width
      }
      for (const name of new Set([kind, kind.replace('UInt', 'Uint')])) {
        define(prototype, `read${name}${end}`, read)
        define(prototype, `write${name}${end}`, write)
      }
    }
  }
  for (const end of ['LE', 'BE']) {
    const little = end === 'LE'
    for (const unsigned of ['UInt', 'Uint']) {
      define(prototype, `read${unsigned}${end}`, function (offset, width) {
        return wide(this, offset, width, { little, signed: false })
      })
      define(prototype, `write${unsigned}${end}`, function (value, offset, width) {
        return putWide(this, value, offset, width, little)
      })
    }
    define(prototype, `readInt${end}`, function (offset, width) {
      return wide(this, offset, width, { little, signed: true })
    })
    define(prototype, `writeInt${end}`, function (value, offset, width) {
      return putWide(this, value, offset, width, little)
    })
  }
}

module.exports = { install }
