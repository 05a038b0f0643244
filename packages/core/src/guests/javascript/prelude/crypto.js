// node:crypto, the part that needs no keys of the host: randomness, hashes and HMAC.
const { coded, outOfRange, invalidArgument } = require('errors')
const { encode, decode } = require('bytes')
const { Buffer } = require('buffer')

const web = globalThis.crypto
const algorithms = { md5: 64, sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 }
const nameOf = (algorithm) => {
  const name = String(algorithm)
    .toLowerCase()
    .replace(/^(?:rsa-)?sha-?(\d+)$/, 'sha$1')
  if (!Object.hasOwn(algorithms, name))
    throw coded(Error, 'ERR_OSSL_EVP_UNSUPPORTED', 'Digest method not supported')
  return name
}

const bufferOf = (bytes) => new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength)

class Hash {
  constructor(algorithm) {
    this._algorithm = nameOf(algorithm)
    this._parts = []
    this._done = false
  }

  update(data, encoding) {
    if (this._done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')
    this._parts.push(new Uint8Array(encode(data, encoding)).slice())
    return this
  }

  digest(encoding) {
    if (this._done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')
    this._done = true
    return finish(
      host('hash', this._algorithm, new Uint8Array(Buffer.concat(this._parts))),
      encoding,
    )
  }

  copy() {
    const twin = new Hash(this._algorithm)
    twin._parts = [...this._parts]
    return twin
  }
}

const finish = (bytes, encoding) =>
  encoding === undefined || encoding === 'buffer' ? bufferOf(bytes) : decode(bytes, encoding)

class Hmac {
  constructor(algorithm, key) {
    const block = algorithms[nameOf(algorithm)]
    const given = encode(key, 'utf8')
    const short = given.length > block ? new Hash(algorithm).update(given).digest() : given
    const padded = new Uint8Array(block)
    padded.set(short)
    this._outer = padded.map((byte) => byte ^ 0x5c)
    this._algorithm = algorithm
    this._inner = new Hash(algorithm).update(padded.map((byte) => byte ^ 0x36))
  }

  update(data, encoding) {
    this._inner.update(data, encoding)
    return this
  }

  digest(encoding) {
    return finish(
      new Hash(this._algorithm).update(this._outer).update(this._inner.digest()).digest(),
      encoding,
    )
  }
}

const randomBytes = (size, callback) => {
  if (typeof size !== 'number') throw invalidArgument('size', 'of type number', size)
  if (!(size >= 0 && size <= 2_147_483_647)) throw outOfRange('size', '>= 0 && <= 2147483647', size)
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 65_536)
    bytes.set(host('random', Math.min(65_536, size - at)), at)
  if (typeof callback !== 'function') return bytes
  require('timers').setImmediate(callback, null, bytes)
  return undefined
}

const randomFillSync = (target, offset = 0, size = target.byteLength - offset) => {
  encode(target).set(randomBytes(size), offset)
  return target
}

const randomInt = (first, second, third) => {
  const [low, high, callback] =
    typeof second === 'number' ? [first, second, third] : [0, first, second]
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low)
    throw outOfRange('max', `greater than the value of "min" (${low})`, high)
  const range = high - low
  const limit = 2 ** 48 - (2 ** 48 % range)
  let value
  do value = randomBytes(6).readUIntBE(0, 6)
  while (value >= limit)
  const result = low + (value % range)
  if (typeof callback !== 'function') return result
  require('timers').setImmediate(callback, null, result)
  return undefined
}

const timingSafeEqual = (left, right) => {
  if (left.byteLength !== right.byteLength)
    throw coded(
      RangeError,
      'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
      'Input buffers must have the same byte length',
    )
  const [a, b] = [encode(left), encode(right)]
  let different = 0
  for (let at = 0; at < a.length; at += 1) different |= a[at] ^ b[at]
  return different === 0
}

/** A key from a password, made by the host; its refusals are Node's own. */
const derive = (operation, ...args) => {
  try {
    return bufferOf(host(operation, ...args))
  } catch (error) {
    if (!(error instanceof host.Refusal)) throw error
    throw coded(/RANGE|PARAMS/.test(error.code) ? RangeError : TypeError, error.code, error.message)
  }
}

const pbkdf2Sync = (...[password, salt, rounds, length, algorithm]) => {
  if (typeof algorithm !== 'string') throw invalidArgument('digest', 'of type string', algorithm)
  const [secret, grain] = [encode(password, 'utf8'), encode(salt, 'utf8')].map(own)
  return derive('pbkdf2', secret, grain, rounds, length, algorithm)
}

const own = (bytes) => new Uint8Array(bytes)

const scryptSync = (...[password, salt, length, options = {}]) => {
  const [secret, grain] = [encode(password, 'utf8'), encode(salt, 'utf8')].map(own)
  const cost = options.cost ?? options.N ?? 16_384
  const block = options.blockSize ?? options.r ?? 8
  const lanes = options.parallelization ?? options.p ?? 1
  return derive('scrypt', secret, grain, length, cost, block, lanes, options.maxmem ?? 33_554_432)
}

/** The same with a callback, which comes last. */
const later =
  (run) =>
  (...args) => {
    const done = require('errors').needFunction(args.pop())
    const result = run(...args)
    require('timers').setImmediate(done, null, result)
  }

module.exports = {
  createHash: (algorithm) => new Hash(algorithm),
  createHmac: (algorithm, key) => new Hmac(algorithm, key),
  Hash,
  Hmac,
  hash: (algorithm, data, encoding = 'hex') => new Hash(algorithm).update(data).digest(encoding),
  getHashes: () => Object.keys(algorithms),
  randomBytes,
  randomFillSync,
  randomInt,
  timingSafeEqual,
  pbkdf2Sync,
  pbkdf2: later(pbkdf2Sync),
  scryptSync,
  scrypt: later(scryptSync),
  randomUUID: () => web.randomUUID(),
  getRandomValues: (target) => web.getRandomValues(target),
  webcrypto: web,
  subtle: web.subtle,
}
