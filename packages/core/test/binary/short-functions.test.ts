import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readFunctions } from '../../src/binary/functions.ts'
import { meterModule } from '../../src/binary/index.ts'
import { readSections } from '../../src/binary/sections.ts'
import { assemble, i32 } from './assemble.ts'

/** V8 counts functions below this as short; from half of them on it inlines as much as it ever does. */
const shortBytes = 50
const quickjs = new URL('../../node_modules/quickjs-wasi/quickjs.wasm', import.meta.url)

function sharesOf(bytes: Uint8Array): { count: number; share: number } {
  const { bodies } = readFunctions(readSections(bytes))
  const short = bodies.filter(({ length }) => length < shortBytes).length
  return { count: bodies.length, share: short / bodies.length }
}

test('half of the functions of a metered module are short, so that engines inline as they would without the meter', () => {
  const original = new Uint8Array(readFileSync(quickjs))
  const [before, after] = [original, meterModule(original)].map(sharesOf)
  expect(before?.share).toBeLessThan(0.4)
  expect(after?.share).toBeGreaterThanOrEqual(0.5)
  expect(after?.share).toBeLessThan(0.51)
})

test('a module whose functions are short already gets none', () => {
  const functions = Array.from({ length: 40 }, () => ({ code: [0x01] }))
  const added = sharesOf(meterModule(assemble({ functions }))).count - functions.length
  // Those that charge, and those that ask.
  expect(added).toBe(6)
})

test('modules that are too large to get as many more stay within what engines take', () => {
  const nops = Array.from({ length: 60 }, () => 0x01)
  const functions = Array.from({ length: 50_001 }, () => ({ params: [i32], code: nops }))
  const { count } = sharesOf(meterModule(assemble({ functions })))
  expect(count).toBe(functions.length + 6)
})
