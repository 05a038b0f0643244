import { expect, test } from 'vitest'
import { compileBytes, compileWASM, readModuleAbi } from '../../src/compile/index.ts'
import type { CompileDiagnostic, CompileOptions } from '../../src/compile/index.ts'
import { CompilationError } from '../../src/errors.ts'
import { startBytes } from './run.ts'

const fib = 'export function fib(n: i32): i32 { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\n'
const counter = `
class Counter {
  private names: Map<string, i32> = new Map()
  constructor(public count: i32) {}
  add(name: string): i32 {
    this.names.set(name, (this.names.has(name) ? this.names.get(name) : 0) + 1)
    this.count += 1
    return this.names.get(name)
  }
}
const counter = new Counter(40)
export function increment(): i32 { counter.add("all"); return counter.count }
export function times(name: string): i32 { return counter.add(name) }
export function greet(name: string, loud: bool): string { return loud ? name.toUpperCase() : "Hi, " + name + " 👋" }
export function isEven(n: i32): bool { return n % 2 == 0 }
export function big(n: i64): i64 { return n * 2 }
`

async function refusal(
  source: string | Uint8Array,
  options: CompileOptions = {},
): Promise<CompilationError> {
  try {
    await compileWASM(source, options)
  } catch (error) {
    if (error instanceof CompilationError) return error
    throw error
  }
  throw new Error('it compiled')
}

const diagnosticsOf = (error: CompilationError): CompileDiagnostic[] =>
  error.details as CompileDiagnostic[]

test('fib compiles to a module that any engine runs', async () => {
  const module = await compileWASM(fib)
  expect(module).toBeInstanceOf(WebAssembly.Module)
  const { exports } = await WebAssembly.instantiate(module)
  expect((exports['fib'] as (n: number) => number)(20)).toBe(6765)
})

test('a module carries its signatures and says which engine made it', async () => {
  const abi = readModuleAbi(await compileWASM(counter))
  expect(abi).toMatchObject({ version: 1, engine: 'assemblyscript', codec: 'assemblyscript' })
  expect(abi?.exports).toContainEqual({
    name: 'greet',
    parameters: [
      { name: 'name', type: { type: 'string' } },
      { name: 'loud', type: { type: 'boolean' } },
    ],
    returnType: { type: 'string' },
  })
  expect(abi?.exports.map(({ name }) => name).toSorted()).toEqual([
    'big',
    'greet',
    'increment',
    'isEven',
    'times',
  ])
})

test('signatures tell arrays, objects and functions that give nothing', async () => {
  const { exports } = await compileBytes(`
class Point { x: f64 = 0; names: string[] = [] }
export function move(p: Point, by: f64[]): Point { p.x += by[0]; return p }
export function bytes(b: Uint8Array): void {}`)
  const point = {
    type: 'object',
    properties: {
      x: { type: 'number' },
      names: { type: 'array', itemType: { type: 'string' } },
    },
  }
  const numbers = { type: 'array', itemType: { type: 'number' } }
  expect(exports.find(({ name }) => name === 'bytes')).toEqual({
    name: 'bytes',
    parameters: [{ name: 'b', type: numbers }],
    returnType: { type: 'object', properties: {} },
  })
  expect(exports.find(({ name }) => name === 'move')).toEqual({
    name: 'move',
    parameters: [
      { name: 'p', type: point },
      { name: 'by', type: numbers },
    ],
    returnType: point,
  })
})

test('classes, maps, text and 64-bit numbers run in a container with limits', async () => {
  const started = await startBytes((await compileBytes(counter)).bytes)
  expect(started.container.abi).toBe('assemblyscript')
  expect(await Promise.all([started.call('increment'), started.call('increment')])).toEqual([
    41, 42,
  ])
  expect(await Promise.all([started.call('times', 'ü'), started.call('times', 'ü')])).toEqual([
    1, 2,
  ])
  expect(await started.call('greet', '세계', false)).toBe('Hi, 세계 👋')
  expect(await started.call('isEven', 4)).toBe(true)
  expect(await started.call('big', 2 ** 40)).toBe(2 ** 41)
})

test('a parameter with a default is optional', async () => {
  const { bytes, exports } = await compileBytes(
    'export function add(a: i32, b: i32 = 5): i32 { return a + b }',
  )
  expect(exports[0]?.parameters).toEqual([
    { name: 'a', type: { type: 'number' } },
    { name: 'b', type: { type: 'number' }, optional: true },
  ])
  const { instance } = await WebAssembly.instantiate(bytes)
  const { add, __setArgumentsLength: setLength } = instance.exports as Record<
    string,
    (...args: number[]) => number
  >
  setLength?.(1)
  expect(add?.(1)).toBe(6)
})

test('a module that can abort or gives booleans is one that containers know', async () => {
  const started = await startBytes(
    (
      await compileBytes(
        'export function isSorted(n: i32): bool { const a = [3, 1, n]; a.sort(); return a[n] == n }',
      )
    ).bytes,
  )
  expect(await started.call('isSorted', 2)).toBe(false)
  await expect(started.call('isSorted', 3)).rejects.toThrow(/Index out of range \(~lib\/array.ts/)
})

test('a function of two i32 that gives an i64 takes numbers, not JSON', async () => {
  const { bytes } = await compileBytes(
    'export function mul(a: i32, b: i32): i64 { return <i64>a * b }',
  )
  expect(await (await startBytes(bytes)).call('mul', 100_000, 100_000)).toBe(10_000_000_000)
})

test('each optimization gives other code', async () => {
  const source = `${counter}${fib}`
  const sizeOf = async (optimization: 'none' | 'size' | 'speed'): Promise<number> =>
    (await compileBytes(source, { optimization })).bytes.length
  const [none, size, speed] = [await sizeOf('none'), await sizeOf('size'), await sizeOf('speed')]
  expect(size).toBeLessThan(speed)
  expect(speed).toBeLessThan(none)
})

test('debug keeps names and a source map of the source', async () => {
  const module = await compileWASM(fib, { debug: true })
  expect(WebAssembly.Module.customSections(module, 'name')).toHaveLength(1)
  const [section] = WebAssembly.Module.customSections(module, 'sourceMappingURL')
  const url = new TextDecoder().decode(section).replace(/^[^d]*/, '')
  const map = JSON.parse(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64').toString()) as {
    sources: string[]
    sourcesContent: string[]
  }
  expect(map.sourcesContent[map.sources.indexOf('module.ts')]).toBe(fib)
  const plain = await compileWASM(fib)
  expect(WebAssembly.Module.customSections(plain, 'name')).toHaveLength(0)
  expect(WebAssembly.Module.customSections(plain, 'sourceMappingURL')).toHaveLength(0)
})

test('a signature in imports declares a function for the source', async () => {
  const { bytes } = await compileBytes('export function f(): i32 { return twice(21) }', {
    imports: { host: { twice: '(n: i32): i32' } },
  })
  const { instance } = await WebAssembly.instantiate(bytes, {
    host: { twice: (n: number) => n * 2 },
  })
  expect((instance.exports['f'] as () => number)()).toBe(42)
})

test('an import that imports does not name is an error, and one it names is none', async () => {
  const source = `@external("host", "now") declare function now(): f64
export function f(): f64 { return now() }`
  expect(diagnosticsOf(await refusal(source))[0]?.message).toContain('"host.now"')
  const module = await compileWASM(source, { imports: { host: { now: () => 1 } } })
  expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual(['now'])
})

test.each([
  [{ env: 'log' }, 'imports.env'],
  [{ env: { log: '(n: i32): void {} export function evil(): void' } }, 'imports.env.log'],
  [{ env: { log: '(n: any): void' } }, 'imports.env.log'],
  [{ env: { 'a b': '(): void' } }, 'imports.env.a b'],
  [{ env: { log: false } }, 'imports.env.log'],
])('imports that say nothing are misuse: %j', async (imports, where) => {
  await expect(compileWASM(fib, { imports })).rejects.toThrow(TypeError)
  await expect(compileWASM(fib, { imports })).rejects.toThrow(where)
})

test('a WASI module imports WASI only; without exports it is a command', async () => {
  const source =
    'console.log("it is " + (Date.now() > 1600000000000).toString()); trace("t", 1, 2.5)'
  const { bytes } = await compileBytes(source, { target: 'wasm32-wasi' })
  const modules = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(
    ({ module }) => module,
  )
  expect(new Set(modules)).toEqual(new Set(['wasi_snapshot_preview1']))
  const started = await startBytes(bytes)
  expect(await started.call('_start')).toEqual({
    exitCode: 0,
    stdout: 'it is true\n',
    stderr: 'trace: t 2.5\n',
  })
})

test('a WASI module with exports is a reactor', async () => {
  const { bytes } = await compileBytes(
    'let n: i32 = 0; n = 7; export function get(): i32 { console.log("asked"); return n }',
    { target: 'wasm32-wasi' },
  )
  const started = await startBytes(bytes)
  expect(await started.call('get')).toBe(7)
  expect(started.output.stdout).toBe('asked\n')
})

test('an error has its file, line, column and number', async () => {
  const error = await refusal('const s = "👋";\nexport function f(): i32 {\n  return missing\n}')
  expect(error.code).toBe('COMPILATION_FAILED')
  expect(diagnosticsOf(error)).toEqual([
    {
      severity: 'error',
      message: "Cannot find name 'missing'.",
      file: 'module.ts',
      line: 3,
      column: 10,
      code: 2304,
    },
  ])
})

test('a warning does not refuse the source', async () => {
  const { diagnostics } = await compileBytes('export class C { a: i32 = 1 }')
  expect(diagnostics).toMatchObject([{ severity: 'warning', line: 1, code: 235 }])
})

test.each(['../../../../etc/passwd', '/etc/passwd', './package', 'fast-check'])(
  'refuses to import %s',
  async (path) => {
    const error = await refusal(
      `import { x } from "${path}"\nexport function f(): i32 { return x }`,
    )
    expect(diagnosticsOf(error)[0]).toMatchObject({ code: 6054, line: 1, column: 19 })
  },
)
