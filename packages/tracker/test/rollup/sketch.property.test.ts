import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emptyCode, fromCode, toCode } from '../../src/rollup/quantize.ts'
import {
  addToSketch,
  clearSketch,
  createSketchPool,
  mergeSketch,
  quantileOf,
} from '../../src/rollup/sketch.ts'

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

it('p95 and p99 are within 2.2 percent while the values above them fit the bins', () => {
  fc.assert(
    fc.property(fc.array(aValue, { minLength: 1, maxLength: 200 }), (values) => {
      const pool = createSketchPool(2, 20)
      for (const value of values) addToSketch(pool, 1, toCode(value))
      for (const share of [0.95, 0.99]) {
        const truth = exact(values, share)
        expect(Math.abs(quantileOf(pool, 1, share) - truth) / truth).toBeLessThan(0.022)
      }
      expect(quantileOf(pool, 0, 0.95)).toBeNaN()
    }),
    { numRuns: 500 },
  )
})

it('merging gives the quantiles of all values together, in either order', () => {
  fc.assert(
    fc.property(
      fc.array(aValue, { minLength: 1, maxLength: 100 }),
      fc.array(aValue, { minLength: 1, maxLength: 100 }),
      (a, b) => {
        const results = [
          [a, b],
          [b, a],
        ].map(([first = [], second = []]) => {
          const pool = createSketchPool(2, 20)
          for (const value of first) addToSketch(pool, 0, toCode(value))
          for (const value of second) addToSketch(pool, 1, toCode(value))
          mergeSketch(pool, 0, { pool, sketch: 1 })
          return [0.95, 0.99].map((share) => quantileOf(pool, 0, share))
        })
        expect(results[0]).toEqual(results[1])
        const truth = exact([...a, ...b], 0.95)
        expect(Math.abs((results[0]?.[0] ?? 0) - truth) / truth).toBeLessThan(0.022)
      },
    ),
    { numRuns: 500 },
  )
})

it('holds its capacity against any number of different values', () => {
  const pool = createSketchPool(1, 20)
  for (let i = 0; i < 50_000; i += 1) addToSketch(pool, 0, (i * 7919) % 65_000)
  expect(pool.keys).toHaveLength(20)
  expect(pool.counts.reduce((sum, count) => sum + count, 0)).toBe(50_000)
  clearSketch(pool, 0)
  expect(quantileOf(pool, 0, 0.5)).toBeNaN()
})
