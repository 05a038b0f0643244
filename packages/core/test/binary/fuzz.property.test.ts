import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportForHost } from '../../src/binary/export-for-host.ts'
import { limitMemory, meterModule } from '../../src/binary/index.ts'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { ContainerError } from '../../src/errors.ts'
import { assemble, i32, i64 } from './assemble.ts'

const read = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)))
const small = assemble({
  imported: [{ params: [i32], results: [i64] }],
  memories: [[1, 1, 2]],
  tables: [[0x70, 1, 2, 4]],
  globals: 2,
  start: 2,
  elements: [1, 2],
  functions: [
    {
      params: [i32],
      results: [i32, i64],
      locals: [i64],
      code: [0x41, 1, 0x42, 2, 0x0f],
      export: 'pair',
    },
    { code: [0x02, 0x40, 0x03, 0x40, 0x41, 0, 0x0d, 0, 0x41, 1, 0x0e, 1, 1, 0, 0x0b, 0x0b] },
    { params: [i32], code: [0x02, 0x40, 0x20, 0, 0x20, 0, 0x13, 3, 0, 0x0b], export: 'handOn' },
    { code: [0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b, 0x12, 2], export: 'spin' },
    { code: [0xd2, 1, 0x1a, 0x41, 0, 0x41, 1, 0x41, 2, 0xfc, 11, 0], export: 'fill' },
  ],
})
const modules = {
  workloads: read('meter/workloads.wasm'),
  native: read('containers/native.wasm'),
  text: read('containers/text.wasm'),
  reactor: read('containers/reactor.wasm'),
  tailCalls: read('meter/tail-calls.wasm'),
  small,
}

const expected = ['MODULE_INVALID', 'MODULE_UNSUPPORTED', 'MEMORY_LIMIT', 'RESERVED_NAME']

/** All that is done to a module before it starts. */
function prepare(bytes: Uint8Array, asksHost: boolean): Uint8Array {
  const shape = readModuleShape(bytes)
  const limited = meterModule(limitMemory(bytes, 512), { asksHost })
  const globals = shape.globals.filter(({ isMutable }) => isMutable)
  return exportForHost(limited, { globals, memory: shape.hasMemory })
}

const isValid = (bytes: Uint8Array): boolean =>
  WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)

/** Changes at a place: other bytes there, bytes taken out, or bytes of another place put in. */
type Edit =
  | { readonly is: 'set'; readonly at: number; readonly value: number }
  | { readonly is: 'cut'; readonly at: number; readonly count: number }
  | { readonly is: 'copy'; readonly at: number; readonly from: number; readonly count: number }

function applyEdit(bytes: Uint8Array, edit: Edit): Uint8Array {
  const at = edit.at % bytes.length
  if (edit.is === 'set') return bytes.with(at, edit.value)
  const list = Array.from(bytes)
  if (edit.is === 'cut') return Uint8Array.from(list.toSpliced(at, edit.count))
  const from = edit.from % bytes.length
  return Uint8Array.from(list.toSpliced(at, 0, ...list.slice(from, from + edit.count)))
}

const place = fc.nat(1_000_000)
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ is: fc.constant('set' as const), at: place, value: fc.nat(255) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('cut' as const),
      at: place,
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('copy' as const),
      at: place,
      from: place,
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
)

test.each(Object.entries(modules))(
  'a damaged %s is refused with a typed error, or becomes a module that the engine takes',
  (_name, original) => {
    let taken = 0
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), fc.boolean(), (edits, asksHost) => {
        const bytes = edits.reduce(applyEdit, original)
        try {
          expect(isValid(prepare(bytes, asksHost))).toBe(true)
          taken += 1
        } catch (error) {
          if (!(error instanceof ContainerError)) throw error
          expect(expected).toContain(error.code)
          // What the engine takes is never spoilt on the way: it is refused for what it uses, or not at all.
          if (isValid(bytes)) expect(error.message).not.toContain('the engine refuses the result')
          if (isValid(bytes)) expect(error.code).not.toBe('MODULE_INVALID')
        }
      }),
      { numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(20)
  },
  60_000,
)

test('any bytes are refused with a typed error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (tail, hasHead) => {
      const head = hasHead ? [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] : []
      const bytes = Uint8Array.from([...head, ...tail])
      try {
        expect(isValid(prepare(bytes, true))).toBe(true)
      } catch (error) {
        if (!(error instanceof ContainerError)) throw error
        expect(expected).toContain(error.code)
      }
    }),
    { numRuns: 2000 },
  )
}, 60_000)
