import { createVirtualFiles } from '../../src/files/index.ts'
import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
  type ContainerManagerConfig,
} from '../../src/index.ts'
import { equal, of, refused, within, type Case, type Load } from '../both/case.ts'

const isPage = !('process' in globalThis)
/** Node finds the transpiler by itself. */
const components = isPage ? { transpiler: '/jco/' } : {}

const managing = (config: ContainerManagerConfig = {}): ContainerManager =>
  new ContainerManager({ ...config, components: { ...components, ...config.components } })

const start = async (
  load: Load,
  name: string,
  config?: ContainerConfig,
): Promise<ContainerInstance> => managing().run(await load(name), config)

/** Components in Node and on a page alike. */
export const cases: readonly Case[] = [
  {
    title: 'a C program as a component runs, and is stopped by fuel, time and output',
    async run(load) {
      const container = await start(load, 'command', { maxFuel: 5_000_000n })
      equal([container.abi, container.functions], ['component', ['run']])
      const seen = { exitCode: 1, stdout: '[a][b]', stderr: 'done' }
      equal(await container.call('run', ['a', 'b']), seen)
      await refused(container.call('run', ['spin']), 'CPU_LIMIT')
      equal((await container.call('run', 'hé 한국')).stdout, 'hé 한국')
      const hasty = await start(load, 'command', { maxCpuTime: 500, maxOutputBytes: 1000 })
      await within(60_000, () => refused(hasty.call('run', ['spin']), 'TIME_LIMIT'))
      await refused(hasty.call('run', 'x'.repeat(5000)), 'MEMORY_LIMIT')
      equal((await hasty.call('run', 'y')).stdout, 'y')
    },
  },
  {
    title:
      'a C program as a component works on virtual files, and on none without fileSystemAccess',
    async run(load) {
      const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } })
      const isolation = { fileSystemAccess: true }
      const container = await start(load, 'files', { files, isolation })
      const { stdout } = await container.call('run', ['x'])
      equal(stdout.includes('escape Operation not permitted'), true)
      const blind = await start(load, 'surroundings', { environment: { HOME: '/' } })
      const seen = (await blind.call('run', ['x'])).stdout
      equal(seen.includes('arguments 1, environment 1, folders 0'), true)
    },
  },
  {
    title: 'a library takes and gives texts, and is entered no more when it was stopped',
    async run(load) {
      const container = await start(load, 'library', { maxFuel: 5_000_000n })
      equal(await container.call('greet', ['한국']), 'hello 한국')
      await refused(container.call('spin'), 'CPU_LIMIT')
      await refused(container.call('greet', ['x']), 'STOPPED')
    },
  },
  {
    title: 'a component runs in a worker, with the same limits',
    async run(load) {
      const manager = managing()
      const container = await manager.run(await load('command'), {
        execution: 'worker',
        maxFuel: 5_000_000n,
      })
      equal((await container.call('run', ['w'])).stdout, '[w]')
      await refused(container.call('run', ['spin']), 'CPU_LIMIT')
      await manager.cleanup()
    },
  },
  {
    title:
      'components: one that jco would write out without end is ended by time, memory and signal',
    attacks: [...of('ContainerManagerConfig', 'components'), ...of('ComponentOptions', 'timeout')],
    async run(load) {
      const [endless, good] = [await load('endless'), await load('library')]
      const hasty = managing({ components: { timeout: 1 } })
      await refused(hasty.run(endless), 'TIME_LIMIT')
      // On a busy machine the memory takes its time.
      const manager = managing({ components: { timeout: 170_000 } })
      await refused(manager.run(endless), 'MEMORY_LIMIT')
      const [one, other] = [new AbortController(), new AbortController()]
      const both = [one, other].map(({ signal }) => manager.run(endless, {}, { signal }))
      const left = refused(both[0] ?? Promise.resolve(), 'ABORTED')
      const last = refused(both[1] ?? Promise.resolve(), 'ABORTED')
      one.abort()
      await left
      other.abort()
      await last
      equal(await (await manager.run(good)).call('greet', ['a']), 'hello a')
      const late = refused(manager.run(endless), 'ABORTED')
      await manager.cleanup()
      await late
    },
  },
  {
    title: 'components: what is not the transpiler or its script is not run',
    attacks: of('ComponentOptions', 'transpiler workerUrl'),
    async run(load) {
      const bytes = await load('library')
      const run = (config: ContainerManagerConfig): Promise<unknown> =>
        Promise.resolve().then(() =>
          new ContainerManager({ ...config, networkTimeout: 2000 }).run(bytes),
        )
      const workerUrl = isPage ? '/modules/nothing' : 'file:///no/such/worker.js'
      await refused(run({ components: { ...components, workerUrl } }), 'RUNTIME_UNAVAILABLE')
      if (!isPage) return refused(run({ components: { transpiler: '/jco/' } }), 'TypeError')
      await refused(run({}), 'RUNTIME_UNAVAILABLE')
      await refused(run({ components: { transpiler: '/nowhere' } }), 'RUNTIME_UNAVAILABLE')
      const other: typeof fetch = async (url) => {
        const response = await fetch(url)
        return new Response(`${await response.text()}\n`)
      }
      await refused(run({ components, fetch: other }), 'RUNTIME_UNAVAILABLE')
      const silent: typeof fetch = () => new Promise(() => undefined)
      const deaf = run({ components, fetch: silent })
      await within(60_000, () => refused(deaf, 'RUNTIME_UNAVAILABLE'))
      return undefined
    },
  },
]
