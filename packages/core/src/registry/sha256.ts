import type { StreamingHash } from './types.ts'

const blockBytes = 64
const roundConstants = Int32Array.from(firstPrimes(64), (prime) => fraction(Math.cbrt(prime)))
const initialState = Int32Array.from(firstPrimes(8), (prime) => fraction(Math.sqrt(prime)))

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes
}

/** The first 32 bits behind the binary point, as the standard derives its constants. */
function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32) | 0
}

/**
 * SHA-256 that takes its input in pieces, for places without `node:crypto`: WebCrypto hashes whole buffers only.
 *
 * @see FIPS 180-4
 */
export function createSha256(): StreamingHash {
  const state = initialState.slice()
  const block = new Uint8Array(blockBytes)
  const view = new DataView(block.buffer)
  const words = new Int32Array(64)
  let filled = 0
  let length = 0
  const take = (bytes: Uint8Array): void => {
    let at = 0
    while (at < bytes.length) {
      const piece = bytes.subarray(at, at + blockBytes - filled)
      block.set(piece, filled)
      at += piece.length
      filled += piece.length
      if (filled < blockBytes) return
      compress(state, view, words)
      filled = 0
    }
  }
  return {
    update(bytes) {
      length += bytes.length
      take(bytes)
    },
    digestHex() {
      take(padding(length, filled))
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
    },
  }
}

/** A one bit, zeros, and the length in bits, up to the end of a block. */
function padding(length: number, filled: number): Uint8Array {
  const size = (filled < 56 ? 64 : 128) - filled
  const bytes = new Uint8Array(size)
  bytes[0] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(size - 8, Math.floor(length / 2 ** 29))
  view.setUint32(size - 4, (length * 8) >>> 0)
  return bytes
}

function compress(state: Int32Array, view: DataView, words: Int32Array): void {
  schedule(words, view)
  let a = state[0] ?? 0
  let b = state[1] ?? 0
  let c = state[2] ?? 0
  let d = state[3] ?? 0
  let e = state[4] ?? 0
  let f = state[5] ?? 0
  let g = state[6] ?? 0
  let h = state[7] ?? 0
  for (let round = 0; round < 64; round++) {
    const sum = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + sum + choice + (roundConstants[round] ?? 0) + (words[round] ?? 0)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  add(state, 0, a)
  add(state, 1, b)
  add(state, 2, c)
  add(state, 3, d)
  add(state, 4, e)
  add(state, 5, f)
  add(state, 6, g)
  add(state, 7, h)
}

function add(state: Int32Array, at: number, number: number): void {
  state[at] = ((state[at] ?? 0) + number) | 0
}

function schedule(words: Int32Array, view: DataView): void {
  for (let at = 0; at < 16; at++) words[at] = view.getInt32(at * 4)
  for (let at = 16; at < 64; at++) {
    const early = words[at - 15] ?? 0
    const late = words[at - 2] ?? 0
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
    const large = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
    words[at] = ((words[at - 16] ?? 0) + small + (words[at - 7] ?? 0) + large) | 0
  }
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
