import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emptyCode, fromCode, toCode } from '../../src/rollup/quantize.ts'
import type { SketchPool } from '../../src/rollup/sketch.ts'
import { addToSketch, clearSketch, quantileOf } from '../../src/rollup/sketch.ts'
import { TopPool } from '../../src/rollup/top.ts'

const createSketchPool = (sketches: number, capacity: number): SketchPool => ({
  codes: new Uint16Array(sketches * capacity),
  counts: new Uint16Array(sketches * capacity),
  capacity,
})

const aValue = fc.double({ min: 0.001, max: 1e15, noNaN: true })
const exact = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN

it('a code gives its value back within 0.04 percent', () => {
  fc.assert(
    fc.property(aValue, (value) => {
      expect(Math.abs(fromCode(toCode(value)) - value) / value).toBeLessThan(0.0004)
    }),
    { numRuns: 2000 },
  )
  expect([0, -5, Number.NaN].map((value) => fromCode(toCode(value)))).toEqual([0, 0, 0])
  expect(fromCode(emptyCode)).toBeNaN()
  expect(toCode(Number.POSITIVE_INFINITY)).toBeLessThan(emptyCode)
})

const sketchOf = (values: readonly number[], capacity = 10) => {
  const pool = createSketchPool(2, capacity)
  for (const value of values) addToSketch(pool, 1, toCode(value))
  return (share: number) => quantileOf(pool, 1, share)
}

it('p95 and p99 are within 2.2 percent while the values fit the centroids', () => {
  const few = fc.uniqueArray(fc.integer({ min: -9, max: 40 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(few, fc.array(fc.nat(9), { minLength: 1, maxLength: 300 }), (powers, picks) => {
      const values = picks.map((pick) => 1.5 ** (powers[pick % powers.length] ?? 0))
      const quantile = sketchOf(values)
      for (const share of [0.5, 0.95, 0.99]) {
        const truth = exact(values, share)
        expect(Math.abs(quantile(share) - truth) / truth).toBeLessThan(0.022)
      }
    }),
    { numRuns: 500 },
  )
})

it('p95 and p99 lie between the true p85 and the highest value, whatever comes in whatever order', () => {
  fc.assert(
    fc.property(fc.array(aValue, { minLength: 1, maxLength: 400 }), (values) => {
      const quantile = sketchOf(values)
      for (const share of [0.95, 0.99]) {
        expect(quantile(share)).toBeGreaterThan(exact(values, 0.85) * 0.978)
        expect(quantile(share)).toBeLessThan(exact(values, 1) * 1.022)
      }
    }),
    { numRuns: 300 },
  )
})

/** A stream of numbers from 0 to 1 that is the same each time. */
const noise = () => {
  let seed = 42
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
}
const day = 8640
const random = noise()
it.each([
  ['even', () => 1 + 99 * random()],
  ['idle with bursts', () => (random() < 0.9 ? 0.5 + random() * 0.5 : 20 + random() * 80)],
  ['one busy hour', (i: number) => (i > 4000 && i < 4500 ? 50 + 50 * random() : 1 + random())],
  ['a wave', (i: number) => 10 * (1.2 + Math.sin((i / day) * 6.28)) * (1 + 0.2 * random())],
  ['rising', (i: number) => 1 + (99 * i) / day],
  ['falling', (i: number) => 100 - (99 * i) / day],
  ['high at first, then low', (i: number) => (i < day / 50 ? 50 + 50 * random() : 1 + random())],
  ['skewed', () => 1 / (1.001 - random()) ** 0.5],
  ['memory that grows', (i: number) => 3e8 + 1e8 * random() + i * 1e4],
])('a day of measurements that is %s has p95 and p99 within 15 percent', (_, value) => {
  const values = Array.from({ length: day }, (__, i) => value(i))
  const quantile = sketchOf(values)
  for (const share of [0.95, 0.99]) {
    const truth = exact(values, share)
    expect(Math.abs(quantile(share) - truth) / truth).toBeLessThan(0.15)
  }
})

it('keeps zero apart: a day that is mostly idle has a p95 of zero', () => {
  const values = Array.from({ length: day }, (_, i) => (i % 40 === 0 ? 0.001 * i : 0))
  expect(sketchOf(values)(0.95)).toBe(0)
  expect(sketchOf(values)(0.99)).toBeGreaterThan(0)
})

it('goes on when its counters are full', () => {
  const quantile = sketchOf(Array.from({ length: 200_000 }, (_, i) => (i % 10 === 0 ? 100 : 1)))
  expect(quantile(0.5)).toBeCloseTo(1, 1)
  expect(quantile(0.95)).toBeCloseTo(100, -1)
})

it('holds its capacity against any number of different values', () => {
  const pool = createSketchPool(1, 12)
  for (let i = 0; i < 50_000; i += 1) addToSketch(pool, 0, (i * 7919) % 65_000)
  expect(pool.codes).toHaveLength(12)
  expect(pool.counts.reduce((sum, count) => sum + count, 0)).toBe(50_000)
  clearSketch(pool, 0)
  expect(quantileOf(pool, 0, 0.5)).toBeNaN()
})

it('the highest four give exact quantiles of up to 79 values', () => {
  fc.assert(
    fc.property(fc.array(aValue, { minLength: 1, maxLength: 79 }), (values) => {
      const top = new TopPool(new Uint16Array(2 * TopPool.kept))
      for (const value of values) top.add(1, toCode(value))
      for (const share of [0.95, 0.99]) {
        const truth = exact(values, share)
        expect(Math.abs(top.quantile(1, share, values.length) - truth) / truth).toBeLessThan(0.0004)
      }
      top.clear(1)
      expect(top.quantile(1, 0.95, 1)).toBe(0)
    }),
  )
})
