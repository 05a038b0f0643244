import { ContainerManager, type ContainerManagerConfig } from '../../src/index.ts'
import { equal, of, refused, throws, type Case } from '../both/case.ts'

const page = 65_536

type Given = NonNullable<ContainerManagerConfig['performance']>

const managed = (performance: Given, rest: ContainerManagerConfig = {}): ContainerManager =>
  new ContainerManager({ ...rest, performance })

/** Attacks on `PerformanceConfig`. */
export const performanceCases: readonly Case[] = [
  {
    title: 'performance: numbers out of range, misspelt names and two answers are refused',
    attacks: [
      ...of('ContainerManagerConfig', 'performance enableMetrics workerThreads'),
      ...of('PerformanceConfig', 'collectMetrics workerThreads gcThreshold memoryPoolSize'),
    ],
    async run() {
      for (const wrong of [
        { gcThreshold: -1 },
        { gcThreshold: 101 },
        { gcThreshold: Number.NaN },
        { memoryPoolSize: page - 1 },
        { memoryPoolSize: Number.NaN },
        { workerThreads: 0 },
        { enableProfiling: true, collectMetrics: false },
        { gcTreshold: 50 } as Given,
      ])
        throws(() => managed(wrong), 'TypeError')
      throws(() => managed({ collectMetrics: true }, { enableMetrics: false }), 'TypeError')
      throws(() => managed({ collectMetrics: false }, { enableMetrics: true }), 'TypeError')
      throws(() => managed({ enableProfiling: true }, { enableMetrics: false }), 'TypeError')
      throws(() => managed({ workerThreads: 1 }, { workerThreads: 2 }), 'TypeError')
      managed(
        { workerThreads: 2, collectMetrics: false },
        { workerThreads: 2, enableMetrics: false },
      )
    },
  },
  {
    title: 'collectMetrics: false counts nothing',
    attacks: of('PerformanceConfig', 'collectMetrics'),
    async run(load) {
      const container = await managed({ collectMetrics: false }).run(await load('native.wasm'))
      await container.call('increment')
      await container.call('nothing-like-it').catch(() => undefined)
      const { callCount, errorCount, cpuUsage, functions } = container.metrics
      equal([callCount, errorCount, cpuUsage, functions === undefined], [0, 0, 0, true])
    },
  },
  {
    title: 'enableProfiling: every call of a function counts, and no name that the module has not',
    attacks: of('PerformanceConfig', 'enableProfiling'),
    async run(load) {
      const bytes = await load('native.wasm')
      const container = await managed({ enableProfiling: true }).run(bytes, { maxCpuTime: 50 })
      for (let n = 0; n < 100; n += 1) await container.call('increment')
      await refused(container.call('spin'), 'TIME_LIMIT')
      for (const name of ['__proto__', 'constructor', 'nothing-like-it'])
        await refused(container.call(name), 'NOT_FOUND')
      const { functions = [] } = container.metrics
      const counts = (name: string): unknown =>
        functions.flatMap((one) => (one.name === name ? [one.callCount, one.errorCount] : []))
      equal([counts('increment'), counts('spin'), functions.length], [[100, 0], [1, 1], 2])
      for (const { totalMs, longestMs, callCount } of functions)
        equal(longestMs <= totalMs && totalMs <= longestMs * callCount, true)
      const spin = functions.find(({ name }) => name === 'spin')
      // A clock of a page is rounded.
      if ((spin?.longestMs ?? 0) < 45) throw new Error(`the loop took ${spin?.longestMs} ms`)
      functions.length = 0
      equal(container.metrics.functions?.length, 2)
      const bare = await new ContainerManager().run(bytes)
      await bare.call('increment')
      equal('functions' in bare.metrics, false)
    },
  },
  {
    title: 'gcThreshold: above it no idle module is kept, and none that runs is let go',
    attacks: of('PerformanceConfig', 'gcThreshold'),
    async run(load) {
      const native = await load('native.wasm')
      const none = managed({ gcThreshold: 0 })
      const first = await none.run(native)
      const second = await none.run(native)
      await first.stop()
      await first.stop()
      equal(none.cacheUsage().modules, 1)
      await second.reload(await load('reactor.wasm'))
      equal(none.cacheUsage().modules, 1)
      await second.stop()
      equal(none.cacheUsage(), { bytes: 0, modules: 0 })
      await refused(none.run(native, { initialState: () => 1 }), 'TypeError')
      equal(none.cacheUsage(), { bytes: 0, modules: 0 })
      // Room for one and a half below the threshold: of two idle ones the older goes.
      const probe = new ContainerManager()
      await probe.run(native)
      const { bytes } = probe.cacheUsage()
      const half = managed({ gcThreshold: 50 }, { cacheSize: 3 * bytes })
      for (const maxMemory of [10, 11]) {
        const one = await half.run(native, { maxMemory: maxMemory * page })
        await one.stop()
        equal(half.cacheUsage().modules, 1)
      }
      const running = await half.run(native, { maxMemory: 10 * page })
      await half.run(native, { maxMemory: 11 * page })
      equal([half.cacheUsage().modules, running.status], [2, 'running'])
    },
  },
  {
    title: 'memoryPoolSize: what does not fit is refused, and all that was taken comes back',
    attacks: of('PerformanceConfig', 'memoryPoolSize'),
    async run(load) {
      const native = await load('native.wasm')
      const manager = managed({ memoryPoolSize: 30 * page })
      const config = { maxMemory: 10 * page }
      await refused(manager.run(native), 'CAPACITY')
      await refused(manager.run(native, { ...config, initialState: () => 1 }), 'TypeError')
      await refused(manager.run(native, { maxMemory: page }), 'MEMORY_LIMIT')
      const one = await manager.run(native, config)
      // A fresh instance beside the old one has room, but not beside two more containers.
      const copy = await one.fork()
      await one.restart()
      await refused(one.fork(), 'CAPACITY')
      const third = await manager.run(native, config)
      await refused(manager.run(native, config), 'CAPACITY')
      await refused(one.restart(), 'CAPACITY')
      equal(await one.call('increment'), 1)
      await copy.stop()
      await copy.stop()
      await one.restart()
      await third.stop()
      await refused(one.reload(Uint8Array.of(0)), 'MODULE_INVALID')
      await manager.cleanup()
      equal((await Promise.all([1, 2, 3].map(() => manager.run(native, config)))).length, 3)
      await refused(manager.run(native, config), 'CAPACITY')
    },
  },
  {
    title: 'workerThreads of performance: one more worker is refused',
    attacks: of('PerformanceConfig', 'workerThreads'),
    async run(load) {
      // A script that never answers, and ends after a while.
      const workerUrl = 'data:text/javascript,setTimeout(()=>globalThis.close?.(),1000)'
      const manager = managed({ workerThreads: 1 }, { workerUrl })
      const native = await load('native.wasm')
      const starts = [1, 2].map(() => manager.run(native, { execution: 'worker' }))
      for (const one of starts) one.catch(() => undefined)
      await refused(Promise.race(starts), 'CAPACITY')
    },
  },
]
