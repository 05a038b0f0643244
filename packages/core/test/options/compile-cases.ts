import { ContainerManager } from '../../src/index.ts'
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
  await within(5000, () => refused(container.call('spin'), 'TIME_LIMIT'))
}

/** The compilers run in Node; what they make runs anywhere, and no setting takes it out of its limits. */
export const compileCases: readonly Case[] = [
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
