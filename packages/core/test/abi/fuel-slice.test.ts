import { expect, it } from 'vitest'
import { FuelSlice } from '../../src/abi/fuel-slice.ts'

/** Sizes after looks that are so many milliseconds apart. */
const sizes = (...gaps: number[]): bigint[] => {
  const slice = new FuelSlice()
  let now = 1000
  slice.looked(now)
  return gaps.map((gap) => {
    slice.looked((now += gap))
    return slice.size
  })
}

it('grows while looks come too often, to eight million and no further', () => {
  expect(sizes(0.01, 0.01, 0.01, 0.01, 0)).toEqual([
    2_000_000n,
    4_000_000n,
    8_000_000n,
    8_000_000n,
    8_000_000n,
  ])
})

it('shrinks when a look comes late, to a million and no further', () => {
  expect(sizes(0.01, 0.01, 5, 5, 5)).toEqual([
    2_000_000n,
    4_000_000n,
    2_000_000n,
    1_000_000n,
    1_000_000n,
  ])
})

it('stays where looks come about as they should', () => {
  expect(sizes(0.01, 0.5, 0.5)).toEqual([2_000_000n, 2_000_000n, 2_000_000n])
})
