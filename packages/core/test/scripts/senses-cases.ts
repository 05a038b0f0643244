import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { equal, refused, type Case } from '../both/case.ts'

const source = `
export const now = (): number => Date.now()
export const iso = (): string => new Date().toISOString()
export const roll = (): number => Math.random()
`
const withTopLevel = `${source}
const began = Date.now()
const id = Math.random()
export const top = (): number[] => [began, id]
`
const given = { clock: { startMs: 1e12, stepMs: 1000 }, random: { seed: 1 } } as const

const run = (script: string, config: ContainerConfig = {}): Promise<ContainerInstance> =>
  new ContainerManager().run({ source: script }, config)

async function rolls(container: ContainerInstance, count: number): Promise<unknown[]> {
  const all: unknown[] = []
  for (let n = 0; n < count; n += 1) all.push(await container.call('roll'))
  return all
}

/** How a script sees time and randomness, and what its top level may use. */
export const sensesCases: readonly Case[] = [
  {
    title: 'a script sees the real time, and no two containers roll the same',
    async run() {
      const before = Date.now()
      const [one, other] = [await run(withTopLevel), await run(withTopLevel)]
      const now = Number(await one.call('now'))
      equal(now >= before && now <= Date.now(), true)
      equal(Date.parse(String(await one.call('iso'))) >= now, true)
      const [began = 0, id] = await one.call<number[]>('top')
      equal(began >= before && began <= now, true)
      const [, otherId] = await other.call<number[]>('top')
      const seen = new Set([id, otherId, ...(await rolls(one, 20)), ...(await rolls(other, 20))])
      equal(seen.size, 42)
      equal(
        [...seen].every((one) => typeof one === 'number' && one >= 0 && one < 1),
        true,
      )
    },
  },
  {
    title:
      'scripts with the same clock and seed are the same, top level included, which rolls of its own',
    async run() {
      const draw = async (config: ContainerConfig): Promise<unknown[]> => {
        const container = await run(withTopLevel, config)
        const all = [await container.call('top'), await container.call('now')]
        return [...all, await container.call('iso'), ...(await rolls(container, 3))]
      }
      const first = await draw(given)
      equal(await draw(given), first)
      equal(first.slice(1, 3), [1e12, '2001-09-09T01:46:41.000Z'])
      const [[began, id], ...rest] = first as [number[], ...number[]]
      equal([began, rest.includes(id ?? 0)], [1e12, false])
      const other = await draw({ ...given, random: { seed: 2 } })
      equal(
        other.slice(3).some((one) => first.includes(one)),
        false,
      )
      const functions = {
        clock: { realtimeNs: () => 5_000_000n, monotonicNs: () => 0n },
        random: (into: Uint8Array) => void into.fill(0x80),
      }
      const half = 0x80_80_80_80_80_80_80_80n
      const rolled = Number(half >> 11n) * 2 ** -53
      const [top, now, iso, roll] = (await draw(functions)) as [number[], ...unknown[]]
      equal([top[0], now, iso, roll], [5, 5, '1970-01-01T00:00:00.005Z', rolled])
    },
  },
  {
    title:
      'a copy of a script asks the host itself: forks do not roll alike, and a seed begins anew in them',
    async run() {
      const origin = await run(source)
      await rolls(origin, 3)
      const copies = [await origin.fork(), await origin.fork()]
      const all = [...(await rolls(origin, 5))]
      for (const copy of copies) all.push(...(await rolls(copy, 5)))
      equal(new Set(all).size, 15)
      const snapshot = await origin.snapshot()
      const [next] = await rolls(origin, 1)
      await origin.restore(snapshot)
      equal((await rolls(origin, 1))[0] === next, false)
      const seeded = await run(source, given)
      const first = await rolls(seeded, 3)
      const fork = await seeded.fork()
      equal([await fork.call('now'), ...(await rolls(fork, 3))], [1e12, ...first])
      equal(
        (await rolls(seeded, 3)).some((one) => first.includes(one)),
        false,
      )
      await seeded.restart()
      equal(await rolls(seeded, 3), first)
    },
  },
  {
    title: 'equal sources whose top level asks for no time give the same module, and snapshots fit',
    async run() {
      const [one, other] = [await run(source), await run(source)]
      equal(one.version, other.version)
      await other.restore(await one.snapshot())
      const told = await run(withTopLevel)
      equal((await run(withTopLevel)).version === told.version, false)
    },
  },
  {
    title:
      'a random function that throws, or a clock that tells no time, ends start and calls of a script',
    async run() {
      const broken = (): never => {
        throw new Error('broken')
      }
      await refused(run(source, { random: broken }), 'HOST_FAILED')
      await refused(
        run(source, { clock: { realtimeNs: broken, monotonicNs: broken } }),
        'HOST_FAILED',
      )
      let isBroken = false
      const random = (into: Uint8Array): void => void (isBroken ? broken() : into.fill(7))
      const container = await run(source, { random })
      isBroken = true
      await refused(container.call('roll'), 'HOST_FAILED')
    },
  },
  {
    title: 'a top level has the time and fuel of its container',
    async run() {
      const endless = 'for (;;);'
      await refused(run(endless, { maxCpuTime: 300 }), 'TIME_LIMIT')
      await refused(run(endless, { maxFuel: 5_000_000n }), 'CPU_LIMIT')
      const later = 'export const f = 1; await null; for (;;);'
      await refused(run(later, { maxFuel: 5_000_000n }), 'CPU_LIMIT')
      const inError =
        'throw Object.defineProperty(new Error("a"), "stack", { get() { for (;;); } })'
      await refused(run(inError, { maxFuel: 5_000_000n }), 'CPU_LIMIT')
    },
  },
  {
    title: 'a top level has the memory of its container, and reading the source costs no fuel',
    async run() {
      const large = 'const all = new Uint8Array(100 << 20); export const f = () => all.length'
      await refused(run(large, { maxMemory: 32 << 20 }), 'COMPILATION_FAILED')
      equal(await (await run(large, { maxMemory: 160 << 20 })).call('f'), 100 << 20)
      await refused(run('export const f = () => 1', { maxMemory: 65_536 }), 'MEMORY_LIMIT')
      const long = `export const f = () => 1 // ${'x'.repeat(500_000)}`
      equal(await (await run(long, { maxFuel: 5_000_000n })).call('f'), 1)
    },
  },
]
