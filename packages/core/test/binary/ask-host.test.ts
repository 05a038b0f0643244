import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileBridge, createBudget } from '../../src/abi/budget.ts'
import { exportForHost, globalExport, memoryExport } from '../../src/binary/export-for-host.ts'
import { createMeter, meterExports, meterModule } from '../../src/binary/index.ts'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { assemble, i32, i64 } from './assemble.ts'

const workloads = new Uint8Array(
  readFileSync(new URL('../fixtures/meter/workloads.wasm', import.meta.url)),
)

function instance(bytes: Uint8Array): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
}

test('a module that asks gets more fuel and goes on where it was', () => {
  const running = instance(meterModule(workloads, { asksHost: true }))
  let looks = 0
  const nowMs = (): number => (looks += 1)
  const budget = createBudget(running, compileBridge(), {
    maxCpuTimeMs: 1e9,
    maxFuel: undefined,
    nowMs,
  })
  const fib = running.exports['fib'] as (n: number) => number
  expect(budget.run(() => fib(27))).toBe(196_418)
  expect(looks).toBeGreaterThan(3)
})

test('the same work needs the same fuel, however it is sliced', () => {
  const running = instance(meterModule(workloads, { asksHost: true }))
  const fib = running.exports['fib'] as (n: number) => number
  const needs = (maxFuel: bigint): boolean => {
    const budget = createBudget(running, compileBridge(), {
      maxCpuTimeMs: 1e9,
      maxFuel,
      nowMs: () => 0,
    })
    try {
      return budget.run(() => fib(24)) === 46_368
    } catch {
      return false
    }
  }
  let [low, high] = [1n, 100_000_000n]
  while (low < high) {
    const middle = (low + high) / 2n
    if (needs(middle)) high = middle
    else low = middle + 1n
  }
  const plain = instance(meterModule(workloads))
  const meter = createMeter(plain)
  meter.begin(1_000_000_000n)
  ;(plain.exports['fib'] as (n: number) => number)(24)
  expect(low).toBe(1_000_000_000n - meter.fuel)
})

test.each([
  [
    'a function that calls only itself',
    [0x20, 0, 0x04, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x10, 1, 0x0b],
  ],
  [
    'a circle with a short way out',
    [0x02, 0x40, 0x20, 0, 0x45, 0x0d, 0, 0x20, 0, 0x41, 1, 0x6b, 0x10, 2, 0x0b],
  ],
])('%s that nests too deep is told from one without fuel, and lives on', (_name, code) => {
  const imported = [{ params: [], results: [] }]
  const functions = [
    { params: [i32], code, export: 'f' },
    { params: [i32], code: [0x20, 0, 0x10, 1] },
  ]
  const bytes = meterModule(assemble({ imported, functions }), {
    asksHost: true,
    maxCallDepth: 100,
  })
  const begin = (maxFuel?: bigint): ((...sizes: number[]) => unknown) => {
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
    const running = new WebAssembly.Instance(module, { env: { f0: () => undefined } })
    const f = running.exports['f'] as (n: number) => void
    const limits = { maxCpuTimeMs: 1e9, maxFuel, nowMs: () => 0 }
    const budget = createBudget(running, compileBridge(), limits)
    return (...sizes) => budget.run(() => sizes.map(f))
  }
  const [poor, rich] = [begin(1300n), begin()]
  for (let round = 0; round < 3; round += 1) {
    expect(() => poor(40)).not.toThrow()
    expect(() => poor(40, 40, 40, 40, 40)).toThrow('maxFuel')
    expect(() => rich(90, 90)).not.toThrow()
    expect(() => rich(90, 1000)).toThrow('maxCallDepth')
  }
})

test('nothing the module has reaches the host’s table', () => {
  const bytes = assemble({
    tables: [[0x70, 0, 1]],
    functions: [{ code: [0x03, 0x40, 0x0c, 0, 0x0b], export: 'spin' }],
    elements: [0],
  })
  const running = instance(meterModule(bytes, { asksHost: true, fuel: 1000n }))
  expect(running.exports[meterExports.tick]).toBeInstanceOf(WebAssembly.Table)
  // The table is empty until the host fills it: the module traps.
  expect(() => (running.exports['spin'] as () => void)()).toThrow(WebAssembly.RuntimeError)
  const reaching = assemble({
    tables: [[0x70, 0, 1]],
    functions: [{ code: [0x41, 0, 0xd2, 0, 0x26, 1], export: 'steal' }],
    elements: [0],
  })
  expect(() => meterModule(reaching, { asksHost: true })).toThrow('no WebAssembly module')
})

test('the host finds memory and mutable globals under names of its own', () => {
  const bytes = assemble({
    memories: [[0, 1]],
    globals: 2,
    functions: [{ code: [0x42, 7, 0x24, 1], export: 'set' }],
  })
  const shape = readModuleShape(bytes)
  expect(shape.hasMemory).toBe(true)
  expect(shape.globals).toEqual([
    { index: 0, valueType: i64, isMutable: true },
    { index: 1, valueType: i64, isMutable: true },
  ])
  const running = instance(exportForHost(bytes, { globals: shape.globals, memory: true }))
  ;(running.exports['set'] as () => void)()
  expect((running.exports[globalExport(1)] as WebAssembly.Global).value).toBe(7n)
  expect(running.exports[memoryExport]).toBeInstanceOf(WebAssembly.Memory)
})

test('the shape of a module tells types, imports and what changes tables', () => {
  const bytes = assemble({
    imported: [{ params: [i32], results: [i64] }],
    tables: [[0x70, 0, 1]],
    functions: [
      { params: [i32, i32], results: [i64], code: [0x42, 0], export: 'pair' },
      { code: [0x41, 0, 0xd0, 0x70, 0x26, 0], export: 'change' },
    ],
  })
  const shape = readModuleShape(bytes)
  expect(shape.importedTypes.get('env.f0')).toEqual({ params: [i32], results: [i64] })
  expect(shape.exports.get('pair')).toEqual({
    kind: 'function',
    type: { params: [i32, i32], results: [i64] },
  })
  expect(shape.changesTables).toBe(true)
  expect(readModuleShape(workloads).changesTables).toBe(false)
})
