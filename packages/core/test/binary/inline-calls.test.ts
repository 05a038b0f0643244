import { expect, test } from 'vitest'
import { ByteCursor } from '../../src/binary/byte-cursor.ts'
import { readFunctions, withBodies } from '../../src/binary/functions.ts'
import { inlineCalls, type InlineRules } from '../../src/binary/inline-calls.ts'
import { Op, skipImmediates } from '../../src/binary/instructions.ts'
import { skipLocals } from '../../src/binary/locals.ts'
import { readSections, writeSections } from '../../src/binary/sections.ts'
import {
  assemble,
  i32,
  i64,
  instantiate,
  type FunctionSource,
  type ModuleSource,
} from './assemble.ts'

const externref = 0x6f
const [callAt0, drop] = [[Op.call, 0], 0x1a]
const get = (n: number): number[] => [0x20, n]
const set = (n: number): number[] => [0x21, n]
const value = (n: number): number[] => [0x41, n]
const all = (...parts: number[][]): number[] => parts.flat()

function inlined(bytes: Uint8Array, where: InlineRules['where'] = 'everywhere'): Uint8Array {
  const sections = readSections(bytes)
  const bodies = inlineCalls(readFunctions(sections), { isWanted: () => true, where })
  return writeSections(withBodies(sections, bodies))
}

/** How many calls each function makes by number. */
function callsOf(bytes: Uint8Array): number[] {
  return readFunctions(readSections(bytes)).bodies.map((body) => {
    const cursor = new ByteCursor(body)
    skipLocals(cursor)
    let calls = 0
    while (!cursor.isDone) {
      const op = cursor.u8()
      skipImmediates(cursor, op)
      if (op === Op.call) calls += 1
    }
    return calls
  })
}

/** What a function gives, or how it ends. */
function outcome(bytes: Uint8Array, args: readonly unknown[]): unknown {
  const { run } = instantiate(bytes)
  try {
    return (run as (...args: unknown[]) => unknown)(...args)
  } catch (error) {
    return String(error)
  }
}

/** `a * 2 + b`, which leaves early by `return` out of two labels where `a` is zero, with more on its stack than it gives. */
const early: FunctionSource = {
  params: [i32, i32],
  results: [i32],
  code: all(
    [0x02, 0x40, 0x02, 0x40, ...get(0), 0x0d, 0, ...value(7), ...get(1), Op.return, 0x0b, 0x0b],
    [...get(0), ...value(1), 0x74, ...get(1), 0x6a],
  ),
}
/** Counts in a local that it declares: gives 1 each time. */
const counting: FunctionSource = {
  results: [i32],
  locals: [i64, i32],
  code: [...get(1), ...value(1), 0x6a, 0x22, 1],
}
/** Leaves by its outermost label, through a table, with a value. */
const byTable: FunctionSource = {
  params: [i32],
  results: [i32],
  code: all([0x02, i32, ...value(1), ...get(0), 0x0e, 1, 0, 1, 0x0b], [...value(10), 0x6a]),
}
const never: FunctionSource = { params: [i32], results: [i32], code: [0x00] }
/** Writes to its parameter. */
const writing: FunctionSource = {
  params: [i32],
  results: [i32],
  code: [...get(0), ...value(1), 0x6a, ...set(0), ...get(0)],
}

const contexts: readonly (readonly [string, FunctionSource, FunctionSource['code']])[] = [
  ['a return out of labels', early, [...get(0), ...get(0), ...callAt0]],
  ['values under its arguments', early, [...value(1), ...get(0), ...value(3), ...callAt0, 0x6a]],
  [
    'one call as an argument of another',
    early,
    [
      ...get(0),
      ...get(0),
      ...get(0),
      ...callAt0,
      ...get(0),
      ...get(0),
      ...callAt0,
      ...callAt0,
      0x6a,
    ],
  ],
  ['locals of its own, twice', counting, [...callAt0, ...callAt0, 0x6a]],
  [
    'locals of its own, in a loop',
    counting,
    all(
      [0x03, 0x40, ...callAt0, ...get(1), 0x6a, ...set(1)],
      [...get(0), ...value(1), 0x6b, 0x22, 0, ...value(0), 0x4a, 0x0d, 0, 0x0b, ...get(1)],
    ),
  ],
  ['a branch to its outermost label through a table', byTable, [...get(0), ...callAt0]],
  [
    'a table of branches around it',
    byTable,
    all(
      [0x02, i32, 0x02, i32, ...get(0), ...callAt0, ...get(0), 0x0e, 1, 0, 1, 0x0b],
      [...value(5), 0x6a, 0x0b],
    ),
  ],
  ['no end', never, [...get(0), ...callAt0]],
  ['its parameter written', writing, [...get(0), ...callAt0, ...get(0), 0x6c]],
  [
    'code behind a return around it',
    early,
    [...get(0), Op.return, ...callAt0, drop, ...get(0), ...callAt0],
  ],
  [
    'code behind a branch around it',
    writing,
    [0x02, i32, ...get(0), 0x0c, 0, ...callAt0, drop, ...callAt0, 0x0b],
  ],
  [
    'code behind an unreachable instruction around it',
    early,
    [...get(0), 0x04, i32, 0x00, ...callAt0, 0x05, ...get(0), ...get(0), ...callAt0, 0x0b],
  ],
  [
    'a condition, and both ways of it',
    writing,
    [
      ...get(0),
      ...callAt0,
      0x04,
      i32,
      ...value(1),
      ...callAt0,
      0x05,
      ...value(2),
      ...callAt0,
      0x0b,
    ],
  ],
]

test.each(contexts)('a function with %s does the same where it is called', (_, callee, code) => {
  const functions = [callee, { params: [i32], results: [i32], locals: [i32], code, export: 'run' }]
  const bytes = assemble({ functions })
  const rewritten = inlined(bytes)
  expect(callsOf(bytes)[1]).toBeGreaterThan(0)
  expect(callsOf(rewritten)).toEqual([0, 0])
  for (const arg of [0, 1, 2, 5, -1])
    expect(outcome(rewritten, [arg]), `${arg}`).toEqual(outcome(bytes, [arg]))
})

test('blocks with parameters and several results stay what they are around a call', () => {
  // (i32 i32) -> (i32 i32), with the call inside.
  const code = [...get(0), ...get(0), 0x02, 0, ...callAt0, ...value(3), 0x0b, 0x6a]
  const functions = [early, { params: [i32], results: [i32], code, export: 'run' }]
  const bytes = assemble({ extraTypes: [[0x60, 2, i32, i32, 2, i32, i32]], functions })
  expect(callsOf(inlined(bytes))).toEqual([0, 0])
  for (const arg of [0, 4]) expect(outcome(inlined(bytes), [arg])).toBe(outcome(bytes, [arg]))
})

test('a call under 1,000 labels leaves its function, and none of the labels', () => {
  const labels = Array.from({ length: 1000 }, () => [0x02, 0x40]).flat()
  const ends = labels.map(() => 0x0b).slice(0, 1000)
  const code = [...labels, ...value(0), ...get(0), ...callAt0, ...set(0), ...ends, ...get(0)]
  const functions = [early, { params: [i32], results: [i32], code, export: 'run' }]
  const bytes = assemble({ functions })
  expect(callsOf(inlined(bytes))).toEqual([0, 0])
  expect(outcome(inlined(bytes), [9])).toBe(9)
})

test('calls outside of loops stay where only loops are asked for', () => {
  const loop = [0x03, 0x40, ...callAt0, drop, 0x02, 0x40, ...callAt0, drop, 0x0b, 0x0b]
  const functions = [counting, { code: [...callAt0, drop, ...loop, ...callAt0, drop] }]
  expect(callsOf(inlined(assemble({ functions }), 'in loops'))).toEqual([0, 2])
})

const staying: readonly (readonly [string, FunctionSource, readonly number[]])[] = [
  ['a loop', { code: [0x03, 0x40, 0x0b] }, []],
  ['a tail call', { code: [Op.returnCall, 2] }, []],
  ['two results', { results: [i32, i32], code: [...value(1), ...value(2)] }, [drop, drop]],
  ['a reference as its parameter', { params: [externref], code: [] }, []],
  ['17 locals', { locals: Array.from({ length: 17 }, () => i32), code: [] }, []],
  ['129 bytes', { code: Array.from({ length: 127 }, () => 0x01) }, []],
]

test.each(staying)('a function with %s is called', (_, callee, after) => {
  const args = callee.params === undefined ? [] : [0xd0, externref]
  const functions = [callee, { code: [...args, ...callAt0, ...after] }, { code: [] }]
  expect(callsOf(inlined(assemble({ functions })))).toEqual([0, 1, 0])
})

test('a function that calls itself is written out once', () => {
  const again = [...get(0), 0x04, 0x40, ...get(0), ...value(1), 0x6b, ...callAt0, 0x0b]
  const bytes = assemble({
    globals: 1,
    functions: [
      { params: [i32], code: [0x23, 0, 0x42, 1, 0x7c, 0x24, 0, ...again], export: 'run' },
      { params: [i32], code: [...get(0), ...callAt0] },
    ],
    exports: [{ name: 'count', kind: 3, index: 0 }],
  })
  const rewritten = inlined(bytes)
  expect(callsOf(rewritten)).toEqual([1, 1])
  const { run, count } = instantiate(rewritten)
  ;(run as (times: number) => void)(20)
  expect((count as WebAssembly.Global).value).toBe(21n)
})

const dropped = [...callAt0, drop]
const repeat = (times: number, code: readonly number[]): number[] =>
  Array.from({ length: times }, () => code).flat()
const sizeOf = (source: ModuleSource): { before: number; after: number } => {
  const bytes = assemble(source)
  return { before: bytes.length, after: inlined(bytes).length }
}

test('a function with 300,000 calls grows by 64 KiB and a 32nd, and the calls that do not fit stay', () => {
  const functions = [counting, { code: repeat(300_000, dropped) }]
  const { before, after } = sizeOf({ functions })
  expect(after).toBeGreaterThan(before + 60_000)
  expect(after).toBeLessThan(before * (1 + 1 / 32) + 66_000)
})

test.each([
  ['a short function grows by 4 KiB', 1200, 4096],
  ['a longer function doubles', 4000, 12_000],
])('%s at most, and the calls that do not fit stay', (_, calls, most) => {
  const rewritten = inlined(assemble({ functions: [counting, { code: repeat(calls, dropped) }] }))
  const [, body] = readFunctions(readSections(rewritten)).bodies
  const growth = (body?.length ?? 0) - calls * dropped.length
  expect(growth).toBeGreaterThan(most - 100)
  expect(growth).toBeLessThan(most + 100)
  expect(callsOf(rewritten)[1]).toBeGreaterThan(0)
})

test('many functions together grow no further than one', () => {
  const functions = [
    counting,
    ...Array.from({ length: 3000 }, () => ({ code: repeat(60, dropped) })),
  ]
  const { before, after } = sizeOf({ functions })
  expect(after).toBeGreaterThan(before + 60_000)
  expect(after).toBeLessThan(before * (1 + 1 / 32) + 66_000)
})

test('a function of 7 MB stays within what engines take', () => {
  const nops = Array.from({ length: 6_995_000 }, () => 0x01)
  const rewritten = inlined(
    assemble({ functions: [counting, { code: [...repeat(1000, dropped), ...nops] }] }),
  )
  const [, long] = readFunctions(readSections(rewritten)).bodies
  expect(long?.length).toBeGreaterThan(6_999_000)
  expect(long?.length).toBeLessThan(7_000_100)
})

test('a function with nearly all the locals that engines take gets no more', () => {
  const locals = Array.from({ length: 49_999 }, () => i32)
  const functions = [counting, { locals, code: dropped }]
  expect(callsOf(inlined(assemble({ functions })))).toEqual([0, 1])
})
