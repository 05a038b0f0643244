// node:zlib over the host's zlib. Streams hold what they are given and turn it at their end.
const { Transform } = require('stream')
const { coded, invalidArgument, needFunction } = require('errors')
const { encode } = require('bytes')
const { Buffer } = require('buffer')

const constants = {
  Z_NO_FLUSH: 0,
  Z_PARTIAL_FLUSH: 1,
  Z_SYNC_FLUSH: 2,
  Z_FULL_FLUSH: 3,
  Z_FINISH: 4,
  Z_OK: 0,
  Z_STREAM_END: 1,
  Z_NEED_DICT: 2,
  Z_ERRNO: -1,
  Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5,
  Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0,
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1,
  Z_HUFFMAN_ONLY: 2,
  Z_RLE: 3,
  Z_FIXED: 4,
  Z_DEFAULT_STRATEGY: 0,
}

const failure = (error) => {
  const { code, message } = error
  if (code === 'ERR_BUFFER_TOO_LARGE' || code === 'ERR_OUT_OF_RANGE')
    return coded(RangeError, code, message)
  const made = new Error(message)
  if (Object.hasOwn(constants, code)) made.errno = constants[code]
  made.code = code
  return made
}

const perform = (operation, data, options = {}) => {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer))
    throw invalidArgument(
      'buffer',
      'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer',
      data,
    )
  if (options.dictionary !== undefined)
    throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'A dictionary is not available here')
  try {
    const bytes = host('zlib', operation, new Uint8Array(encode(data)), JSON.stringify(options))
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    throw error instanceof host.Refusal ? failure(error) : error
  }
}

const operations = {
  gzip: 'Gzip',
  gunzip: 'Gunzip',
  deflate: 'Deflate',
  inflate: 'Inflate',
  deflateRaw: 'DeflateRaw',
  inflateRaw: 'InflateRaw',
  unzip: 'Unzip',
}

const zlib = {
  constants,
  crc32: (data, start = 0) => host('crc32', new Uint8Array(encode(data)), start),
}
Object.assign(zlib, constants)

for (const [operation, name] of Object.entries(operations)) {
  class Zlib extends Transform {
    #parts = []
    #settings

    constructor(options = {}) {
      super(options)
      this.#settings = options
    }

    _transform(chunk, _encoding, done) {
      this.#parts.push(chunk)
      done()
    }

    _flush(done) {
      try {
        done(null, perform(operation, Buffer.concat(this.#parts), this.#settings))
      } catch (error) {
        done(error)
      }
    }
  }
  Object.defineProperty(Zlib, 'name', { value: name })
  zlib[name] = Zlib
  zlib[`create${name}`] = (options) => new Zlib(options)
  zlib[`${operation}Sync`] = (data, options) => perform(operation, data, options)
  zlib[operation] = (data, options, callback) => {
    const done = needFunction(callback ?? options)
    const given = typeof options === 'function' ? {} : options
    require('timers').setImmediate(() => {
      let result
      try {
        result = perform(operation, data, given)
      } catch (error) {
        done(error)
        return
      }
      done(null, result)
    })
  }
}

module.exports = zlib
