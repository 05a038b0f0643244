import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyState, shareStructure } from '../../src/containers/state-value.ts'

const json = fc.jsonValue({ maxDepth: 4 })

test('a shared structure equals the new value, whatever stood before', () => {
  fc.assert(
    fc.property(json, json, (previous, next) => {
      expect(shareStructure(previous, next)).toEqual(next)
    }),
  )
})

test('what equals the old value is the old value', () => {
  fc.assert(
    fc.property(json, (value) => {
      const copy = copyState(value)
      expect(copy).toEqual(value)
      expect(shareStructure(value, structuredClone(copy))).toBe(value)
    }),
  )
})

test('neither value is changed', () => {
  fc.assert(
    fc.property(json, json, (previous, next) => {
      const before = JSON.stringify([previous, next])
      shareStructure(previous, next)
      expect(JSON.stringify([previous, next])).toBe(before)
    }),
  )
})

test('what nests without end is shared as it is, and refused as a state', () => {
  const nest = (): unknown => {
    let value: unknown = 1
    for (let n = 0; n < 100_000; n += 1) value = [value]
    return value
  }
  const next = nest()
  expect(() => shareStructure(nest(), next)).not.toThrow()
  expect(() => copyState(next)).toThrow(TypeError)
})
