import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pythonWasmPath } from '../../src/guests/python/interpreter.ts'
import { enlargeStack, stackPages } from '../../src/guests/python/stack.ts'

const pageBytes = 65_536
/** A module with one memory of `pages`, and `globals` as the content of its global section. */
const moduleWith = (pages: number, globals: readonly number[]): Uint8Array =>
  Uint8Array.from(
    [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], [5, 3, 1, 0, pages], [6, globals.length], globals].flat(),
  )

describe('a larger stack', () => {
  it('stands behind the memory that the interpreter starts with', () => {
    const stackPointer = [1, 0x7f, 1, 0x41, 0x80, 0x80, 4, 0x0b]
    const bytes = enlargeStack(moduleWith(2, stackPointer))
    expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
    const pages = 2 + stackPages
    const address = [pages * pageBytes].flatMap((n) => [
      (n & 0x7f) | 0x80,
      ((n >> 7) & 0x7f) | 0x80,
      ((n >> 14) & 0x7f) | 0x80,
      n >> 21,
    ])
    expect([...bytes.subarray(8)]).toEqual([
      5,
      3,
      1,
      0,
      pages,
      6,
      9,
      1,
      0x7f,
      1,
      0x41,
      ...address,
      0x0b,
    ])
  })

  it('leaves debug sections out and keeps all else of the interpreter', () => {
    const before = readFileSync(pythonWasmPath())
    const after = enlargeStack(before)
    expect(after.length).toBeLessThan(before.length)
    const names = (bytes: Uint8Array) =>
      WebAssembly.Module.exports(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
    expect(names(after)).toEqual(names(before))
  })

  it.each([
    ['two globals', [2, 0x7f, 1, 0x41, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b]],
    ['a constant', [1, 0x7f, 0, 0x41, 0, 0x0b]],
    ['a number of 64 bits', [1, 0x7e, 1, 0x42, 0, 0x0b]],
  ])('is refused where there is no stack pointer but %s', (_what, globals) => {
    expect(() => enlargeStack(moduleWith(1, globals))).toThrow(TypeError)
  })
})
