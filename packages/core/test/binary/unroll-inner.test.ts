import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createMeter, meterExports, meterModule } from '../../src/binary/index.ts'
import { readFunctions } from '../../src/binary/functions.ts'
import { readSections } from '../../src/binary/sections.ts'
import { assemble, i32, i64, type FunctionSource } from './assemble.ts'

const workloads = readFileSync(new URL('../fixtures/meter/workloads.wasm', import.meta.url))
const plenty = 1n << 40n
/** What one call may run beyond its fuel for every function that is open at that time. */
const slack = 8192
/** Adds 1 to the first global: 4 instructions. */
const count = [0x23, 0, 0x42, 1, 0x7c, 0x24, 0]

function start(functions: readonly FunctionSource[], maxCallDepth = 1000) {
  const source = assemble({
    globals: 1,
    exports: [{ name: 'count', kind: 3, index: 0 }],
    functions,
  })
  const metered = meterModule(source, { maxCallDepth })
  const compile = (bytes: Uint8Array): WebAssembly.Exports =>
    new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports
  const [plain, exports] = [compile(source), compile(metered)]
  const meter = createMeter({ exports })
  const run = (fuel: bigint, ...args: (number | bigint)[]): unknown => {
    ;(exports['count'] as WebAssembly.Global).value = 0n
    meter.begin(fuel)
    try {
      return (exports['f'] as (...given: (number | bigint)[]) => unknown)(...args)
    } catch (error) {
      return meter.stoppedBy(error) ?? String(error)
    }
  }
  const asPlain = (...args: (number | bigint)[]): unknown =>
    (plain['f'] as (...given: (number | bigint)[]) => unknown)(...args)
  const counted = (): number => Number((exports['count'] as WebAssembly.Global).value)
  const depth = (): unknown => (exports[meterExports.depth] as WebAssembly.Global).value
  return { run, asPlain, counted, depth, longest: longestBody(metered), meter }
}

function longestBody(bytes: Uint8Array): number {
  return Math.max(...readFunctions(readSections(bytes)).bodies.map(({ length }) => length))
}

/** f(n): counts; with a local that must be zero whenever it begins, returns out of two blocks, and calls itself twice in a loop. */
const tree: FunctionSource = {
  params: [i32],
  results: [i32],
  locals: [i32, i64],
  export: 'f',
  code: [
    count,
    // What the locals held before would be seen in the result.
    [0x20, 1, 0x20, 2, 0xa7, 0x72, 0x04, 0x40, 0x41, 77, 0x0f, 0x0b],
    [0x41, 2, 0x21, 1, 0x42, 9, 0x21, 2],
    [0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0d, 0, 0x41, 1, 0x0f, 0x0b, 0x0b],
    [0x41, 0, 0x21, 1, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x21, 1],
    [0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x20, 1, 0x6a],
  ].flat(),
}

describe('a function that calls only itself', () => {
  test('does what it does without the meter, wherever it is written', () => {
    const { run, asPlain, counted, depth } = start([tree])
    for (const n of [0, 1, 2, 3, 8, 11]) {
      expect(run(plenty, n)).toBe(asPlain(n))
      expect(counted()).toBe(2 ** (n + 1) - 1)
      expect(depth()).toBe(1000n)
    }
  })

  test('is charged for every call, the same each time, and no less than runs', () => {
    const { run, meter } = start([tree])
    const spent = (n: number): number => {
      run(plenty, n)
      return Number(plenty - meter.fuel)
    }
    expect(spent(9)).toBe(spent(9))
    // 24 instructions at least in those that call nothing, 31 in the others.
    expect(spent(10)).toBeGreaterThanOrEqual(2 ** 10 * (24 + 31))
  })

  test('nests as deep as is allowed and no deeper, at an even and at an odd depth', () => {
    for (const most of [1, 2, 9, 10]) {
      const { run, depth } = start([tree], most)
      for (let round = 0; round < 2; round += 1) {
        expect(run(plenty, most - 1)).toBe(2 ** (most - 1))
        expect(depth()).toBe(BigInt(most))
        expect(run(plenty, most)).toBe('depth')
      }
    }
  })

  test('stops within its slack, at whichever of its places it is', () => {
    const { run, counted } = start([tree])
    for (const fuel of [1, 40, 80, 500, 5000, 50_000]) {
      expect(run(BigInt(fuel), 20)).toBe('fuel')
      expect(counted() * 20).toBeLessThanOrEqual(fuel + slack)
    }
  })

  test('stops although a round of its loop runs only the way out of what it calls', () => {
    // f(n): if n is 0, out; forever { f(0) }
    const code = [
      [0x20, 0, 0x45, 0x04, 0x40, 0x0f, 0x0b],
      [0x03, 0x40, ...count, 0x41, 0, 0x10, 0, 0x0c, 0, 0x0b],
    ].flat()
    const { run, counted } = start([{ params: [i32], code, export: 'f' }])
    expect(run(100_000n, 1)).toBe('fuel')
    expect(counted() * 9).toBeLessThanOrEqual(100_000 + slack)
  })

  test('does not grow beyond what an engine would inline, however often it calls itself', () => {
    const once = [0x20, 0, 0x41, 1, 0x6b, 0x10, 0]
    const out = [0x20, 0, 0x45, 0x04, 0x40, 0x0f, 0x0b]
    const code = [out, ...Array.from({ length: 10 }, () => once)].flat()
    const short = start([{ params: [i32], code, export: 'f' }])
    expect(short.longest).toBeLessThanOrEqual(500)
    const times = Array.from({ length: 2000 }, () => once).flat()
    const long = start([{ params: [i32], code: [...code, ...times], export: 'f' }])
    expect(long.longest).toBeLessThan((code.length + times.length) * 3)
  })
})

test('a program of C that calls itself gets itself inside, and is as long as before elsewhere', () => {
  const lengths = readFunctions(readSections(meterModule(workloads))).bodies.map(
    ({ length }) => length,
  )
  const original = readFunctions(readSections(workloads)).bodies.map(({ length }) => length)
  // The first is fib; what the host enters stands in its place, and the function itself behind all others.
  expect(lengths[0]).toBeLessThan(20)
  const unrolled = lengths
    .slice(original.length)
    .filter((length) => length > (original[0] ?? 0) * 2)
  expect(unrolled.length).toBeGreaterThan(0)
})
