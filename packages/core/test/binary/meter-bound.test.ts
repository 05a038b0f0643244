import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compileBridge, createBudget } from '../../src/abi/budget.ts'
import {
  createMeter,
  meterExports,
  meterModule,
  type MeterOptions,
} from '../../src/binary/index.ts'
import { ContainerError } from '../../src/errors.ts'
import { assemble, i32, signed, type FunctionSource, type ModuleSource } from './assemble.ts'

/** What one call may run beyond its fuel for every function that is open at that time. */
const slack = 8192
const workloads = readFileSync(new URL('../fixtures/meter/workloads.wasm', import.meta.url))

/** Adds 1 to the first global: 4 instructions. */
const count = [0x23, 0, 0x42, 1, 0x7c, 0x24, 0]
/** `if` a parameter that is 1, 20 times counting: 83 instructions, and too long to be paid by what comes before. */
const piece = [0x20, 1, 0x04, 0x40, ...Array.from({ length: 20 }, () => count).flat(), 0x0b]
const pieceCost = 83
const counting: FunctionSource = { params: [i32, i32], code: [] }

function start(
  source: ModuleSource,
  options: MeterOptions & { imports?: WebAssembly.Imports } = {},
) {
  const bytes = assemble({ globals: 1, exports: [{ name: 'count', kind: 3, index: 0 }], ...source })
  const module = new WebAssembly.Module(meterModule(bytes, options) as Uint8Array<ArrayBuffer>)
  const instance = new WebAssembly.Instance(module, options.imports)
  const meter = createMeter(instance)
  const counter = instance.exports['count'] as WebAssembly.Global
  const call = instance.exports as unknown as Record<string, (...args: number[]) => unknown>
  /** Instructions that really ran (at least), and how the call ended. */
  const run = (fuel: bigint, act: () => unknown): { ran: number; end: string } => {
    counter.value = 0n
    meter.begin(fuel)
    let end = 'returned'
    try {
      act()
    } catch (error) {
      end = meter.stoppedBy(error) ?? 'trap'
    }
    return { ran: (Number(counter.value) * pieceCost) / 20, end }
  }
  return { call, run, meter, instance }
}

test('a long function without loops stops within its slack', () => {
  const pieces = Array.from({ length: 2000 }, () => piece).flat()
  const { call, run } = start({ functions: [{ ...counting, code: pieces, export: 'f' }] })
  expect(run(1n << 40n, () => call['f']?.(0, 1))).toEqual({
    ran: 2000 * pieceCost,
    end: 'returned',
  })
  for (const fuel of [1, 100, 5000, 50_000, 120_000]) {
    const { ran, end } = run(BigInt(fuel), () => call['f']?.(0, 1))
    expect(end).toBe('fuel')
    expect(ran).toBeLessThanOrEqual(fuel + slack)
  }
})

test('work on the way out of a recursion stops within the slack of every level', () => {
  const levels = 50
  // f(n): if n, f(n - 1); then 200 pieces, none of which calls anything.
  const again = [0x20, 0, 0x04, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x20, 1, 0x10, 0, 0x0b]
  const code = [...again, ...Array.from({ length: 200 }, () => piece).flat()]
  const { call, run } = start({ functions: [{ ...counting, code, export: 'f' }] })
  for (const fuel of [3000, 20_000, 100_000, 400_000]) {
    const { ran, end } = run(BigInt(fuel), () => call['f']?.(levels, 1))
    expect(end).toBe('fuel')
    expect(ran).toBeLessThanOrEqual(fuel + slack * (levels + 1))
  }
})

test('functions that call the next one twice, without loops or circles, stop', () => {
  const twice = (next: number): number[] => [
    0x20,
    0,
    0x20,
    1,
    0x10,
    next,
    0x20,
    0,
    0x20,
    1,
    0x10,
    next,
  ]
  const depth = 30
  const functions = Array.from({ length: depth }, (_, n) => ({
    ...counting,
    code: n === depth - 1 ? piece : twice(n + 1),
    ...(n === 0 && { export: 'f' }),
  }))
  const { call, run } = start({ functions })
  const { ran, end } = run(100_000n, () => call['f']?.(0, 1))
  expect(end).toBe('fuel')
  expect(ran).toBeLessThanOrEqual(100_000 + slack * depth)
})

test('a loop whose rounds all call a function that looks needs no look of its own, and stops', () => {
  // f(n): loop { if n is 0, leave; f(n - 1); again }
  const code = [
    0x02,
    0x40,
    0x03,
    0x40,
    0x20,
    0,
    0x45,
    0x0d,
    1,
    0x20,
    0,
    0x41,
    1,
    0x6b,
    0x20,
    1,
    0x10,
    0,
    ...count,
    0x0c,
    0,
    0x0b,
    0x0b,
  ]
  const { call, run } = start({ functions: [{ ...counting, code, export: 'f' }] })
  expect(run(100_000n, () => call['f']?.(3, 1)).end).toBe('fuel')
  // One way round without the call is enough for a look.
  const around = [
    0x03, 0x40, 0x20, 0, 0x04, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x20, 1, 0x10, 0, 0x0b, 0x0c, 0, 0x0b,
  ]
  const other = start({ functions: [{ ...counting, code: around, export: 'f' }] })
  expect(other.run(100_000n, () => other.call['f']?.(0, 1)).end).toBe('fuel')
})

describe('a function that counts depth behind its short way out', () => {
  // f(n): count; if n is 0, out; g(n - 1), as often as asked for. g(n): f(n), so that f is not alone in its circle.
  const out = [...count, 0x02, 0x40, 0x20, 0, 0x45, 0x0d, 0]
  const callOther = [0x20, 0, 0x41, 1, 0x6b, 0x20, 1, 0x10, 1]
  const circle = (times: number): FunctionSource[] => [
    { ...counting, code: [...out, ...Array.from({ length: times }, () => callOther).flat(), 0x0b] },
    { ...counting, code: [0x20, 0, 0x20, 1, 0x10, 0] },
  ]
  const entry = (code: number[]): FunctionSource => ({ ...counting, code, export: 'f' })
  const callIt = [0x20, 0, 0x20, 1, 0x10, 0]

  test('counts how deep it nests, exactly and again after a stop', () => {
    const functions = [...circle(1), entry(callIt)]
    // The host's way in counts as well, and the last of them calls nothing.
    const { call, run, meter, instance } = start({ functions }, { maxCallDepth: 50 })
    for (let round = 0; round < 3; round += 1) {
      expect(run(1n << 40n, () => call['f']?.(49, 1)).end).toBe('returned')
      expect(run(1n << 40n, () => call['f']?.(50, 1)).end).toBe('depth')
    }
    meter.begin(1n << 40n)
    for (let n = 0; n < 100; n += 1) call['f']?.(n % 50, 1)
    expect((instance.exports[meterExports.depth] as WebAssembly.Global).value).toBe(50n)
  })

  test('stops in the middle of a tree of calls', () => {
    const { call, run } = start({ functions: [...circle(2), entry(callIt)] })
    for (const fuel of [1, 1000, 50_000]) {
      const { ran, end } = run(BigInt(fuel), () => call['f']?.(30, 1))
      expect(end).toBe('fuel')
      expect(ran).toBeLessThanOrEqual(fuel + slack * 62)
    }
  })

  test('lets no loop run on that only calls its way out', () => {
    const forever = [0x03, 0x40, 0x41, 0, 0x20, 1, 0x10, 0, 0x0c, 0, 0x0b]
    const { call, run } = start({ functions: [...circle(1), entry(forever)] })
    const { ran, end } = run(100_000n, () => call['f']?.(0, 1))
    expect(end).toBe('fuel')
    expect(ran).toBeLessThanOrEqual(100_000 + slack)
  })

  test.each([
    ['directly', [0x41, 0, 0x20, 1, 0x10, 0]],
    ['through a table', [0x41, 0, 0x20, 1, 0x41, 0, 0x11, 0, 0]],
  ])('runs no further than its slack, taken thousands of times in a row: %s', (_name, one) => {
    const code = Array.from({ length: 5000 }, () => one).flat()
    const { call, run, instance } = start({
      tables: [[0x70, 0, 1]],
      elements: [0],
      functions: [...circle(1), entry(code)],
    })
    for (const fuel of [100, 10_000]) {
      expect(run(BigInt(fuel), () => call['f']?.(0, 1)).end).toBe('fuel')
      // 8 instructions each time, with those of the way out.
      const times = Number((instance.exports['count'] as WebAssembly.Global).value)
      expect(times * 8).toBeLessThanOrEqual(fuel + slack)
    }
  })
})

test.each([
  [
    'one that the module calls as well',
    [{ ...counting, code: [0x20, 0, 0x20, 1, 0x10, 0], export: 'g' }],
  ],
  ['one that only the host calls', []],
])('the host pays for calls of a short function: %s', (_name, others: FunctionSource[]) => {
  const short = { ...counting, code: Array.from({ length: 10 }, () => 0x01), export: 'f' }
  const { call, run, meter } = start({ functions: [short, ...others] })
  meter.begin(1000n)
  for (let n = 0; n < 10; n += 1) call['f']?.(0, 1)
  expect(meter.fuel).toBeLessThanOrEqual(900n)
  expect(run(-1n, () => call['f']?.(0, 1)).end).toBe('fuel')
})

test.each([
  ['directly', [0x20, 0, 0x20, 1, 0x10, 1]],
  ['through a table', [0x20, 0, 0x20, 1, 0x41, 0, 0x11, 0, 0]],
  ['through the host', [0x20, 0, 0x20, 1, 0x10, 0]],
])('bounds a circle of calls %s', (_name, code) => {
  let again: (() => void) | undefined
  const { call, run } = start(
    {
      imported: [{ params: [i32, i32], results: [] }],
      tables: [[0x70, 0, 1]],
      elements: [1],
      functions: [{ ...counting, code: [...count, ...code], export: 'f' }],
    },
    { maxCallDepth: 100, imports: { env: { f0: () => again?.() } } },
  )
  again = () => call['f']?.(0, 1)
  const { ran, end } = run(1n << 40n, () => call['f']?.(0, 1))
  expect(end).toBe('depth')
  expect(ran).toBe((100 * pieceCost) / 20)
})

test('a call that goes on after a trap inside of it has spent the fuel it had', () => {
  const spinAndTrap = [
    0x41,
    ...signed(1000),
    0x21,
    0,
    0x03,
    0x40,
    0x20,
    0,
    0x41,
    1,
    0x6b,
    0x22,
    0,
    0x0d,
    0,
    0x0b,
    0x00,
  ]
  const forever = [0x03, 0x40, ...count, 0x10, 0, 0x0c, 0, 0x0b]
  const bytes = assemble({
    globals: 1,
    exports: [{ name: 'count', kind: 3, index: 0 }],
    imported: [{ params: [], results: [] }],
    functions: [
      { params: [i32], code: spinAndTrap, export: 'fail' },
      { code: forever, export: 'swallow' },
    ],
  })
  const module = new WebAssembly.Module(
    meterModule(bytes, { asksHost: true }) as Uint8Array<ArrayBuffer>,
  )
  const retry = (): void => {
    try {
      budget.run(() => (instance.exports['fail'] as () => void)())
    } catch (error) {
      if (error instanceof ContainerError) throw error
    }
  }
  const instance = new WebAssembly.Instance(module, { env: { f0: retry } })
  const limits = { maxCpuTimeMs: 1e9, maxFuel: 50_000n, nowMs: () => 0 }
  const budget = createBudget(instance, compileBridge(), limits)
  const swallow = (): unknown => budget.run(() => (instance.exports['swallow'] as () => void)())
  expect(swallow).toThrow('maxFuel')
  const first = (instance.exports['count'] as WebAssembly.Global).value as bigint
  // The trap's loop of 5,000 instructions was never written back, and still no second round came for free.
  expect(first).toBeLessThanOrEqual(2n)
  expect(swallow).toThrow('maxFuel')
})

test('what a call leaves of its fuel is no more time for the next one', () => {
  const instance = new WebAssembly.Instance(
    new WebAssembly.Module(meterModule(workloads, { asksHost: true }) as Uint8Array<ArrayBuffer>),
  )
  let nowMs = 0
  const limits = { maxCpuTimeMs: 10, maxFuel: undefined, nowMs: () => (nowMs += 6) }
  const budget = createBudget(instance, compileBridge(), limits)
  const call = instance.exports as unknown as Record<string, (n?: number) => number>
  for (let n = 0; n < 200; n += 1) expect(budget.run(() => call['fib']?.(10))).toBe(55)
  expect(() => budget.run(() => call['forever']?.())).toThrow('maxCpuTime')
  expect(budget.run(() => call['fib']?.(10))).toBe(55)
})
