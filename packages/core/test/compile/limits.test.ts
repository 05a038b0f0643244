import { expect, test } from 'vitest'
import { compileWASM } from '../../src/compile/index.ts'

const fib = 'export function fib(n: i32): i32 { return n < 2 ? n : fib(n - 1) + fib(n - 2) }'
/** Nothing ends the search for the type of this in reasonable time. */
const endless = `${Array.from({ length: 40 }, (_, n) => `class A${n}<T> { a: A${(n + 1) % 40}<A${(n + 1) % 40}<T>> | null = null; b: A${(n + 7) % 40}<T[]> | null = null }`).join('\n')}
export function f(): void { const a = new A0<i32>() }`

test('a source past maxSourceBytes is refused, whether it is counted in letters or in bytes', async () => {
  await expect(compileWASM('/'.repeat(1_048_577))).rejects.toMatchObject({
    name: 'CompilationError',
    code: 'SIZE_LIMIT',
  })
  await expect(compileWASM('한'.repeat(40), { maxSourceBytes: 100 })).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
  await expect(compileWASM(new Uint8Array(101), { maxSourceBytes: 100 })).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
})

test('bytes that are no UTF-8 and halves of surrogate pairs are refused', async () => {
  const expected = {
    code: 'COMPILATION_FAILED',
    details: [{ line: 1, column: 1, severity: 'error' }],
  }
  await expect(compileWASM(Uint8Array.of(0x2f, 0x2f, 0xff))).rejects.toMatchObject(expected)
  await expect(compileWASM('// \ud800')).rejects.toMatchObject(expected)
})

test('a compiler that does not finish is ended when time is up', async () => {
  await expect(compileWASM(endless, { timeoutMs: 1500 })).rejects.toMatchObject({
    code: 'TIME_LIMIT',
    details: { timeoutMs: 1500 },
  })
})

test('a signal ends the compiler, before and while it runs', async () => {
  const reason = new Error('enough')
  const expected = { code: 'ABORTED', cause: reason }
  await expect(compileWASM(fib, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject(
    expected,
  )
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 200)
  await expect(compileWASM(endless, { signal: controller.signal })).rejects.toMatchObject(expected)
})

test('source that breaks the compiler itself is refused and not thrown at the caller as is', async () => {
  const deep = `export function f(): i32 { return ${'('.repeat(200_000)}1${')'.repeat(200_000)} }`
  await expect(compileWASM(deep)).rejects.toMatchObject({ code: 'COMPILATION_FAILED' })
})

test.each([
  { target: 'wasm64' },
  { optimization: 'fast' },
  { engine: 'porffor' },
  { timeoutMs: 0 },
  { timeoutMs: Infinity },
  { maxSourceBytes: -1 },
  null,
  'speed',
  { optimisation: 'size' },
  { debug: 'no' },
  { imports: null },
  { imports: 'env' },
  { signal: {} },
  { engine: 'quickjs', maxCpuTime: '100' },
  { engine: 'quickjs', maxFuel: 5 },
  { maxMemory: 1 << 20 },
  { maxCpuTime: 100 },
  { maxFuel: 1n },
  { clock: { startMs: 0 } },
  { random: { seed: 0 } },
])('refuses the option %o', async (options) => {
  await expect(compileWASM(fib, options as never)).rejects.toThrow(TypeError)
})
