import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extismModule } from '../../src/abi/detect.ts'
import {
  createKernel,
  linkedImports,
  linkedKernel,
  type Kernel,
} from '../../src/abi/extism/kernel.ts'
import { linkKernel } from '../../src/abi/extism/link-kernel.ts'
import { kernelFunctions, pluginStart } from '../../src/abi/extism/linked.ts'
import { exportForHost, globalExport, memoryExport } from '../../src/binary/export-for-host.ts'
import { createMeter, limitMemory, meterExports, meterModule } from '../../src/binary/index.ts'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { assemble, i32, i64, type FunctionSource } from '../binary/assemble.ts'
import { fixture } from '../containers/modules.ts'

const maxPages = 24
const kernelPages = 8

/** A plugin with its limits, as it is linked or put beside its kernel. */
function limited(bytes: Uint8Array): { bytes: Uint8Array; globals: readonly number[] } {
  const { globals } = readModuleShape(bytes)
  const own = globals.filter(({ isMutable }) => isMutable)
  const metered = meterModule(limitMemory(bytes, maxPages), { fuel: 1_000_000n, maxCallDepth: 100 })
  const open = exportForHost(metered, { globals: own, memory: true })
  return { bytes: open, globals: own.map(({ index }) => index) }
}

interface Plugin {
  readonly exports: WebAssembly.Exports
  readonly kernel: Kernel
}

/** What is asked of the host; nothing is there. */
const host = {
  ...Object.fromEntries(
    ['config_get', 'var_get', 'http_request', 'http_headers'].map(
      (name) => [name, () => 0n] as const,
    ),
  ),
  var_set: () => undefined,
  http_status_code: () => 0,
}

const moduleOf = (bytes: Uint8Array | undefined): WebAssembly.Module =>
  new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)

function beside(bytes: Uint8Array): Plugin {
  const kernel = createKernel(kernelPages)
  const imports = { [extismModule]: { ...host, ...kernel.functions } }
  return { kernel, exports: new WebAssembly.Instance(moduleOf(bytes), imports).exports }
}

function linked(bytes: Uint8Array): Plugin {
  const module = moduleOf(linkKernel(bytes, kernelPages))
  const { exports } = new WebAssembly.Instance(module, { ...linkedImports, [extismModule]: host })
  const kernel = linkedKernel(exports)
  ;(exports[pluginStart] as (() => void) | undefined)?.()
  return { kernel, exports }
}

interface Call {
  readonly name: string
  readonly input: Uint8Array
  readonly args: readonly bigint[]
  readonly fuel: bigint
}

/** All that can be seen of a call, and of what it leaves behind. */
function outcome({ exports, kernel }: Plugin, { name, input, args, fuel }: Call): unknown {
  const meter = createMeter({ exports })
  const tried = (what: () => unknown): unknown => {
    try {
      return what()
    } catch (error) {
      return meter.stoppedBy(error) ?? String(error)
    }
  }
  kernel.begin(input)
  meter.begin(fuel)
  const gave = tried(() => (exports[name] as (...args: bigint[]) => unknown)(...args))
  const depth = exports[meterExports.depth] as WebAssembly.Global
  const [error, output] = [tried(() => kernel.error()), tried(() => kernel.output().slice())]
  return { gave, fuel: meter.fuel, depth: depth.value, error, output }
}

/** Memories and globals are the same, too. */
function isSame(one: Plugin, other: Plugin, globals: readonly number[]): boolean {
  const memoryOf = ({ exports }: Plugin): Uint8Array =>
    new Uint8Array((exports[memoryExport] as WebAssembly.Memory).buffer)
  const valuesOf = ({ exports }: Plugin): unknown[] =>
    globals.map((index) => (exports[globalExport(index)] as WebAssembly.Global).value)
  const pairs = [
    [memoryOf(one), memoryOf(other)],
    [one.kernel.memory.all, other.kernel.memory.all],
  ] as const
  expect(valuesOf(other)).toEqual(valuesOf(one))
  return pairs.every(([a, b]) => Buffer.compare(a, b) === 0)
}

function compare(plugin: Uint8Array, calls: readonly Call[]): void {
  const { bytes, globals } = limited(plugin)
  const [one, other] = [beside(bytes), linked(bytes)]
  for (const call of calls) {
    expect(outcome(other, call)).toEqual(outcome(one, call))
    expect(isSame(one, other, globals)).toBe(true)
  }
}

const names = {
  'echo.wasm': ['echo'],
  'plugin.wasm': 'echo count config remember recall fail crash spin hog fill_variables'.split(' '),
  'http-plugin.wasm': ['ask', 'post', 'headers', 'status'],
  'early.wasm': ['thing'],
}

test.each(Object.entries(names))(
  'functions of %s do the same with the kernel in them as beside it, wherever their fuel ends',
  (name, functions) => {
    const bytes = fixture(name)
    const exported = WebAssembly.Module.exports(moduleOf(bytes)).map((one) => one.name)
    expect(exported).toEqual(expect.arrayContaining(functions))
    const call = fc.record({
      name: fc.constantFrom(...functions),
      input: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 1000, maxLength: 3000 }),
      ),
      args: fc.constant([]),
      fuel: fc.oneof(fc.constant(1n << 20n), fc.bigInt(0n, 20_000n)),
    })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 4 }), (calls) => compare(bytes, calls)),
      { numRuns: 60 },
    )
  },
  120_000,
)

const types: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  alloc: [[i64], [i64]],
  free: [[i64], []],
  length: [[i64], [i64]],
  length_unsafe: [[i64], [i64]],
  load_u8: [[i64], [i32]],
  load_u64: [[i64], [i64]],
  store_u8: [[i64, i32], []],
  store_u64: [[i64, i64], []],
  input_length: [[], [i64]],
  input_offset: [[], [i64]],
  input_load_u8: [[i64], [i32]],
  input_load_u64: [[i64], [i64]],
  output_set: [[i64, i64], []],
  error_set: [[i64], []],
}

/** Calls the kernel's n-th function: with two numbers as given, between values that stay on the stack, in a block of a loop that runs once. */
function callerOf(name: string, n: number): FunctionSource {
  const [params = [], results = []] = types[name] ?? []
  const args = params.flatMap((type, at) => (type === i32 ? [0x20, at, 0xa7] : [0x20, at]))
  const answer = results.length === 0 ? [0x42, 0] : results[0] === i32 ? [0xad] : []
  const inner = [0x42, 1, ...args, 0x10, n, ...answer, 0x7c]
  const code = [0x03, i64, 0x02, i64, ...inner, 0x0b, 0x0b]
  return { params: [i64, i64], results: [i64], code, export: name }
}

const attacker = assemble({
  imported: kernelFunctions.map((name) => {
    const [params = [], results = []] = types[name] ?? []
    return { params, results, from: { module: extismModule, name } }
  }),
  memories: [[0, 1]],
  functions: kernelFunctions.map(callerOf),
})

test('a plugin that names any address is refused or served alike, with the kernel in it and beside it', () => {
  // The first block of a call stands at 5,328; others follow in steps of powers of two.
  const address = fc.oneof(
    fc.bigInt(5288n, 5400n),
    fc.bigInt(0n, 66_000n),
    fc.bigInt(0n, (1n << 64n) - 1n),
    fc.constantFrom(1n << 32n, (1n << 32n) + 5328n, 1n << 63n, (1n << 64n) - 8n),
  )
  const value = fc.oneof(fc.bigInt(0n, 64n), address)
  const call = fc.record({
    name: fc.constantFrom(...kernelFunctions),
    input: fc.uint8Array({ maxLength: 40 }),
    args: fc.tuple(address, value),
    fuel: fc.constant(1000n),
  })
  let [refused, served] = [0, 0]
  const { bytes, globals } = limited(attacker)
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 12 }), (calls) => {
      const [one, other] = [beside(bytes), linked(bytes)]
      for (const each of calls) {
        const expected = outcome(one, each) as { gave: unknown }
        expect(outcome(other, each)).toEqual(expected)
        if (typeof expected.gave === 'bigint') served += 1
        else refused += 1
      }
      expect(isSame(one, other, globals)).toBe(true)
    }),
    { numRuns: 400 },
  )
  expect(refused).toBeGreaterThan(200)
  expect(served).toBeGreaterThan(200)
}, 120_000)
