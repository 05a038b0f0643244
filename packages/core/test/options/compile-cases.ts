import { scriptCompiler } from '../../src/containers/script-compiler.ts'
import { ContainerManager, type SeededRandom, type SteppedClock } from '../../src/index.ts'
import { equal, of, refused, within, type Case, type Load } from '../both/case.ts'

/** What each source has: a sum, a loop without end, and memory without end. */
export const compiledSources = {
  assemblyscript: `export function add(a: i32, b: i32): i32 { return a + b }
export function spin(): void { while (true) {} }
export function hog(): i32 { return memory.grow(1000) }`,
  quickjs: `export const add = (a: number, b: number): number => a + b
export const spin = (): void => { for (;;); }
export const hog = (): number => { const all: unknown[] = []; for (;;) all.push(new Array(10_000).fill(1)) }`,
} as const

const engines = ['assemblyscript', 'quickjs'] as const
const settings = (['wasm32-unknown', 'wasm32-wasi'] as const).flatMap((target) =>
  (['none', 'size', 'speed'] as const).map((optimization) => `${target}/${optimization}`),
)

async function attack(bytes: Uint8Array): Promise<void> {
  const container = await new ContainerManager().run(bytes, {
    maxCpuTime: 500,
    maxMemory: 16 << 20,
  })
  equal(await container.call('add', [20, 22]), 42)
  const before = container.getMemoryUsage().limit
  await container.call('hog').catch(() => undefined)
  if (container.getMemoryUsage().allocated > before) throw new Error('it has more memory')
  await container.restart()
  await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
}

/** In Node by a thread, in a page by its worker: the same as for `run({ source })`. */
const compile = scriptCompiler(undefined, {
  fetch: (...args) => globalThis.fetch(...args),
  networkTimeoutMs: 60_000,
})
type Options = Parameters<typeof compile>[1]

const spin = 'for (;;);'
const hold = (bytes: number): string =>
  `const all = new Uint8Array(${bytes}); export const f = () => all.length`

async function told(options: Options): Promise<unknown> {
  const source = `const all = [Date.now(), Math.random(), Math.random()]; export const f = () => all`
  return (await new ContainerManager().run(await compile(source, options))).call('f')
}

/** Limits of the compiler of scripts itself, in both places. */
const scriptCases: readonly Case[] = [
  {
    title: 'signal and timeoutMs: a source without end is ended, before and while it runs',
    attacks: of('CompileOptions', 'signal timeoutMs'),
    async run() {
      await refused(compile(spin, { signal: AbortSignal.abort() }), 'ABORTED')
      await refused(compile(spin, { signal: AbortSignal.timeout(200) }), 'ABORTED')
      await refused(compile(spin, { timeoutMs: 500 }), 'TIME_LIMIT')
      for (const timeoutMs of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 31])
        await refused(compile('', { timeoutMs }), 'TypeError')
    },
  },
  {
    title: 'maxSourceBytes: one byte more is refused, counted in letters or in bytes',
    attacks: of('CompileOptions', 'maxSourceBytes'),
    async run() {
      await refused(compile('/'.repeat(1_048_577), {}), 'SIZE_LIMIT')
      const source = '//' + '한'.repeat(32)
      await compile(source, { maxSourceBytes: 98 })
      await refused(compile(source, { maxSourceBytes: 97 }), 'SIZE_LIMIT')
      for (const maxSourceBytes of [0, -1, 1.5, Number.NaN, Infinity])
        await refused(compile('', { maxSourceBytes }), 'TypeError')
    },
  },
  {
    title: 'maxMemory, maxCpuTime and maxFuel: a top level ends with them',
    attacks: of('CompileOptions', 'maxMemory maxCpuTime maxFuel'),
    async run() {
      await refused(compile(spin, { maxCpuTime: 100 }), 'TIME_LIMIT')
      await refused(compile(spin, { maxFuel: 5_000_000n }), 'CPU_LIMIT')
      await refused(compile(hold(65 << 20), {}), 'COMPILATION_FAILED')
      await compile(hold(65 << 20), { maxMemory: 80 << 20 })
      await refused(compile(hold(8 << 20), { maxMemory: 8 << 20 }), 'COMPILATION_FAILED')
      await refused(compile('', { maxMemory: 65_536 }), 'MEMORY_LIMIT')
      for (const maxMemory of [0, -1, Number.NaN, Infinity])
        await refused(compile('', { maxMemory }), 'TypeError')
      for (const maxCpuTime of [0, -1, Number.NaN])
        await refused(compile('', { maxCpuTime }), 'TypeError')
      await refused(compile('', { maxFuel: 0n }), 'TypeError')
    },
  },
  {
    title:
      'clock and random of a compiler: the top level sees them and no others, and functions are refused',
    attacks: of('CompileOptions', 'clock random'),
    async run() {
      const given = { clock: { startMs: 5 }, random: { seed: 1 } }
      const first = await told(given)
      equal(await told(given), first)
      equal((first as number[])[0], 5)
      equal(
        ((await told({ ...given, random: { seed: 2 } })) as number[])[1] === (first as number[])[1],
        false,
      )
      const clock = { realtimeNs: () => 0n, monotonicNs: () => 0n } as unknown as SteppedClock
      await refused(compile('', { clock }), 'TypeError')
      await refused(
        compile('', { random: (() => undefined) as unknown as SeededRandom }),
        'TypeError',
      )
      await refused(compile('', { clock: { startMs: -1 } }), 'TypeError')
      await refused(compile('', { random: { seed: 0.5 } }), 'TypeError')
    },
  },
]

/** AssemblyScript compiles in Node; what it makes runs anywhere, and no setting takes it out of its limits. */
export const compileCases: readonly Case[] = [
  ...scriptCases,
  ...engines.map((engine) => ({
    title: `${engine}: whatever the target and optimization, what it makes is limited as any module`,
    attacks: of('CompileOptions', 'engine target optimization'),
    async run(load: Load) {
      for (const one of settings) await attack(await load(`compiled/${engine}/${one}`))
    },
  })),
  {
    title: 'debug and imports of a compiled module: names bring nothing in that is not allowed',
    attacks: of('CompileOptions', 'debug imports'),
    async run(load) {
      const bytes = await load('compiled/debug-and-imports')
      const imports = { host: { twice: (n: number) => n * 2 } }
      await refused(new ContainerManager().run(bytes), 'FORBIDDEN')
      await refused(new ContainerManager().run(bytes, { imports }), 'FORBIDDEN')
      const allowed = { imports, allowedImports: ['host.twice', 'env.abort'] }
      const container = await new ContainerManager().run(bytes, { ...allowed, maxFuel: 100_000n })
      equal(await container.call('f'), 42)
      await refused(container.call('spin'), 'CPU_LIMIT')
    },
  },
]
