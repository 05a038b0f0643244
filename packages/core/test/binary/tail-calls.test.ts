import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileBridge, createBudget } from '../../src/abi/budget.ts'
import { createMeter, meterExports, meterModule } from '../../src/binary/index.ts'
import { assemble, i32, i64, signed, type ModuleSource } from './assemble.ts'

const fixture = readFileSync(new URL('../fixtures/meter/tail-calls.wasm', import.meta.url))
const plenty = 1n << 40n
/** What one call may run beyond its fuel for every function that is open at that time. */
const slack = 8192

const returnCall = (index: number): number[] => [0x12, index]
const returnCallThroughTable = (type: number): number[] => [0x13, type, 0]
/** Adds 1 to the first global: 4 instructions. */
const count = [0x23, 0, 0x42, 1, 0x7c, 0x24, 0]
const lessOne = [0x20, 0, 0x41, 1, 0x6b]
const one = { params: [i32], results: [i32] }

type Call = (...args: number[]) => number

function start(
  source: Uint8Array | ModuleSource,
  { maxCallDepth = 20, imports = {} as WebAssembly.Imports } = {},
) {
  const bytes =
    source instanceof Uint8Array
      ? source
      : assemble({ globals: 1, exports: [{ name: 'count', kind: 3, index: 0 }], ...source })
  const metered = meterModule(bytes, { maxCallDepth }) as Uint8Array<ArrayBuffer>
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered), imports)
  const meter = createMeter(instance)
  const exported = instance.exports as unknown as Record<string, Call>
  const call = (name: string, ...args: number[]): number => {
    const found = exported[name]
    if (found === undefined) throw new TypeError(`${name} is not exported.`)
    return found(...args)
  }
  const depth = (): bigint => (instance.exports[meterExports.depth] as WebAssembly.Global).value
  const counted = (): number => Number((instance.exports['count'] as WebAssembly.Global).value)
  /** What it gives, or which limit ended it. */
  const run = (fuel: bigint, name: string, ...args: number[]): number | string => {
    meter.begin(fuel)
    try {
      return call(name, ...args)
    } catch (error) {
      return meter.stoppedBy(error) ?? String(error)
    }
  }
  return { call, run, depth, counted, meter, instance }
}

describe('a program of C with tail calls', () => {
  const plain = new WebAssembly.Instance(new WebAssembly.Module(fixture)).exports as Record<
    string,
    Call
  > &
    WebAssembly.Exports

  test('computes what the plain one computes, for the same fuel each time, and gives all depth back', () => {
    const { run, depth, meter } = start(fixture)
    const calls = fc.constantFrom(['threaded', 4000], ['isEven', 20_000], ['nest', 18] as const)
    fc.assert(
      fc.property(calls, fc.nat(), fc.nat(100), ([name, limit], size, seed) => {
        const args = [size % Number(limit), seed]
        const expected = plain[String(name)]?.(...args)
        const used = [1, 2].map(() => {
          expect(run(plenty, String(name), ...args)).toBe(expected)
          expect(depth()).toBe(20n)
          return plenty - meter.fuel
        })
        expect(used[0]).toBe(used[1])
      }),
      { numRuns: 300 },
    )
  })

  test('is charged for every round', () => {
    const { run, meter } = start(fixture)
    const spent = (n: number): number => {
      run(plenty, 'isEven', n)
      return Number(plenty - meter.fuel)
    }
    // Ten instructions at least in each of two functions, for two numbers.
    expect((spent(2000) - spent(1000)) / 1000).toBeGreaterThanOrEqual(10)
  })

  test('ends where it hands on for ever, at its fuel, and lives on with its state', () => {
    const { run } = start(fixture)
    expect(run(1_000_000n, 'forever')).toBe('fuel')
    const rounds = run(plenty, 'count')
    expect(rounds).toBeGreaterThan(10_000)
    expect(Number(rounds) * 10).toBeLessThanOrEqual(1_000_000 + slack)
    expect(run(plenty, 'isEven', 7)).toBe(0)
  })

  test('ends at its time, and asks for fuel as often as it needs it', () => {
    const metered = meterModule(fixture, { asksHost: true }) as Uint8Array<ArrayBuffer>
    const instance = new WebAssembly.Instance(new WebAssembly.Module(metered))
    let nowMs = 0
    const limits = { maxCpuTimeMs: 1000, maxFuel: undefined, nowMs: () => (nowMs += 10) }
    const budget = createBudget(instance, compileBridge(), limits)
    const call = instance.exports as unknown as Record<string, Call>
    expect(() => budget.run(() => call['forever']?.())).toThrow('maxCpuTime')
    expect(budget.run(() => call['isEven']?.(100_001))).toBe(0)
  })
})

describe('a loop that is made of tail calls only', () => {
  const spins: Record<string, ModuleSource> = {
    'to itself': { functions: [{ ...one, code: [...count, 0x20, 0, ...returnCall(0)] }] },
    'to each other': {
      functions: [
        { ...one, code: [...count, 0x20, 0, ...returnCall(1)] },
        { ...one, code: [0x20, 0, ...returnCall(2)] },
        { ...one, code: [...lessOne, ...returnCall(0)] },
      ],
    },
    'through a table': {
      tables: [[0x70, 0, 1]],
      elements: [0],
      functions: [{ ...one, code: [...count, 0x20, 0, 0x41, 0, ...returnCallThroughTable(0)] }],
    },
    'through a function between that is short and in a table': {
      tables: [[0x70, 0, 2]],
      elements: [0, 1],
      functions: [
        { ...one, code: [...count, 0x20, 0, 0x41, 1, ...returnCallThroughTable(0)] },
        { ...one, code: [0x20, 0, ...returnCall(0)] },
      ],
    },
    'out of blocks and a loop that holds its fuel in a local': {
      functions: [
        {
          ...one,
          locals: [i32],
          code: [
            ...count,
            [0x41, 3, 0x21, 1, 0x02, 0x40, 0x03, 0x40],
            // One less; where none is left, on it goes from three labels deep.
            [0x20, 1, 0x41, 1, 0x6b, 0x22, 1, 0x45, 0x04, 0x40, 0x20, 0, ...returnCall(0), 0x0b],
            [0x0c, 0, 0x0b, 0x0b, 0x41, 0],
          ].flat(),
        },
      ],
    },
    'with calls that come back in between': {
      functions: [
        { ...one, code: [...count, 0x20, 0, 0x10, 1, ...returnCall(0)] },
        { ...one, code: [0x03, 0x40, 0x0b, 0x20, 0] },
      ],
    },
    'to itself with other calls of itself that come back': {
      functions: [
        {
          ...one,
          code: [
            ...count,
            [0x20, 0, 0x45, 0x04, 0x40, 0x41, 9, 0x0f, 0x0b],
            [0x41, 0, 0x10, 0, 0x1a, 0x20, 0, ...returnCall(0)],
          ].flat(),
        },
      ],
    },
  }

  test.each(Object.entries(spins))('ends at its fuel, not by depth: %s', (_name, source) => {
    const [first, ...others] = source.functions ?? []
    const functions = [{ ...first, code: first?.code ?? [], export: 'f' }, ...others]
    const { run, counted, meter, depth } = start({ ...source, functions }, { maxCallDepth: 2 })
    for (const fuel of [1, 1000, 300_000]) {
      const before = counted()
      expect(run(BigInt(fuel), 'f', 5)).toBe('fuel')
      expect((counted() - before) * 6).toBeLessThanOrEqual(fuel + slack)
    }
    // Ten thousand times as deep as is allowed.
    expect(counted()).toBeGreaterThan(5000)
    meter.begin(1n)
    expect(depth()).toBe(2n)
  })

  test.each([
    ['', []],
    [', which has a table', [0]],
  ])('ends through the host and back%s', (_name, elements) => {
    let again: WebAssembly.ExportValue | undefined
    const { run, instance, counted } = start(
      {
        imported: [one],
        tables: [[0x70, 0, 1]],
        elements,
        functions: [{ ...one, code: [...count, 0x20, 0, ...returnCall(0)], export: 'f' }],
      },
      { maxCallDepth: 100, imports: { env: { f0: (n: number) => (again as Call)(n) } } },
    )
    again = instance.exports['f']
    // The frames of the host stay, and so may the engine's stack be what ends it.
    expect(['fuel', 'depth']).toContain(run(1_000_000n, 'f', 1))
    expect(counted()).toBeGreaterThan(10)
    again = (n: number) => n + 1
    expect(run(1000n, 'f', 1)).toBe(2)
  })

  test('ends at its fuel between two instances that hand on to each other', () => {
    // Number 1 counts and hands on to what stands first in the table, where number 1 itself stands as well; number 2 calls it.
    const source: ModuleSource = {
      imported: [one],
      tables: [[0x70, 0, 2]],
      elements: [0, 1],
      exports: [
        { name: 'count', kind: 3, index: 0 },
        { name: 'table', kind: 1, index: 0 },
      ],
      functions: [
        {
          ...one,
          // Behind the loop it pays for itself, so that number 2 pays for its short beginning, and the host on its own way in.
          code: [...count, 0x03, 0x40, 0x0b, 0x20, 0, 0x41, 0, ...returnCallThroughTable(0)],
          export: 'f',
        },
        { ...one, code: [0x20, 0, 0x10, 1], export: 'g' },
      ],
    }
    const nobody = { imports: { env: { f0: () => 0 } } }
    const [first, second] = [start(source, nobody), start(source, nobody)]
    const place = (of: typeof first, to: typeof first): void =>
      (of.instance.exports['table'] as WebAssembly.Table).set(0, to.instance.exports['f'])
    place(first, second)
    place(second, first)
    second.meter.begin(plenty)
    // Neither depth nor the engine's stack ends it: nobody waits.
    expect(first.run(10_000_000n, 'f', 1)).toBe('fuel')
    expect(first.counted()).toBeGreaterThan(50_000)
    expect(second.counted()).toBeGreaterThan(50_000)
  })
})

describe('depth', () => {
  /** Nests through two functions, of which the second leaves its place to the first; n times. */
  const functions = [
    { ...one, code: [0x20, 0, 0x45, 0x04, 0x40, 0x41, 7, 0x0f, 0x0b, 0x20, 0, 0x10, 1] },
    { ...one, code: [...count, ...lessOne, ...returnCall(0)] },
    { ...one, code: [0x20, 0, 0x10, 0], export: 'f' },
  ]

  test('counts functions that wait, and those that handed on not at all', () => {
    const { run, depth } = start({ functions }, { maxCallDepth: 50 })
    for (let round = 0; round < 3; round += 1) {
      // The first of them is the one that the host calls.
      expect(run(plenty, 'f', 48)).toBe(7)
      expect(depth()).toBe(50n)
      expect(run(plenty, 'f', 49)).toBe('depth')
    }
  })

  test.each([
    ['a function that counts from beginning to end', [...lessOne, 0x10, 1, 0x1a]],
    [
      'one that counts around its calls',
      [0x02, 0x40, 0x20, 0, 0x45, 0x0d, 0, ...lessOne, 0x10, 1, 0x1a, 0x0b],
    ],
    ['one whose fuel is in a local', [0x03, 0x40, 0x20, 0, 0x41, 9, 0x4b, 0x0d, 0, 0x0b]],
  ])('is given back before a tail call: %s', (_name, work) => {
    const source = {
      tables: [[0x70, 0, 1]],
      elements: [1],
      functions: [
        { ...one, code: [0x20, 0, 0x10, 1], export: 'f' },
        {
          ...one,
          code: [
            // A number below one is the answer; else the work, which may call, and on with one less.
            [0x20, 0, 0x41, 1, 0x48, 0x04, 0x40, 0x41, 5, 0x0f, 0x0b],
            ...work,
            [...lessOne, 0x41, 0, ...returnCallThroughTable(0)],
          ].flat(),
        },
      ],
    } as const
    const { run, depth } = start(source, { maxCallDepth: 12 })
    expect(run(plenty, 'f', 9)).toBe(5)
    expect(depth()).toBe(12n)
  })

  test('is the same after thousands of tail calls as before', () => {
    const { call, depth, meter } = start(fixture, { maxCallDepth: 3 })
    meter.begin(plenty)
    for (let n = 0; n < 50; n += 1) {
      call('isEven', 1000 + n)
      call('threaded', 100, n)
      expect(depth()).toBe(3n)
    }
  })
})

describe('values', () => {
  test('of every type go through tail calls with several results', () => {
    const many = { params: [i64, i32], results: [i32, i64, i32] }
    const { instance, meter } = start({
      functions: [
        { ...many, code: [0x20, 0, 0x20, 1, ...returnCall(1)], export: 'f' },
        {
          ...many,
          code: [
            32,
            1,
            4,
            64,
            32,
            0,
            66,
            1,
            124,
            32,
            1,
            65,
            1,
            107,
            ...returnCall(0),
            11,
            32,
            1,
            32,
            0,
            65,
            ...signed(-3),
          ],
        },
      ],
    })
    meter.begin(plenty)
    const f = instance.exports['f'] as unknown as (a: bigint, n: number) => unknown
    expect(f(40n, 1000)).toEqual([0, 1040n, -3])
  })

  test('reach imported functions, whose result is the result', () => {
    const asked: number[] = []
    const f0 = (n: number): number => asked.push(n) && n * 2
    const { run, depth } = start(
      {
        imported: [one],
        functions: [
          { ...one, code: [0x20, 0, 0x10, 2], export: 'f' },
          { ...one, code: [0x02, 0x40, 0x20, 0, ...returnCall(0), 0x0b, 0x41, 0] },
        ],
      },
      { imports: { env: { f0 } } },
    )
    expect([run(100n, 'f', 4), run(100n, 'f', 5), asked]).toEqual([8, 10, [4, 5]])
    expect(depth()).toBe(20n)
  })

  test('a tail call through a table to what is not there is a trap of the module', () => {
    const { run, depth, meter } = start({
      tables: [[0x70, 0, 2]],
      elements: [1],
      functions: [
        { ...one, code: [0x20, 0, 0x20, 0, ...returnCallThroughTable(0)], export: 'f' },
        { ...one, code: [0x20, 0] },
      ],
    })
    expect(run(1000n, 'f', 0)).toBe(0)
    for (const place of [1, 2, -1]) expect(run(1000n, 'f', place)).toContain('RuntimeError')
    meter.begin(1000n)
    expect([run(1000n, 'f', 0), depth()]).toEqual([0, 20n])
  })
})

test('who calls a short function in its place pays for all of it', () => {
  const short = { code: Array.from({ length: 40 }, () => 0x01) }
  const { run, meter } = start({
    functions: [short, { params: [i32], code: returnCall(0), export: 'f' }],
  })
  for (let n = 0; n < 3; n += 1) {
    run(1000n, 'f', 0)
    expect(Number(meter.fuel)).toBeLessThanOrEqual(1000 - 41)
  }
  expect(run(0n, 'f', 0)).toBe('fuel')
})
