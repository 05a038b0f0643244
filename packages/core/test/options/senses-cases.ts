import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { equal, of, refused, type Case } from '../both/case.ts'

/**
 * `time` is `clock_time_get` of the first clock, `dice` eight bytes of `random_get`: each `(func (result i64))`, over a memory of one page.
 */
const senses = Uint8Array.from(
  atob(
    'AGFzbQEAAAABEgNgA39+fwF/YAJ/fwF/YAABfgJNAhZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxDmNsb2NrX3RpbWVfZ2V0AAAWd2FzaV9zbmFwc2hvdF9wcmV2aWV3MQpyYW5kb21fZ2V0AAEDAwICAgUDAQABBxgDBm1lbW9yeQIABHRpbWUAAgRkaWNlAAMKIQIQAEEAQgBBCBAAGkEIKQMACw4AQRBBCBABGkEQKQMACw==',
  ),
  (char) => char.charCodeAt(0),
)

const run = (config: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(senses, config)

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
function ticking(): NonNullable<ContainerConfig['clock']> {
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
    title:
      'clock and random that throw or tell no time end the call, and elsewhere they are refused',
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
        await refused(manager.run(senses, { ...config, execution: 'worker' }), 'FORBIDDEN')
      }
    },
  },
]
