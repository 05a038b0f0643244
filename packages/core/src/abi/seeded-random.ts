const wordBytes = 4

/**
 * Bytes that depend on the seed alone, the same in every engine: xoshiro128** 1.1, whose state is two outputs of SplitMix64, each number as four
 * bytes from the lowest on. How many are drawn at a time changes none of them. Not for secrets.
 *
 * @param stream which pair of outputs of SplitMix64: streams of one seed have nothing to do with each other
 * @see https://prng.di.unimi.it/
 */
export function createSeededRandom(seed: number, stream = 0): (into: Uint8Array) => void {
  const next = createXoshiro(seedWords(BigInt(seed), stream))
  let word = 0
  let left = 0
  return (into) => {
    for (let at = 0; at < into.length; at += 1) {
      if (left === 0) {
        word = next()
        left = wordBytes
      }
      into[at] = word
      word >>>= 8
      left -= 1
    }
  }
}

/** The state as four numbers of 32 bits; all of them 0 gives 0 for ever. */
export function createXoshiro(words: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = words
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function seedWords(seed: bigint, stream: number): [number, number, number, number] {
  const first = splitMix(seed, 2 * stream + 1)
  const second = splitMix(seed, 2 * stream + 2)
  return [low(first), low(first >> 32n), low(second), low(second >> 32n)]
}

/** The output of SplitMix64 with this number, from 1 on. */
export function splitMix(seed: bigint, number: number): bigint {
  let z = BigInt.asUintN(64, seed + 0x9e37_79b9_7f4a_7c15n * BigInt(number))
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n)
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn)
  return z ^ (z >> 31n)
}

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}
