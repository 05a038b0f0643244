import { ContainerManager, type ContainerConfig } from '../../src/index.ts'
import { equal, of, refused, throws, within, type Case } from '../both/case.ts'

const page = 65_536

/** What containers share: their manager, and where modules and states come from. */
export const sharedCases: readonly Case[] = [
  {
    title: 'run: a start that is aborted, before or while it loads, leaves no container behind',
    attacks: [...of('ContainerManager', 'run cleanup'), ...of('RunOptions', 'signal')],
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager({
        maxContainers: 1,
        resolve: () => new Promise(() => undefined),
      })
      await refused(manager.run(module, {}, { signal: AbortSignal.abort() }), 'ABORTED')
      const loading = manager.run('a:1.0.0', {}, { signal: AbortSignal.timeout(20) })
      await within(20_000, () => refused(loading, 'ABORTED'))
      const cleaned = refused(manager.run('a:1.0.0'), 'ABORTED')
      await within(20_000, () => Promise.all([manager.cleanup(), cleaned]))
      equal(manager.list(), [])
      equal((await manager.run(module)).status, 'running')
    },
  },
  {
    title: 'run: what is no module, no source and no option is refused and takes no place',
    attacks: of('ContainerManager', 'run'),
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager({ maxContainers: 1 })
      await refused(manager.run(new Uint8Array()), 'MODULE_INVALID')
      await refused(manager.run(module.subarray(0, 100)), 'MODULE_INVALID')
      for (const wrong of [null, 7, {}, { source: 7 }])
        await refused(manager.run(wrong as never), 'TypeError')
      await refused(manager.run(module, { maxMemmory: 1 } as ContainerConfig), 'TypeError')
      for (const name of ['__proto__', 'constructor', 'toString'])
        await refused(
          manager.run(module, JSON.parse(`{ "${name}": 1 }`) as ContainerConfig),
          'TypeError',
        )
      throws(() => new ContainerManager({ maxContainer: 1 } as never), 'TypeError')
      equal((await manager.run(module)).status, 'running')
    },
  },
  {
    title: 'source and name of a script: it runs under the limits, in Node and on a page',
    attacks: of('ScriptSource', 'source name'),
    async run() {
      const manager = new ContainerManager()
      const script = { source: 'export const spin = () => { for (;;); }', name: 'mine' }
      const container = await manager.run(script, { maxCpuTime: 300 })
      equal(container.name, 'mine')
      await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
      await refused(manager.run({ source: 'export const =' }), 'COMPILATION_FAILED')
    },
  },
  {
    title: 'acquire and release: a share that is given back twice takes nobody else’s',
    attacks: [...of('ContainerManager', 'acquire'), ...of('ContainerLease', 'release')],
    async run(load) {
      const module = await load('native.wasm')
      const manager = new ContainerManager({ releaseGrace: 0 })
      const [one, two] = [manager.acquire(module), manager.acquire(module)]
      const other = manager.acquire(module, { maxMemory: 20 * page })
      const container = await one.instance
      equal(container === (await two.instance), true)
      equal(container === (await other.instance), false)
      one.release()
      one.release()
      await new Promise((resolve) => setTimeout(resolve, 30))
      equal(await container.call('increment'), 1)
      two.release()
      await new Promise((resolve) => setTimeout(resolve, 30))
      equal(container.status, 'stopped')
      equal((await manager.acquire(module).instance).status, 'running')
    },
  },
  {
    title:
      'cacheUsage: one module is kept once for each limit in its bytes, and never above cacheSize',
    attacks: of('ContainerManager', 'cacheUsage'),
    async run(load) {
      const module = await load('native.wasm')
      const probe = new ContainerManager()
      await probe.run(module)
      const { bytes } = probe.cacheUsage()
      const manager = new ContainerManager({ cacheSize: 3 * bytes, maxContainers: 20 })
      for (let n = 10; n < 20; n += 1) await manager.run(module, { maxMemory: n * page })
      const usage = manager.cacheUsage()
      if (usage.bytes > 3 * bytes || usage.modules > 3) throw new Error(JSON.stringify(usage))
      await manager.cleanup()
      equal(manager.cacheUsage(), { bytes: 0, modules: 0 })
    },
  },
  {
    title: 'resolve of a registry: whatever it gives or throws is told as the registry’s failure',
    attacks: of('RegistrySource', 'resolve'),
    async run() {
      const answers: (() => unknown)[] = [
        () => Promise.reject(new Error('broken')),
        () => {
          throw new TypeError('broken at once')
        },
        () => Promise.resolve(undefined),
        () => Promise.resolve({ bytes: 'no bytes' }),
      ]
      for (const resolve of answers) {
        const manager = new ContainerManager({ registry: { resolve: resolve as never } })
        await refused(manager.run('a:1.0.0'), 'REGISTRY_FAILED')
        equal(manager.list(), [])
      }
      const liar = { resolve: () => Promise.resolve(Uint8Array.of(0, 0x61, 0x73, 0x6d)) }
      await refused(new ContainerManager({ registry: liar }).run('a:1.0.0'), 'MODULE_INVALID')
    },
  },
  {
    title: 'load and save of a store: a store that fails to save does not hold the stop',
    attacks: of('StateStore', 'load save'),
    async run(load) {
      const saved: string[] = []
      let isBroken = false
      const stateStore = {
        load: () => Promise.resolve(saved.at(-1)),
        save: (_: string, json: string) =>
          isBroken ? Promise.reject(new Error('full')) : Promise.resolve(void saved.push(json)),
      }
      const manager = new ContainerManager({ stateStore })
      const module = await load('native.wasm')
      const first = await manager.run(module, { persistentData: true })
      await first.call('increment')
      await first.stop()
      const second = await manager.run(module, { persistentData: true })
      equal(await second.call('increment'), 2)
      isBroken = true
      await second.call('increment')
      await second.stop().catch(() => undefined)
      equal([second.status, manager.list().length], ['stopped', 0])
    },
  },
  {
    title: 'hosts, times, sizes and redirects of networkAccess: what is no limit is refused',
    attacks: of('NetworkAccess', 'hosts timeoutMs maxRequestBytes maxResponseBytes maxRedirects'),
    async run(load) {
      const module = await load('http-native.wasm')
      const hosts = ['api.example.com']
      for (const networkAccess of [
        { hosts: ['*'] },
        { hosts: ['https://a.example/path'] },
        { hosts: 'a.example' },
        { hosts, timeoutMs: -1 },
        { hosts, timeoutMs: Number.NaN },
        { hosts, maxRequestBytes: -1 },
        { hosts, maxResponseBytes: Infinity },
        { hosts, maxRedirects: -1 },
        { hosts, maxRedirect: 1 },
      ])
        await refused(new ContainerManager().run(module, { networkAccess } as never), 'TypeError')
    },
  },
]
