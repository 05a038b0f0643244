// The engine's own seed is part of the image and so the same in every program; this one is the host's.
const words = new Uint32Array(4)

const rotate = (value, by) => (value << by) | (value >>> (32 - by))

/** xoshiro128**: 32 bits. */
const next = () => {
  const result = Math.imul(rotate(Math.imul(words[1], 5), 7), 9) >>> 0
  const shifted = words[1] << 9
  words[2] ^= words[0]
  words[3] ^= words[1]
  words[1] ^= words[2]
  words[0] ^= words[3]
  words[2] ^= shifted
  words[3] = rotate(words[3], 11)
  return result
}

const seedRandom = (seed) => {
  words.set(seed)
  if (words.every((word) => word === 0)) words[0] = 1
}

Object.defineProperty(Math, 'random', {
  value: function random() {
    return ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
  },
  configurable: true,
  writable: true,
  enumerable: false,
})

module.exports = { seedRandom }
