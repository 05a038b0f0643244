import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
  type ContainerManagerConfig,
} from '../../../src/index.ts'
import { absentEngines } from '../../both/absent-engines.ts'
import { equal, of, refused, throws, within, type Case, type Load } from '../../both/case.ts'

/** `(module (import "h" "f" (func (result i32))) (func (export "go") (result i32) (call 0)))` */
const importing = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 2, 7, 1, 1, 0x68, 1, 0x66, 0, 0, 3, 2,
  1, 0, 7, 6, 1, 2, 0x67, 0x6f, 0, 1, 0x0a, 6, 1, 4, 0, 0x10, 0, 0x0b,
])

async function start(
  load: Load,
  manager: ContainerManagerConfig,
  config: ContainerConfig = {},
): Promise<ContainerInstance> {
  return new ContainerManager(manager).run(await load('native.wasm'), config)
}

const silent = (): Promise<never> => new Promise(() => undefined)

/** Attacks on what the host gives a container or a manager: its own functions, stores, servers and clocks. */
export const managerCases: readonly Case[] = [
  {
    title: 'imports: a function is there only when it is allowed, and its failure is the host’s',
    attacks: of('ContainerConfig', 'imports'),
    async run() {
      const f = (): number => 7
      const run = (given: () => unknown, allowedImports?: string[]): Promise<ContainerInstance> =>
        new ContainerManager().run(importing, {
          imports: { h: { f: given } },
          ...(allowedImports === undefined ? {} : { allowedImports }),
        })
      await refused(run(f), 'FORBIDDEN')
      equal(await (await run(f, ['h.f'])).call('go'), 7)
      const broken = await run(() => {
        throw new Error('broken')
      }, ['h.f'])
      await refused(broken.call('go'), 'HOST_FAILED')
      await refused((await run(() => Promise.resolve(7), ['h.f'])).call('go'), 'HOST_FAILED')
      await refused(
        new ContainerManager().run(importing, { allowedImports: ['h.f'] }),
        'STARTUP_FAILED',
      )
    },
  },
  {
    title: 'onOutput: one that throws ends the call, and the container lives on',
    attacks: of('ContainerConfig', 'onOutput'),
    async run(load) {
      let isBroken = true
      const onOutput = (): void => {
        if (isBroken) throw new Error('broken')
      }
      const container = await new ContainerManager().run(await load('reactor.wasm'), { onOutput })
      await refused(container.call('print', [1]), 'HOST_FAILED')
      isBroken = false
      await container.call('print', [1])
    },
  },
  {
    title: 'initialState: what is no plain data is refused; a number is a state',
    attacks: of('ContainerConfig', 'initialState'),
    async run(load) {
      await refused(start(load, {}, { initialState: () => 1 }), 'TypeError')
      equal((await start(load, {}, { initialState: 0 })).state, 0)
    },
  },
  {
    title: 'persistentData and stateStore: a store that fails, or gives what is no JSON, is told',
    attacks: [
      ...of('ContainerManagerConfig', 'stateStore'),
      ...of('ContainerConfig', 'persistentData'),
      ...of('StateStore', 'load'),
    ],
    async run(load) {
      const save = (): Promise<void> => Promise.resolve()
      const config = { persistentData: true }
      const broken = { save, load: () => Promise.reject(new Error('broken')) }
      await refused(start(load, { stateStore: broken }, config), 'HOST_FAILED')
      const garbage = { save, load: () => Promise.resolve('{') }
      await refused(start(load, { stateStore: garbage }, config), 'HOST_FAILED')
      equal((await start(load, { stateStore: garbage })).state, 0)
    },
  },
  {
    title: 'execution: a place that there is not is not replaced by another',
    attacks: of('ContainerConfig', 'execution'),
    async run(load) {
      await refused(start(load, {}, { execution: 'elsewhere' as never }), 'RUNTIME_UNAVAILABLE')
      equal((await start(load, {}, { execution: 'in-thread' })).execution, 'in-thread')
    },
  },
  {
    title: 'defaultRuntime and runtimes: an absent engine is refused, and is no default',
    attacks: of('ContainerManagerConfig', 'defaultRuntime runtimes'),
    async run(load) {
      const runtimes = absentEngines
      await refused(start(load, { defaultRuntime: 'wasmedge', runtimes }), 'RUNTIME_UNAVAILABLE')
      await refused(start(load, { runtimes }, { runtime: 'wasmtime' }), 'RUNTIME_UNAVAILABLE')
      equal((await start(load, { runtimes })).execution, 'in-thread')
    },
  },
  {
    title: 'workerThreads and workerUrl: numbers out of range and missing scripts are refused',
    attacks: of('ContainerManagerConfig', 'workerThreads workerUrl'),
    async run(load) {
      throws(() => new ContainerManager({ workerThreads: 0 }), 'TypeError')
      const workerUrl = 'file:///no/such/worker.js'
      await within(20_000, async () => {
        const failed = await start(load, { workerUrl }, { execution: 'worker' }).then(
          () => false,
          () => true,
        )
        equal(failed, true)
      })
    },
  },
  {
    title: 'scripts: Node refuses it, and a page that cannot load what it names starts no script',
    attacks: [
      ...of('ContainerManagerConfig', 'scripts'),
      ...of('ScriptCompilerOptions', 'workerUrl interpreter'),
    ],
    async run() {
      const source = 'export const f = () => 1'
      const run = (scripts: ContainerManagerConfig['scripts']): Promise<unknown> =>
        new ContainerManager({ ...(scripts && { scripts }), networkTimeout: 5000 }).run({ source })
      if ('process' in globalThis) return refused(run({ interpreter: '/x' }), 'TypeError')
      await refused(run({ interpreter: '/no.wasm' }), 'RUNTIME_UNAVAILABLE')
      await refused(run({ interpreter: Uint8Array.of(1, 2, 3) }), 'RUNTIME_UNAVAILABLE')
      await refused(run({ workerUrl: 'blob:nowhere' }), 'RUNTIME_UNAVAILABLE')
      const deaf = new ContainerManager({ fetch: silent, networkTimeout: 100 })
      await within(20_000, () => refused(deaf.run({ source }), 'RUNTIME_UNAVAILABLE'))
      return undefined
    },
  },
  {
    title: 'networkTimeout, resolve and registry: what never answers is left in time',
    attacks: of('ContainerManagerConfig', 'registry networkTimeout resolve'),
    async run() {
      for (const config of [
        { resolve: silent },
        { registry: { resolve: silent } },
        { registry: 'https://registry.example', fetch: silent },
      ]) {
        const manager = new ContainerManager({ ...config, networkTimeout: 100 })
        await within(20_000, () => refused(manager.run('a:1.0.0'), 'REGISTRY_FAILED'))
      }
      throws(() => new ContainerManager({ resolve: silent, registry: 'a.example' }), 'TypeError')
    },
  },
  {
    title: 'fetch: modules come over https, also after a redirect, and never without end',
    attacks: of('ContainerManagerConfig', 'fetch'),
    async run() {
      const manager = (fetchIt: typeof fetch): ContainerManager =>
        new ContainerManager({ fetch: fetchIt })
      const never = manager(() => Promise.resolve(new Response('')))
      await refused(never.run('http://modules.example/a.wasm'), 'REGISTRY_FAILED')
      const answer =
        (url: string): typeof fetch =>
        async () =>
          Object.defineProperty(new Response(importing), 'url', { value: url })
      for (const url of ['http://modules.example/a.wasm', 'https://localhost/a.wasm'])
        await refused(manager(answer(url)).run('https://modules.example/a.wasm'), 'REGISTRY_FAILED')
    },
  },
  {
    title: 'cacheSize: 0 keeps no compiled module',
    attacks: of('ContainerManagerConfig', 'cacheSize'),
    async run(load) {
      const manager = new ContainerManager({ cacheSize: 0 })
      await manager.run(await load('native.wasm'))
      equal(manager.cacheUsage(), { bytes: 0, modules: 0 })
    },
  },
  {
    title: 'debugMode: a module cannot flood the log of a manager that does not debug',
    attacks: of('ContainerManagerConfig', 'debugMode'),
    async run(load) {
      for (const [debugMode, least] of [
        [false, 0],
        [true, 1],
      ] as const) {
        const manager = new ContainerManager({ debugMode })
        let count = 0
        manager.events.on('log', () => void (count += 1))
        await manager.run(await load('native.wasm'))
        equal(count >= least && (debugMode || count === 0), true)
      }
    },
  },
  {
    title: 'enableMetrics: false counts nothing',
    attacks: of('ContainerManagerConfig', 'enableMetrics'),
    async run(load) {
      const container = await start(load, { enableMetrics: false })
      await container.call('increment')
      await container.call('nothing-like-it').catch(() => undefined)
      const { callCount, errorCount, cpuUsage } = container.metrics
      equal([callCount, errorCount, cpuUsage], [0, 0, 0])
    },
  },
  {
    title: 'releaseGrace and clock: a container nobody holds is stopped when its time is over',
    attacks: of('ContainerManagerConfig', 'releaseGrace clock'),
    async run(load) {
      const timers: (() => void)[] = []
      const clock = {
        now: () => 0,
        setTimer: (ms: number, run: () => void): (() => void) => {
          equal(ms, 5)
          timers.push(run)
          return () => void timers.splice(timers.indexOf(run), 1)
        },
      }
      const manager = new ContainerManager({ releaseGrace: 5, clock })
      const lease = manager.acquire(await load('native.wasm'))
      const container = await lease.instance
      lease.release()
      lease.release()
      equal([container.status, timers.length], ['running', 1])
      timers[0]?.()
      await new Promise((resolve) => setTimeout(resolve, 20))
      equal(container.status, 'stopped')
    },
  },
]
