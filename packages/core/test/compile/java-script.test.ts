import { expect, test } from 'vitest'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { compileBytes, compileWASM, readModuleAbi } from '../../src/compile/index.ts'
import type { CompileDiagnostic, CompileOptions } from '../../src/compile/index.ts'
import { CompilationError } from '../../src/errors.ts'
import { validateContainer } from '../../src/validate/index.ts'
import { startBytes } from './run.ts'

const ordinary = `
interface Item { name: string; price: number }
type Cart = { items: Item[] }
class Counter {
  #count = 0
  add(by: number): number { return (this.#count += by) }
  get count() { return this.#count }
  set count(value: number) { if (typeof value !== 'number') throw new RangeError('a count is a number'); this.#count = value }
}
const counter = new Counter()
const byName = new Map<string, number>()
export function increment(by: number = 1): number { return counter.add(by) }
export function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
export const total = ({ items }: Cart) => items.reduce((sum, { price }) => sum + price, 0)
export function greet(name: string): string { return \`Hi, \${name.replace(/\\p{L}/u, (c) => c.toUpperCase())} 👋\` }
export async function later(values: number[]): Promise<number> { await null; for (const v of values) byName.set(String(v), v); return byName.size }
export function fail(): void { throw new TypeError('it is told to') }
export function never(): Promise<void> { return new Promise(() => {}) }
export function spin(): void { for (;;); }
export function deep(): number { return deep() + 1 }
export function fill(): void { const all = []; for (;;) all.push('x'.repeat(1e5) + all.length) }
export function say(text: string): void { console.log(text, { a: 1 }) }
export function getState() { return { count: counter.count } }
export function setState(state: { count: number }) { counter.count = state.count }
`
const compile = (source: string, options: CompileOptions = {}): ReturnType<typeof compileBytes> =>
  compileBytes(source, { engine: 'quickjs', ...options })

async function diagnosticOf(
  source: string,
  options: CompileOptions = {},
): Promise<CompileDiagnostic> {
  try {
    await compile(source, options)
  } catch (error) {
    if (error instanceof CompilationError) return (error.details as CompileDiagnostic[])[0]!
    throw error
  }
  throw new Error('it compiled')
}

test('ordinary TypeScript runs in a container of the native ABI, with classes, closures, maps, text and promises', async () => {
  const { bytes, engine } = await compile(ordinary)
  expect(engine).toBe('quickjs')
  const started = await startBytes(bytes)
  expect(started.container.abi).toBe('native')
  expect(await Promise.all([started.call('increment'), started.call('increment', 41)])).toEqual([
    1, 42,
  ])
  expect(await started.call('fib', 15)).toBe(610)
  expect(
    await started.call('total', {
      items: [
        { name: 'a', price: 2 },
        { name: 'b', price: 3 },
      ],
    }),
  ).toBe(5)
  expect(await started.call('greet', 'émile')).toBe('Hi, Émile 👋')
  expect(await started.call('later', [1, 2, 2])).toBe(2)
})

test('its state is read and replaced through getState and setState', async () => {
  const { container, call } = await startBytes((await compile(ordinary)).bytes)
  await call('increment', 5)
  expect(container.state).toEqual({ count: 5 })
  await container.updateState({ count: 40 })
  expect(await call('increment', 2)).toBe(42)
  await expect(container.updateState({ count: 'many' })).rejects.toThrow(
    'RangeError: a count is a number',
  )
})

test('errors of the source arrive as its own, and the container goes on', async () => {
  const { call } = await startBytes((await compile(ordinary)).bytes)
  await expect(call('fail')).rejects.toThrow(
    expect.objectContaining({ code: 'GUEST_FAILED', message: 'TypeError: it is told to' }),
  )
  await expect(call('never')).rejects.toThrow('nothing is left to run')
  await expect(call('deep')).rejects.toThrow(/RangeError|InternalError/)
  expect(await call('increment')).toBe(1)
})

test('memory of the container holds for the interpreter too, and running out is an error of the source', async () => {
  const { container, call } = await startBytes((await compile(ordinary)).bytes, {
    maxMemory: 160 * 65_536,
  })
  await expect(call('fill')).rejects.toThrow(/memory/)
  expect(container.getMemoryUsage().allocated).toBeLessThanOrEqual(160 * 65_536)
})

test('a loop is stopped by the time limit; the next call says why the interpreter cannot go on', async () => {
  const { container, call } = await startBytes((await compile(ordinary)).bytes, { maxCpuTime: 300 })
  const snapshot = await container.snapshot()
  await expect(call('spin')).rejects.toThrow(expect.objectContaining({ code: 'TIME_LIMIT' }))
  await expect(call('increment')).rejects.toThrow('Restore a snapshot')
  await container.restore(snapshot)
  expect(await call('increment')).toBe(1)
})

test('what it prints is logged, or goes to stdout where it has WASI', async () => {
  const plain = await startBytes((await compile(ordinary)).bytes)
  await plain.call('say', 'hello')
  expect(plain.logs).toEqual(['hello {"a":1}'])
  const wasi = await startBytes((await compile(ordinary, { target: 'wasm32-wasi' })).bytes)
  await wasi.call('say', 'hello')
  expect(wasi.output.stdout).toBe('hello {"a":1}\n')
})

test('without WASI clock and random bytes come from the native ABI, with it from WASI', async () => {
  const source = 'export const now = () => Date.now(); export const roll = () => Math.random()'
  const given = { clock: { startMs: 5 }, random: { seed: 1 } }
  const plain = await compile(source)
  expect(new Set(readModuleShape(plain.bytes).imports.map(({ module }) => module))).toEqual(
    new Set(['gaesup']),
  )
  const { bytes } = await compile(source, { target: 'wasm32-wasi' })
  const [own, wasi] = [await startBytes(plain.bytes, given), await startBytes(bytes, given)]
  expect([await own.call('now'), await wasi.call('now')]).toEqual([5, 5])
  expect(await wasi.call('roll')).toBe(await own.call('roll'))
  expect(await (await startBytes(plain.bytes)).call('now')).toBeGreaterThan(1_600_000_000_000)
  const isolation = { syscallFilter: ['clock_time_get'] }
  const mute = await startBytes(bytes, { isolation })
  await expect(mute.call('roll')).rejects.toMatchObject({ code: 'TRAPPED' })
})

test('the top level runs once, while it is compiled; every instance starts from what it left', async () => {
  const { bytes } = await compile(
    'const ready = []; for (let n = 0; n < 1000; n += 1) ready.push(n); export const size = () => ready.push(0)',
  )
  const [first, second] = [await startBytes(bytes), await startBytes(bytes)]
  expect(await Promise.all([first.call('size'), first.call('size'), second.call('size')])).toEqual([
    1001, 1002, 1001,
  ])
})

test('signatures come from the annotations, and the module passes validation', async () => {
  const { bytes, exports } = await compile(ordinary)
  expect(exports.find(({ name }) => name === 'increment')).toEqual({
    name: 'increment',
    parameters: [{ name: 'by', type: { type: 'number' }, optional: true }],
    returnType: { type: 'number' },
  })
  expect(exports.find(({ name }) => name === 'later')).toMatchObject({
    parameters: [{ name: 'values', type: { type: 'array', itemType: { type: 'number' } } }],
    returnType: { type: 'number' },
  })
  expect(readModuleAbi(new WebAssembly.Module(bytes))).toMatchObject({
    engine: 'quickjs',
    codec: 'json',
  })
  const { errors } = await validateContainer({ name: 'shop', version: '1.0.0', bytes })
  expect(errors).toEqual([])
})

test('names that are no identifiers are exported and told like others', async () => {
  const { bytes, exports } = await compile(
    'const f = (a, b) => a + b; export { f as "a(b", f as $, f as 더하기 }',
  )
  expect(exports.map(({ name, parameters }) => [name, parameters.length])).toEqual([
    ['$', 2],
    ['a(b', 2],
    ['더하기', 2],
  ])
  expect(await (await startBytes(bytes)).call('더하기', 1, 2)).toBe(3)
})

test('each optimization gives other bytes: whole memory, without zeros, without source', async () => {
  const sizeOf = async (optimization: 'none' | 'size' | 'speed'): Promise<number> =>
    (await compile(ordinary, { optimization })).bytes.length
  const [none, size, speed] = [await sizeOf('none'), await sizeOf('size'), await sizeOf('speed')]
  expect(size).toBeLessThan(speed)
  expect(speed).toBeLessThan(none)
})

test('debug keeps the source and tells where an error was thrown', async () => {
  const { bytes } = await compile(ordinary, { debug: true, optimization: 'size' })
  const [kept] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'gaesup:js')
  expect(new TextDecoder().decode(kept)).toBe(ordinary)
  const { call } = await startBytes(bytes)
  const line = ordinary.split('\n').findIndex((text) => text.includes('it is told to')) + 1
  await expect(call('fail')).rejects.toThrow(`module.ts:${line}:`)
  const stripped = await compile(ordinary, { optimization: 'size' })
  expect(new TextDecoder('latin1').decode(stripped.bytes)).not.toContain("it is told to'")
  const plain = new WebAssembly.Module(stripped.bytes)
  expect(WebAssembly.Module.customSections(plain, 'gaesup:js')).toHaveLength(0)
})

test.each([
  ['export const a = 1\nexport const b = ;', 2, 18],
  ['\nexport function f() {\n  return missing\n}\nf()', 3, 10],
  ['enum Color { Red }\nexport const f = () => Color.Red', 1, 1],
  ['export const ok = 1\nthrow new Error("no")', 2, 11],
  [
    'const a = 1\nimport { readFileSync } from "node:fs"\nexport const f = () => readFileSync("/etc/passwd")',
    2,
    31,
  ],
  ['import x from "../../../etc/passwd"', 1, 16],
  ['await new Promise(() => {})\nexport const f = 1', 1, 1],
])('an error has its line and column: %j', async (source, line, column) => {
  expect(await diagnosticOf(source)).toMatchObject({
    severity: 'error',
    file: 'module.ts',
    line,
    column,
  })
})

test('code at the top level cannot wait out the compiler', async () => {
  await expect(compile('for (;;);', { timeoutMs: 1500 })).rejects.toMatchObject({
    code: 'TIME_LIMIT',
  })
  await expect(
    compile('const a = []; for (;;) a.push("x".repeat(1e5) + a.length)'),
  ).rejects.toMatchObject({
    code: 'COMPILATION_FAILED',
  })
})

test('names of the host are refused', async () => {
  expect((await diagnosticOf('export function gsp_alloc() {}')).message).toContain('"gsp_alloc"')
  expect((await diagnosticOf('export function memory() {}')).message).toContain('"memory"')
})

test('auto takes AssemblyScript where it can, else QuickJS, and says why', async () => {
  const strict = await compileBytes('export function f(n: i32): i32 { return n }', {
    engine: 'auto',
  })
  expect(strict.engine).toBe('assemblyscript')
  const { engine, diagnostics } = await compileBytes(
    'export const f = (n) => JSON.stringify([n])',
    { engine: 'auto' },
  )
  expect(engine).toBe('quickjs')
  expect(diagnostics[0]).toMatchObject({ severity: 'info', line: 1 })
  expect(diagnostics[0]?.message).toContain('AssemblyScript refused it')
  expect(await compileWASM('export const f = () => ({})', { engine: 'auto' })).toBeInstanceOf(
    WebAssembly.Module,
  )
})
