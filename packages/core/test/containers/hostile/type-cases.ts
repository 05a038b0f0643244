import {
  ContainerError,
  ContainerManager,
  EventBus,
  type ContainerConfig,
  type ContainerManagerConfig,
  type RuntimeAdapter,
} from '../../../src/index.ts'
import { equal, of, refused, throws, type Case } from '../../both/case.ts'

const wrongConfig: { readonly [Name in keyof ContainerConfig]: readonly unknown[] } = {
  maxMemory: ['1000', Number.NaN, -1, Infinity, 5n, null],
  maxCpuTime: ['50', Number.NaN, -1, 0, 5n, null],
  maxFuel: [5, '5', 0n, -1n, Number.NaN, null],
  maxCallDepth: ['5', Number.NaN, 0, 1.5, 5n, Infinity, null],
  allowedImports: ['gaesup.error', [5], {}, new Set(['gaesup.error']), null],
  imports: ['env', [], { env: 5 }, { env: { f: 5 } }, { env: null }, new Map(), null],
  persistentData: ['true', 'false', 1, 0, null],
  networkAccess: ['true', 'example.com', 1, [], {}, { hosts: 'a.example' }, null],
  isolation: ['x', [], null],
  runtime: [5, null],
  execution: [5, null],
  environment: ['A=b', [], new Map([['A', 'b']]), { A: 5 }, { '': 'x' }, { 'A=': 'x' }, null],
  files: ['/', {}, null],
  mounts: ['/', [], null],
  clock: ['now', 0, 5, {}, null],
  random: ['seed', 0, 5, {}, null],
  onOutput: ['print', {}, null],
  maxOutputBytes: ['5', Number.NaN, -1, 5n, null],
  initialState: [],
}

const wrongManager: { readonly [Name in keyof ContainerManagerConfig]: readonly unknown[] } = {
  registry: [5, {}, null],
  maxContainers: ['5', 0, 1.5, Number.NaN, Infinity, null],
  defaultRuntime: [5, null],
  cacheSize: ['5', -1, Number.NaN, null],
  debugMode: ['false', 1, null],
  enableMetrics: ['false', 0, null],
  networkTimeout: ['5', 0, Number.NaN, 2 ** 31, null],
  releaseGrace: ['5', -1, Number.NaN, 2 ** 31, null],
  resolve: ['x', {}, null],
  stateStore: ['x', {}, { load: () => undefined }, null],
  runtimes: ['x', {}, [null], [{}], null],
  workerThreads: ['2', 0, 1.5, Number.NaN, null],
  performance: ['x', 5, [], { gcThreshold: '5' }, { enableProfiling: 'no' }, null],
  workerUrl: [5, {}, null],
  components: ['x', 5, [], { timeout: 0 }, { timeout: '5' }, { transpiler: 5 }, null],
  scripts: ['x', 5, null],
  clock: ['now', {}, { now: () => 0 }, null],
  fetch: ['x', {}, null],
}

const wrongIsolation: readonly unknown[] = [
  { memoryIsolation: 'no' },
  { fileSystemAccess: 'false' },
  { crossContainerComm: 'no' },
  { syscallFilter: 'fd_write' },
  { syscallFilter: [5] },
  { capabilities: 'CAP_NET_RAW' },
  { syscallFilter: null },
]

/** What a caller without types gives by mistake: it is never taken for something else. */
export const typeCases: readonly Case[] = [
  {
    title: 'options of a container: what is of another type is refused by name, and takes no place',
    attacks: of('ContainerConfig', Object.keys(wrongConfig).join(' ')),
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager({ maxContainers: 1 })
      for (const [name, values] of Object.entries(wrongConfig))
        for (const value of values) await named(manager.run(module, { [name]: value }), name)
      for (const isolation of wrongIsolation)
        await named(manager.run(module, { isolation } as ContainerConfig), '')
      for (const config of ['x', 5, null, [], () => 1])
        await named(manager.run(module, config as never), 'container')
      for (const options of ['x', null, { signal: {} }, { signla: AbortSignal.abort() }])
        await named(manager.run(module, {}, options as never), 'run')
      equal((await manager.run(module)).status, 'running')
    },
  },
  {
    title: 'options of a manager: what is of another type is refused by name',
    attacks: of('ContainerManagerConfig', Object.keys(wrongManager).join(' ')),
    async run() {
      for (const [name, values] of Object.entries(wrongManager))
        for (const value of values) {
          const made = async (): Promise<unknown> => new ContainerManager({ [name]: value })
          await named(made(), name)
        }
      for (const config of ['x', 5, null, []])
        throws(() => new ContainerManager(config as never), 'TypeError')
    },
  },
  {
    title: 'options of a container: undefined is the default, and each is read once',
    attacks: of('ContainerConfig', 'isolation allowedImports'),
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager()
      const isolation = { memoryIsolation: undefined, fileSystemAccess: undefined }
      const config = { maxMemory: undefined, allowedImports: undefined, isolation }
      equal((await manager.run(module, config as never)).getMemoryUsage().limit, 256 << 20)
      let looks = 0
      const turncoat = {
        get allowedImports(): string[] {
          looks += 1
          return looks === 1 ? [] : ['gaesup.error', 'gaesup.emit']
        },
      }
      await refused(manager.run(module, turncoat), 'FORBIDDEN')
      equal(looks, 1)
      const inherited = Object.create({ maxMemory: 65_536 }) as ContainerConfig
      await refused(manager.run(module, inherited), 'MEMORY_LIMIT')
    },
  },
  {
    title: 'run: what is no source is told what is one',
    attacks: of('ContainerManager', 'run'),
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager()
      const compiled = await WebAssembly.compile(module as Uint8Array<ArrayBuffer>)
      const wrong = [undefined, null, 5, true, {}, module.buffer, new DataView(module.buffer)]
      for (const source of [...wrong, compiled, new URL('https://a.example/'), new Uint16Array(4)])
        await named(manager.run(source as never), 'Uint8Array')
      for (const script of [{ source: 5 }, { source: 'x', name: 5 }, { source: 'x', nmae: 'y' }])
        await refused(manager.run(script as never), 'TypeError')
    },
  },
  {
    title: 'networkTimeout: a fraction and the longest that a timer knows are waited for',
    attacks: of('ContainerManagerConfig', 'networkTimeout'),
    async run(load) {
      const module = await load('native.wasm')
      const resolve = async (): Promise<Uint8Array> => {
        await new Promise((done) => setTimeout(done, 20))
        return module
      }
      for (const networkTimeout of [20_000.5, 2 ** 31 - 1]) {
        const manager = new ContainerManager({ resolve, networkTimeout })
        equal((await manager.run('slow:1.0.0')).status, 'running')
      }
    },
  },
  {
    title: 'acquire: options that only look alike share no container',
    attacks: of('ContainerManager', 'acquire'),
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager()
      const first = manager.acquire(module, { maxCpuTime: Infinity })
      await refused(manager.acquire(module, { maxCpuTime: Number.NaN }).instance, 'TypeError')
      await refused(manager.acquire(module, { maxCpuTime: null as never }).instance, 'TypeError')
      equal((await first.instance).status, 'running')
      const states: unknown[] = ['#1', '1n', '1', 1, '-0', -0, 0, 'NaN', null, 'null']
      const keys = states.map((initialState) => manager.acquire(module, { initialState }))
      for (const { instance } of keys) instance.catch(() => undefined)
      equal(new Set(keys.map(({ key }) => key)).size, states.length)
      await Promise.allSettled(keys.map(({ instance }) => instance))
      await manager.cleanup()
    },
  },
  {
    title: 'cleanup: a store that fails keeps no other container, and no compiled module',
    attacks: of('ContainerManager', 'cleanup'),
    async run(load) {
      const module = await load('native.wasm')
      const stateStore = {
        load: async (): Promise<undefined> => undefined,
        save: (): Promise<void> => Promise.reject(new Error('disk full')),
      }
      let isClosed = false
      const engine: RuntimeAdapter = {
        name: 'wasmedge',
        execution: 'process',
        probe: async () => ({ available: false, reason: 'absent' }),
        start: () => Promise.reject(new Error('absent')),
        close: async () => void (isClosed = true),
      }
      const manager = new ContainerManager({ stateStore, runtimes: [engine] })
      const kept = await manager.run(module, { persistentData: true })
      const other = await manager.run(module)
      await kept.call('increment')
      await refused(manager.cleanup(), 'HOST_FAILED')
      equal([kept.status, other.status, isClosed], ['stopped', 'stopped', true])
      equal([manager.list(), manager.cacheUsage()], [[], { bytes: 0, modules: 0 }])
      await manager.cleanup()
    },
  },
  {
    title: 'call: arguments nested past any stack are refused, and no call is half made',
    attacks: of('ContainerInstance', 'call'),
    async run(load) {
      const container = await new ContainerManager().run(await load('native.wasm'))
      let nested: unknown = []
      for (let depth = 0; depth < 900; depth += 1) nested = [nested]
      equal(await container.call('echo', [nested]), [nested])
      for (let depth = 0; depth < 20_000; depth += 1) nested = depth % 2 ? [nested] : { a: nested }
      await refused(container.call('echo', [nested]), 'ARGUMENT_INVALID')
      throws(() => container.callSync('echo', [nested]), 'ARGUMENT_INVALID')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'call: an error says which container it came from, wherever it was thrown',
    attacks: of('ContainerInstance', 'call callSync'),
    async run(load) {
      const manager = new ContainerManager()
      const seen: unknown[] = []
      manager.events.on('container:error', ({ error }) => seen.push(error))
      const module = await load('native.wasm')
      const [one, two] = [
        await manager.run(module, { maxCpuTime: 30 }),
        await manager.run(module, { maxCpuTime: 30 }),
      ]
      for (const container of [one, two])
        for (const name of ['trap', 'spin', 'deep', 'fail', 'no_json', 'absent']) {
          const args = name === 'deep' ? [1] : []
          const error: unknown = await container.call(name, args).catch((thrown) => thrown)
          if (!(error instanceof ContainerError)) throw error
          equal([error.containerId, error === seen.at(-1)], [container.id, true])
          throws(() => container.callSync(name, args), error.code)
          equal((seen.at(-1) as ContainerError).containerId, container.id)
        }
    },
  },
  {
    title: 'signal and snapshot: what is none is refused, not left aside',
    attacks: [...of('CallOptions', 'signal'), ...of('ContainerInstance', 'restore reload')],
    async run(load) {
      const container = await new ContainerManager().run(await load('native.wasm'))
      for (const signal of [null, 5, {}, 'x'])
        await refused(container.call('increment', [], { signal } as never), 'TypeError')
      for (const snapshot of [undefined, null, 5, 'x', {}, { format: 1 }])
        await refused(container.restore(snapshot as never), 'INTEGRITY')
      await refused(container.reload(undefined as never), 'TypeError')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'on, once and subscribe: what is no function is refused at once',
    attacks: [...of('EventBus', 'on once'), ...of('ContainerInstance', 'subscribe')],
    async run(load) {
      const bus = new EventBus()
      const manager = new ContainerManager()
      const container = await manager.run(await load('native.wasm'))
      for (const wrong of [undefined, null, 'f', {}]) {
        throws(() => bus.on('a', wrong as never), 'TypeError')
        throws(() => bus.once('a', wrong as never), 'TypeError')
        throws(() => container.subscribe(wrong as never), 'TypeError')
        throws(() => manager.subscribe(container.id, wrong as never), 'TypeError')
      }
      equal(bus.listenerCount('a'), 0)
    },
  },
]

/** A `TypeError` whose message says what it is about. */
async function named(work: Promise<unknown>, name: string): Promise<void> {
  const told = await work.then(
    (value) => new Error(`${name} was taken: ${String(value)}`),
    (error: Error) => error,
  )
  if (told.name !== 'TypeError' || !told.message.includes(name)) throw told
}
