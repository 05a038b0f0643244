import { expect, test } from 'vitest'
import { createSeededRandom, createXoshiro, splitMix } from '../../src/abi/seeded-random.ts'

function draw(random: (into: Uint8Array) => void, ...sizes: number[]): number[] {
  return sizes.flatMap((size) => {
    const bytes = new Uint8Array(size)
    random(bytes)
    return [...bytes]
  })
}

test('SplitMix64 gives the published numbers for the seed 0', () => {
  expect([1, 2, 3].map((number) => splitMix(0n, number))).toEqual([
    0xe220_a839_7b1d_cdafn,
    0x6e78_9e6a_a1b9_65f4n,
    0x06c4_5d18_8009_454fn,
  ])
})

test('xoshiro128** gives the published numbers for the state 1, 2, 3, 4', () => {
  const next = createXoshiro([1, 2, 3, 4])
  expect(Array.from({ length: 10 }, next)).toEqual([
    11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492, 1_287_239_034, 3_734_860_849,
    3_729_100_597, 4_258_142_804,
  ])
})

test('how many bytes are drawn at a time changes none of them', () => {
  const whole = draw(createSeededRandom(7), 64)
  expect(draw(createSeededRandom(7), 1, 2, 3, 0, 5, 53)).toEqual(whole)
  expect(draw(createSeededRandom(8), 64)).not.toEqual(whole)
  expect(draw(createSeededRandom(7, 1), 64)).not.toEqual(whole)
})

test('the largest seed is as good as the others', () => {
  const seeds = [0, 1, 2 ** 32, 2 ** 53 - 1]
  const drawn = seeds.map((seed) => draw(createSeededRandom(seed), 8).join())
  expect(new Set(drawn).size).toBe(seeds.length)
})
