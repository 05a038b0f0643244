import type { ContainerInstance } from '../../src/containers/instance.ts'
import type { ContainerConfig } from '../../src/containers/types.ts'
import { equal, refused } from '../both/case.ts'
import { sensesModule } from '../both/senses-module.ts'
import type { Behaviour, Bench } from './behaviours.ts'

const given = {
  clock: { startMs: 1_700_000_000_123, stepMs: 1500 },
  random: { seed: 42 },
} as const
/** The same wherever it is drawn. */
const drawn = [
  '1700000000123000000',
  '-557326155826832854',
  '-8494036673866950561',
  '1700000001623000000',
  '-7474690814054243671',
]

/** What a script makes of them: the upper 53 bits of the same eight bytes. */
const scripted = [
  1_700_000_000_123,
  ...drawn.slice(1, 3).map(toFraction),
  1_700_000_001_623,
  ...drawn.slice(4).map(toFraction),
]

function toFraction(bytes: string): number {
  return Number(BigInt.asUintN(64, BigInt(bytes)) >> 11n) * 2 ** -53
}

const open = ({ manager, engine }: Bench, config: ContainerConfig): Promise<ContainerInstance> =>
  manager.run(sensesModule, {
    runtime: engine.runtime,
    execution: engine.execution,
    ...config,
  })

async function draw(container: ContainerInstance): Promise<string[]> {
  const all: string[] = []
  for (const name of ['time', 'dice', 'dice', 'time', 'dice'])
    all.push(String(await container.call(name)))
  return all
}

/** How every engine tells the time and draws random bytes. */
export const sensesBehaviours: readonly Behaviour[] = [
  {
    title: 'a clock and a seed as plain data give the same time and bytes in every engine',
    async run(bench) {
      const container = await open(bench, given)
      equal(await draw(container), drawn)
      await container.restart()
      equal(await draw(container), drawn)
      const other = await draw(await open(bench, { ...given, random: { seed: 43 } }))
      equal([other[0] === drawn[0], other[1] === drawn[1]], [true, false])
      const still = await open(bench, { clock: { startMs: 5 } })
      equal(
        [await still.call('time'), await still.call('time')].map((time) => String(time)),
        ['5000000', '5000000'],
      )
    },
  },
  {
    title: 'a script sees the same clock and seed in every engine',
    async run({ start }) {
      const draw = async (config: ContainerConfig): Promise<unknown[]> => {
        const container = await start('script.wasm', config)
        const all: unknown[] = []
        for (const name of ['now', 'roll', 'roll', 'now', 'roll'])
          all.push(await container.call(name))
        await container.stop()
        return all
      }
      equal(await draw(given), scripted)
      const bare = await draw({})
      equal(Math.abs(Number(bare[0]) - Date.now()) < 3_600_000, true)
      equal(new Set(bare.filter((_, n) => [1, 2, 4].includes(n))).size, 3)
    },
  },
  {
    title: 'without them the time is the host’s, and bytes never come twice',
    async run(bench) {
      const containers = [await open(bench, {}), await open(bench, {})]
      const seen = new Set<string>()
      for (const container of containers) {
        const [time = '', ...rest] = await draw(container)
        equal(Math.abs(Number(BigInt(time) / 1_000_000n) - Date.now()) < 3_600_000, true)
        for (const at of [0, 1, 3]) seen.add(rest[at] ?? '')
      }
      equal(seen.size, 6)
    },
  },
  {
    title:
      'functions of the caller tell time and give bytes where its thread answers, else none do',
    async run(bench) {
      const { execution, runtime } = bench.engine
      const random = (into: Uint8Array): void => void into.fill(1)
      const clock = { realtimeNs: () => 7n, monotonicNs: () => 0n }
      const isHere = execution === 'in-thread' || !['nodejs', 'browser'].includes(runtime)
      if (isHere) {
        const container = await open(bench, { random, clock })
        equal(
          [await container.call('time'), String(await container.call('dice'))],
          [7, '72340172838076673'],
        )
        return
      }
      await refused(open(bench, { random }), 'FORBIDDEN')
      await refused(open(bench, { clock }), 'FORBIDDEN')
    },
  },
]
