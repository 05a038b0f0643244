import {
  type CallOptions,
  ContainerError,
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
  type ContainerView,
} from '../../src/index.ts'
import { equal, of, refused, throws, within, type Case, type Load } from '../both/case.ts'

async function start(load: Load, config: ContainerConfig = {}): Promise<ContainerInstance> {
  return new ContainerManager().run(await load('native.wasm'), config)
}

/** Nothing else can happen while a module runs in this thread; it stands for a signal that another one sets. */
function abortsWhenRead(times: number): AbortSignal {
  const { signal } = new AbortController()
  let reads = 0
  return Object.defineProperty(signal, 'aborted', { get: () => (reads += 1) > times })
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Where the value stood that was refused. */
async function pathOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => new Error('It was called.'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ContainerError) || error.code !== 'ARGUMENT_INVALID') throw error
  return (error.details as { readonly path: unknown }).path
}

/** Methods of a container, used as they are not meant to be used. */
export const methodCases: readonly Case[] = [
  {
    title: 'call: what JSON cannot say is refused with its path, and nothing is called',
    attacks: of('ContainerInstance', 'call'),
    async run(load) {
      const container = await start(load)
      const circle: Record<string, unknown> = {}
      circle['self'] = { circle }
      const f = (): number => 1
      const wrong: readonly (readonly [unknown, string])[] = [
        [f, 'args'],
        [[1, f], 'args[1]'],
        [{ a: { 'b c': [Symbol('s')] } }, 'args.a["b c"][0]'],
        [[{ a: { toJSON: () => f } }], 'args[0].a'],
        [[1n], 'args[0]'],
        [Number.NaN, 'args'],
        [{ list: [1, Infinity] }, 'args.list[1]'],
        [circle, 'args.self.circle'],
        [{ map: new Map([[1, 2]]) }, 'args.map'],
        [[Promise.resolve(1)], 'args[0]'],
      ]
      const plugin = await new ContainerManager().run(await load('plugin.wasm'))
      const command = await new ContainerManager().run(await load('command.wasm'))
      for (const [args, path] of wrong) {
        for (const options of [undefined, {}])
          equal(await pathOf(container.call('echo', args, options)), path)
        const one = Array.isArray(args) ? args.slice(-1) : args
        const where = path.replace('args[1]', 'args[0]')
        equal(await pathOf(plugin.call('echo', one)), where)
        equal(await pathOf(command.call('_start', one)), where)
      }
      const date = new Date(0)
      equal(await container.call('echo', [{ date, none: undefined }, [undefined], Object(1)]), [
        { date: date.toJSON() },
        [null],
        1,
      ])
      let deep: unknown = 'end'
      for (let n = 0; n < 150; n += 1) deep = [deep]
      equal(await container.call('echo', [deep]), [deep])
      equal(container.metrics.errorCount, 2 * wrong.length)
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'call: functions that are not there, prototypes and wrong arguments harm no later call',
    attacks: of('ContainerInstance', 'call'),
    async run(load) {
      const container = await start(load)
      for (const name of ['no_such', '__proto__', 'constructor', 'memory', 'gsp_set_state', ''])
        await refused(container.call(name), 'NOT_FOUND')
      await refused(container.call('add', [1]), 'TypeError')
      const circle: unknown[] = []
      circle.push(circle)
      await refused(container.call('echo', circle), 'ARGUMENT_INVALID')
      equal(await container.call('echo', { __proto__: null, constructor: 1 }), [{ constructor: 1 }])
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'call: the thousand-and-first that waits is refused, and the thousand are done',
    attacks: of('ContainerInstance', 'call pause resume'),
    async run(load) {
      const container = await start(load)
      container.pause()
      container.pause()
      equal(container.status, 'paused')
      const waiting = Array.from({ length: 1000 }, () => container.call('increment'))
      await refused(container.call('increment'), 'CAPACITY')
      container.resume()
      container.resume()
      equal((await Promise.all(waiting)).at(-1), 1000)
      await container.stop()
      throws(() => container.pause(), 'STOPPED')
      container.resume()
      equal(container.status, 'stopped')
    },
  },
  {
    title: 'signal of a call: it ends one that waits and one that runs, and no other',
    attacks: of('CallOptions', 'signal'),
    async run(load) {
      const container = await start(load)
      await refused(container.call('increment', [], { signal: AbortSignal.abort() }), 'ABORTED')
      container.pause()
      const stop = new AbortController()
      const first = container.call('increment', [], { signal: stop.signal })
      const second = container.call('increment')
      stop.abort()
      await refused(first, 'ABORTED')
      container.resume()
      equal(await second, 1)
      const misspelt = { sginal: stop.signal } as CallOptions
      await refused(container.call('increment', [], misspelt), 'TypeError')
      const signal = abortsWhenRead(3)
      await within(20_000, () => refused(container.call('spin', [], { signal }), 'ABORTED'))
      equal(await container.call('increment'), 3)
    },
  },
  {
    title: 'as of a call: what is no JSON is the plugin’s error, and text is never taken for it',
    attacks: of('CallOptions', 'as'),
    async run(load) {
      const plugin = await new ContainerManager().run(await load('plugin.wasm'))
      equal(await plugin.call('echo', '{"a":1}'), '{"a":1}')
      equal(await plugin.call('echo', '{"a":1}', { as: 'json' }), { a: 1 })
      await refused(plugin.call('echo', '{"a":', { as: 'json' }), 'GUEST_FAILED')
      const bytes: unknown = await plugin.call('echo', Uint8Array.of(255, 0), { as: 'bytes' })
      equal(bytes instanceof Uint8Array && [...bytes], [255, 0])
    },
  },
  {
    title: 'updateState: what is no plain data is refused, and the old state stays',
    attacks: of('ContainerInstance', 'updateState'),
    async run(load) {
      const container = await start(load, { initialState: 5 })
      for (const state of [() => 1, new Map(), 1n, Number.NaN, Symbol('s')])
        await refused(container.updateState(state), 'TypeError')
      const circle: Record<string, unknown> = {}
      circle['self'] = circle
      await refused(container.updateState(circle), 'TypeError')
      await refused(container.updateState('no number'), 'GUEST_FAILED')
      equal([container.state, await container.call('increment')], [5, 6])
    },
  },
  {
    title: 'subscribe: a listener that throws, leaves or comes during a notice harms no other',
    attacks: [...of('ContainerInstance', 'subscribe'), ...of('ContainerManager', 'subscribe')],
    async run(load) {
      const manager = new ContainerManager()
      const container = await manager.run(await load('native.wasm'))
      const seen: unknown[] = []
      const failures: unknown[] = []
      manager.events.on('container:error', ({ error }) => failures.push(error))
      const leave = manager.subscribe(container.id, () => {
        leave()
        container.subscribe((state) => seen.push(['late', state]))
        throw new Error('of the listener')
      })
      container.subscribe((state) => seen.push(state))
      await container.call('increment')
      await turn()
      equal([seen, failures.length], [[1], 1])
      await Promise.all([container.call('increment'), container.call('increment')])
      await turn()
      await turn()
      equal(seen.at(-1), ['late', 3])
      throws(() => manager.subscribe('no-such-id', () => undefined), 'NOT_FOUND')
    },
  },
  {
    title:
      'getView and getMemoryUsage: the same object until something changed, and nobody writes it',
    attacks: of('ContainerInstance', 'getView getMemoryUsage'),
    async run(load) {
      const container = await start(load, { initialState: 1 })
      const before: ContainerView = container.getView()
      if (container.getView() !== before) throw new Error('it is another one')
      await container.call('increment')
      equal([before.state, container.getView().state], [1, 2])
      const usage = container.getMemoryUsage()
      usage.limit = Infinity
      usage.allocated = 0
      equal(container.getMemoryUsage().limit, 256 << 20)
      if (container.getMemoryUsage().allocated === 0) throw new Error('it was written')
    },
  },
  {
    title: 'stop: once, twice and during a start; waiting and later calls are refused',
    attacks: [...of('ContainerInstance', 'stop'), ...of('ContainerManager', 'stop list')],
    async run(load) {
      const manager = new ContainerManager()
      const container = await manager.run(await load('native.wasm'))
      container.pause()
      const waiting = refused(container.call('increment'), 'STOPPED')
      await Promise.all([container.stop(), manager.stop(container.id)])
      await waiting
      await refused(container.call('increment'), 'STOPPED')
      await refused(container.updateState(1), 'STOPPED')
      await refused(manager.stop(container.id), 'NOT_FOUND')
      manager.list().push(container)
      equal(manager.list(), [])
    },
  },
  {
    title:
      'healthCheck: a module that is ill, stopped or over is not healthy, and asking ends nothing',
    attacks: of('ContainerInstance', 'healthCheck'),
    async run(load) {
      const container = await start(load)
      equal((await container.healthCheck()).healthy, true)
      await container.updateState(-1)
      equal((await container.healthCheck()).healthy, false)
      await container.stop()
      const { healthy, status } = await container.healthCheck()
      equal([healthy, status], [false, 'stopped'])
      const reactor = await new ContainerManager().run(await load('reactor.wasm'))
      await refused(reactor.call('leave', [3]), 'GUEST_FAILED')
      equal((await reactor.healthCheck()).healthy, false)
    },
  },
  {
    title: 'snapshot and restore: one of another module, changed or too large is refused',
    attacks: of('ContainerInstance', 'snapshot restore'),
    async run(load) {
      const container = await start(load, { initialState: 5, maxMemory: 10 * 65_536 })
      const snapshot = await container.snapshot()
      for (const wrong of [
        { ...snapshot, format: 2 as never },
        { ...snapshot, digest: 'sha256:0' },
        { ...snapshot, image: { ...snapshot.image, memory: new Uint8Array(20 * 65_536) } },
      ])
        await refused(container.restore(wrong), 'INTEGRITY')
      await container.call('increment')
      await container.restore(structuredClone(snapshot))
      equal(await container.call('increment'), 6)
      const files = { isolation: { fileSystemAccess: true } }
      const reactor = await new ContainerManager().run(await load('reactor.wasm'), files)
      await refused(reactor.snapshot(), 'SNAPSHOT_UNSUPPORTED')
    },
  },
  {
    title: 'fork: it counts as a container, and what it does stays its own',
    attacks: of('ContainerInstance', 'fork'),
    async run(load) {
      const manager = new ContainerManager({ maxContainers: 2 })
      const container = await manager.run(await load('native.wasm'), { maxFuel: 100_000n })
      const copy = await container.fork()
      await refused(container.fork(), 'CAPACITY')
      await refused(copy.call('spin'), 'CPU_LIMIT')
      equal([container.state, copy.state], [0, 1])
      await copy.stop()
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'reload: what does not start leaves the old module running; limits stay as they were',
    attacks: of('ContainerInstance', 'reload'),
    async run(load) {
      const container = await start(load, { initialState: 5, maxFuel: 100_000n })
      await refused(container.reload(Uint8Array.of(1, 2, 3)), 'MODULE_INVALID')
      await refused(container.reload('a:1.0.0'), 'REGISTRY_FAILED')
      equal(await container.call('increment'), 6)
      await container.reload(await load('native.wasm'))
      equal(await container.call('increment'), 7)
      await refused(container.call('spin'), 'CPU_LIMIT')
    },
  },
  {
    title: 'restart: a container that is over begins anew, a stopped one stays stopped',
    attacks: of('ContainerInstance', 'restart'),
    async run(load) {
      const container = await new ContainerManager().run(await load('reactor.wasm'))
      await container.call('count')
      await refused(container.call('leave', [3]), 'GUEST_FAILED')
      await refused(container.call('count'), 'STOPPED')
      await container.restart()
      equal([container.status, await container.call('count')], ['running', 1])
      await container.stop()
      await refused(container.restart(), 'STOPPED')
    },
  },
]
