import {
  ContainerManager,
  limitModule,
  type ContainerConfig,
  type ContainerInstance,
} from '../../src/index.ts'
import { equal, throws, type Case } from '../both/case.ts'

const started = (bytes: Uint8Array, config: ContainerConfig = {}): Promise<ContainerInstance> =>
  new ContainerManager().run(bytes, {
    imports: { env: { ask: () => 1 } },
    allowedImports: ['env.ask', 'env.abort'],
    ...config,
  })

/** A stack of 64 KiB has room for some fifteen of these calls, and one of 32 KiB for some thousand of AssemblyScript's. */
const times = 3000
const quick = { maxFuel: 100_000n, maxMemory: 64 * 65_536 }
const few = { maxFuel: 200_000n }

/** Calls that are cut off give back the stack that they had in linear memory. */
export const cases: readonly Case[] = [
  {
    title:
      'a C module has its whole stack after thousands of calls that fuel, traps and depth cut off',
    async run(load) {
      const container = await started(await load('stack.wasm'), { ...few, maxCallDepth: 20 })
      const { allocated } = container.getMemoryUsage()
      const sum = container.callSync<number>('sum', [100])
      for (let n = 0; n < 200; n += 1) {
        throws(() => container.callSync('spin'), 'CPU_LIMIT')
        throws(() => container.callSync('trap', [0]), 'TRAPPED')
        throws(() => container.callSync('deep', [0]), 'DEPTH_LIMIT')
        equal(container.callSync('sum', [100]), sum)
      }
      equal(container.getMemoryUsage().allocated, allocated)
    },
  },
  {
    title: 'errors of the host cost a C module no stack, with limits and without',
    async run(load) {
      for (const maxCpuTime of [1000, Infinity]) {
        let isBroken = true
        const ask = (): number => {
          if (isBroken) throw new Error('broken')
          return 41
        }
        const imports = { env: { ask } }
        const config = { maxCpuTime, imports, allowedImports: ['env.ask'] }
        const container = await started(await load('stack.wasm'), config)
        for (let n = 0; n < times; n += 1) {
          throws(() => container.callSync('asks'), 'HOST_FAILED')
          throws(() => container.callSync('trap', [0]), 'TRAPPED')
        }
        isBroken = false
        equal(container.callSync('asks'), 42)
      }
    },
  },
  {
    title:
      'an AssemblyScript module keeps stack and memory through thousands of calls that fuel cuts off',
    async run(load) {
      const container = await started(await load('unwound.wasm'), quick)
      const text = 'some text of a few words'
      const fail = (count: number): void => {
        for (let n = 0; n < count; n += 1)
          throws(() => container.callSync('spin', [text]), 'CPU_LIMIT')
        equal(container.callSync<number>('shout', [text]) > 0, true)
      }
      fail(times)
      const { allocated } = container.getMemoryUsage()
      fail(300)
      equal(container.getMemoryUsage().allocated, allocated)
    },
  },
  {
    title: 'a call inside of another gives back its own part of the stack alone',
    async run(load) {
      const late: { exports?: Record<string, (size: number) => unknown> } = {}
      let isInside = false
      const ask = (): number => {
        if (isInside) throw new Error('broken')
        isInside = true
        for (let n = 0; n < 100; n += 1) throws(() => late.exports?.['asks']?.(0), 'Error')
        isInside = false
        return late.exports?.['sum']?.(100) === undefined ? 0 : 5
      }
      const { exports } = (await limitModule(await load('stack.wasm'))).instantiate({
        env: { ask },
      })
      late.exports = exports as Record<string, (size: number) => unknown>
      for (let n = 0; n < 100; n += 1) equal(late.exports['asks']?.(0), 6)
    },
  },
]
