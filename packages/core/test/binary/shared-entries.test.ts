import { describe, expect, test } from 'vitest'
import { createMeter, meterModule } from '../../src/binary/index.ts'
import { assemble, i32, type FunctionSource, type ModuleSource } from './assemble.ts'

/** What one call may run beyond its fuel for every function that is open at that time. */
const slack = 8192
/** Adds 1 to the first global: 4 instructions. */
const count = [0x23, 0, 0x42, 1, 0x7c, 0x24, 0]
const counts = (times: number): number[] => Array.from({ length: times }, () => count).flat()
const one: Pick<FunctionSource, 'params'> = { params: [i32] }

function start(source: ModuleSource, fuel = 0n) {
  const bytes = assemble({ globals: 1, exports: [{ name: 'count', kind: 3, index: 0 }], ...source })
  const metered = meterModule(bytes, { fuel }) as Uint8Array<ArrayBuffer>
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered))
  const meter = createMeter(instance)
  const call = instance.exports['f'] as (n: number) => void
  const counter = instance.exports['count'] as WebAssembly.Global
  const spent = (n: number): number => {
    const plenty = 1n << 40n
    meter.begin(plenty)
    call(n)
    return Number(plenty - meter.fuel)
  }
  const stops = (given: number, n: number): { end: string; counted: number } => {
    counter.value = 0n
    meter.begin(BigInt(given))
    let end = 'returned'
    try {
      call(n)
    } catch (error) {
      end = meter.stoppedBy(error) ?? 'trap'
    }
    return { end, counted: Number(counter.value) }
  }
  return { spent, stops, meter }
}

/** Number 0, n: if n is 0, out; counts 80 times; calls number 1, which calls number 0 with n - 1: a circle of two. */
const circle: FunctionSource[] = [
  {
    ...one,
    code: [0x02, 0x40, 0x20, 0, 0x45, 0x0d, 0, ...counts(80), 0x20, 0, 0x10, 1, 0x0b],
  },
  { ...one, code: [0x20, 0, 0x41, 1, 0x6b, 0x10, 0] },
]
/** What number 0 runs to its way out, and what calls it with 0: a number, and the call. */
const wayOut = 4
const callOf = 2

describe('a function with a way out in front of all it calls', () => {
  const callIt = (times: number): number[] =>
    Array.from({ length: times }, () => [0x41, 0, 0x10, 0]).flat()
  const entry = (code: number[]): FunctionSource => ({ ...one, code, export: 'f' })

  test('is paid by its callers as far as that, and no further', () => {
    const spentBy = (times: number): number =>
      start({ functions: [...circle, entry(callIt(times))] }).spent(0)
    const each = (spentBy(30) - spentBy(10)) / 20
    expect(each).toBeGreaterThanOrEqual(wayOut + callOf)
    // The end of its block may be counted on the way out as well.
    expect(each).toBeLessThanOrEqual(wayOut + callOf + 2)
  })

  test('pays for itself behind that', () => {
    const { spent } = start({ functions: [...circle, entry([0x20, 0, 0x10, 0])] })
    const ran = 4 * 80
    for (const levels of [1, 2, 7]) {
      const more = spent(levels) - spent(0)
      expect(more).toBeGreaterThanOrEqual(levels * ran)
      expect(more).toBeLessThanOrEqual(levels * (ran + 40))
    }
  })

  test('runs no further than the slack of every level', () => {
    const { stops } = start({ functions: [...circle, entry([0x20, 0, 0x10, 0])] })
    for (const fuel of [1, 500, 5000]) {
      const { end, counted } = stops(fuel, 300)
      expect(end).toBe('fuel')
      expect(counted * 4).toBeLessThanOrEqual(fuel + slack)
    }
  })
})

describe('a short function that calls one that looks', () => {
  // Number 2 counts, and calls number 0 with 0.
  const wrapper: FunctionSource = { ...one, code: [...count, 0x41, 0, 0x10, 0] }
  const wrapped = 4 + callOf + wayOut
  const entry = (times: number): FunctionSource => ({
    ...one,
    code: Array.from({ length: times }, () => [0x41, 0, 0x10, 2]).flat(),
    export: 'f',
  })

  test('is paid by its callers, with what it pays for itself', () => {
    const spentBy = (times: number): number =>
      start({ functions: [...circle, wrapper, entry(times)] }).spent(0)
    const each = (spentBy(30) - spentBy(10)) / 20
    expect(each).toBeGreaterThanOrEqual(wrapped + callOf)
    expect(each).toBeLessThanOrEqual(wrapped + callOf + 2)
  })

  test('runs no further than its slack, called thousands of times in a row', () => {
    const { stops } = start({ functions: [...circle, wrapper, entry(5000)] })
    for (const fuel of [1, 1000, 20_000]) {
      const { end, counted } = stops(fuel, 0)
      expect(end).toBe('fuel')
      expect(counted * wrapped).toBeLessThanOrEqual(fuel + slack)
    }
  })
})

test('a long beginning is paid once, by whoever calls', () => {
  // A chain of three, each longer than what a table may lead to for nothing, and with a loop, so that none stays as it is.
  const loop = [0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b]
  const chain = (next: number | undefined): number[] => [
    ...counts(20),
    ...(next === undefined ? [] : [0x41, 1, 0x10, next]),
    ...loop,
  ]
  const functions = [
    { ...one, code: chain(undefined) },
    { ...one, code: chain(0) },
    { ...one, code: chain(1), export: 'f' },
  ]
  const { spent, stops } = start({ functions })
  const ran = 3 * (80 + 7) + 2 * callOf
  expect(spent(1)).toBeGreaterThanOrEqual(ran)
  expect(spent(1)).toBeLessThanOrEqual(ran + 10)
  expect(stops(0, 1).end).toBe('fuel')
})

test('a start function pays for itself although others call it', () => {
  const functions = [
    { code: [...counts(30), 0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b] },
    { ...one, code: [0x10, 0], export: 'f' },
  ]
  const given = 1000n
  const { meter, spent } = start({ functions, start: 0 }, given)
  expect(given - meter.fuel).toBeGreaterThanOrEqual(120n)
  expect(spent(0)).toBeGreaterThanOrEqual(120)
})
