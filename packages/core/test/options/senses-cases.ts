import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
  type SeededRandom,
  type SteppedClock,
  type WasiClock,
} from '../../src/index.ts'
import { equal, of, refused, type Case } from '../both/case.ts'
import { sensesModule } from '../both/senses-module.ts'

const run = (config: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(sensesModule, config)

/** The same numbers for the same seed. */
function seeded(seed: number): (into: Uint8Array) => void {
  let last = seed
  return (into) => {
    for (let at = 0; at < into.length; at += 1) {
      last = (last * 1_103_515_245 + 12_345) % 2 ** 31
      into[at] = last >> 16
    }
  }
}

/** Each look at it is a second later. */
function ticking(): WasiClock {
  let ns = 0n
  const next = (): bigint => (ns += 1_000_000_000n)
  return { realtimeNs: next, monotonicNs: next }
}

async function draw(container: ContainerInstance): Promise<unknown[]> {
  const all: unknown[] = []
  for (const name of ['time', 'dice', 'dice', 'time']) all.push(String(await container.call(name)))
  return all
}

/** Attacks on the clock and the random bytes of a container. */
export const sensesCases: readonly Case[] = [
  {
    title:
      'clock and random of a container: runs with the same ones are the same, and see no other',
    attacks: [
      ...of('ContainerConfig', 'clock random'),
      ...of('WasiClock', 'realtimeNs monotonicNs'),
    ],
    async run(load) {
      const first = await draw(await run({ clock: ticking(), random: seeded(1) }))
      const again = await draw(await run({ clock: ticking(), random: seeded(1) }))
      equal(again, first)
      const other = await draw(await run({ clock: ticking(), random: seeded(2) }))
      equal([other[0] === first[0], other[1] === first[1]], [true, false])
      const bare = await draw(await run({}))
      equal(Number(bare[0]) > 1.6e18 && bare[1] !== bare[2], true)
      // A clock that stands still takes no limit away.
      const still = { realtimeNs: () => 0n, monotonicNs: () => 0n }
      const native = new ContainerManager().run(await load('native.wasm'), {
        clock: still,
        maxCpuTime: 50,
      })
      await refused((await native).call('spin'), 'TIME_LIMIT')
      const nap = new ContainerManager().run(await load('reactor.wasm'), {
        clock: still,
        maxCpuTime: 50,
      })
      await refused((await nap).call('nap', [1000]), 'TIME_LIMIT')
    },
  },
  {
    title: 'clock and random that throw or tell no time end the call, and workers refuse functions',
    attacks: of('ContainerConfig', 'clock random'),
    async run() {
      let isBroken = false
      const broken = (): never => {
        throw new RangeError('broken')
      }
      const random = (into: Uint8Array): void => void (isBroken ? broken() : into.fill(1))
      for (const wrong of [broken, () => 1 as never, () => -1n, () => 2n ** 64n]) {
        const clock = { realtimeNs: () => (isBroken ? wrong() : 5n), monotonicNs: () => 0n }
        isBroken = false
        const container = await run({ clock, random })
        equal(await container.call('time'), 5)
        isBroken = true
        await refused(container.call('time'), 'HOST_FAILED')
        await refused(container.call('dice'), 'HOST_FAILED')
        isBroken = false
        equal(await container.call('time'), 5)
      }
      const workerUrl = 'data:text/javascript,setTimeout(()=>globalThis.close?.(),1000)'
      for (const config of [{ clock: ticking() }, { random }]) {
        const manager = new ContainerManager({ workerUrl })
        await refused(manager.run(sensesModule, { ...config, execution: 'worker' }), 'FORBIDDEN')
      }
    },
  },
  {
    title:
      'clock and random as plain data: one container takes nothing of another’s, and what is out of range is refused',
    attacks: [
      ...of('ContainerConfig', 'clock random'),
      ...of('SteppedClock', 'startMs stepMs'),
      ...of('SeededRandom', 'seed'),
    ],
    async run(load) {
      const config = { clock: { startMs: 1000.5, stepMs: 0.25 }, random: { seed: 7 } }
      const [one, other] = [await run(config), await run(config)]
      const drawn = await draw(one)
      equal(await draw(other), drawn)
      equal([drawn[0], drawn[3]], ['1000500000', '1000750000'])
      // What has changed since the start is not what was asked for.
      config.random.seed = 8
      await one.restart()
      equal(await draw(one), drawn)
      // Whole milliseconds stay whole, and limits keep to the host's clock.
      const exact = await run({ clock: { startMs: 1_234_567_890_123 } })
      equal(String(await exact.call('time')), '1234567890123000000')
      const still = { clock: { startMs: 0 }, maxCpuTime: 50 }
      const native = new ContainerManager().run(await load('native.wasm'), still)
      await refused((await native).call('spin'), 'TIME_LIMIT')
      // A clock that has run out of time says so.
      const last = await run({ clock: { startMs: 1.8e13, stepMs: 1e12 } })
      equal(String(await last.call('time')), String(BigInt.asIntN(64, 18n * 10n ** 18n)))
      await refused(last.call('time'), 'HOST_FAILED')
      const [bad, nan] = ['1' as unknown as number, Number.NaN]
      for (const startMs of [-1, nan, Infinity, 1.9e13, bad])
        await refused(run({ clock: { startMs } }), 'TypeError')
      for (const stepMs of [-1, nan, bad])
        await refused(run({ clock: { startMs: 0, stepMs } }), 'TypeError')
      for (const seed of [-1, 0.5, nan, 2 ** 53, bad])
        await refused(run({ random: { seed } }), 'TypeError')
      for (const clock of [{}, { startMs: 1, step: 2 }, { realtimeNs: () => 0n }])
        await refused(run({ clock: clock as SteppedClock }), 'TypeError')
      for (const random of [{}, { seed: 1, stream: 2 }])
        await refused(run({ random: random as SeededRandom }), 'TypeError')
    },
  },
]
