import { equal, refused } from '../both/case.ts'
import type { Behaviour } from './behaviours.ts'

/** What modules that make tail calls do alike wherever they run. */
export const tailCallBehaviours: readonly Behaviour[] = [
  {
    title: 'runs tail calls however many follow each other, or refuses them where there are none',
    async run({ start, engine }) {
      const starting = start('tail-calls.wasm', { maxCallDepth: 20 })
      if (engine.lacksTailCalls === true) return refused(starting, 'MODULE_UNSUPPORTED')
      const container = await starting
      equal(await container.call('isEven', [20_001]), 0)
      equal(await container.call('threaded', [5000, 7]), 2_057_848_695)
      equal(await container.call('nest', [18]), 18)
      await refused(container.call('nest', [30]), 'DEPTH_LIMIT')
      equal(await container.call('nest', [18]), 18)
    },
  },
  {
    title: 'ends what hands on for ever by fuel and time, and lives on with its state',
    async run({ start, engine }) {
      if (engine.lacksTailCalls === true) return
      const poor = await start('tail-calls.wasm', { maxFuel: 200_000n })
      await refused(poor.call('forever'), 'CPU_LIMIT')
      if (Number(await poor.call('count')) < 1000) throw new Error('it hardly ran')
      const short = await start('tail-calls.wasm', { maxCpuTime: 300 })
      await refused(short.call('forever'), 'TIME_LIMIT')
      if (Number(await short.call('count')) < 1000) throw new Error('it hardly ran')
      equal(await short.call('isEven', [8]), 1)
    },
  },
]
