import { createVirtualFiles } from '../../../src/files/index.ts'
import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
} from '../../../src/index.ts'
import { absentEngines } from '../../both/absent-engines.ts'
import { equal, of, refused, within, type Case } from '../../both/case.ts'
import { managerCases } from './manager-cases.ts'
import { startingCases } from './starting-cases.ts'
import { bindCases } from './bind-cases.ts'
import { syncCases } from './sync-cases.ts'
import { typeCases } from './type-cases.ts'

const page = 65_536

/** A container of a fixture, in a manager of its own. */
async function start(bytes: Uint8Array, config: ContainerConfig = {}): Promise<ContainerInstance> {
  return new ContainerManager().run(bytes, config)
}

/** Attacks on the options of containers and managers. Each throws when the option did not hold. */
export const cases: readonly Case[] = [
  ...managerCases,
  ...startingCases,
  ...syncCases,
  ...bindCases,
  ...typeCases,
  {
    title: 'maxCpuTime: a loop without end is stopped in this thread, and the state lives on',
    attacks: of('ContainerConfig', 'maxCpuTime'),
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native, { maxCpuTime: 50 })
      await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
      equal(await container.call('increment'), 2)
    },
  },
  {
    title: 'maxCpuTime: bulk memory work without end is stopped',
    attacks: of('ContainerConfig', 'maxCpuTime'),
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native, { maxCpuTime: 50 })
      await within(20_000, () => refused(container.call('fill'), 'TIME_LIMIT'))
    },
  },
  {
    title: 'maxCpuTime: a WASI command without end is stopped',
    attacks: of('ContainerConfig', 'maxCpuTime'),
    async run(load) {
      const command = await load('command.wasm')
      const container = await start(command, { maxCpuTime: 50 })
      await within(20_000, () => refused(container.call('_start', ['spin']), 'TIME_LIMIT'))
    },
  },
  {
    title: 'maxCpuTime: a sleep ends with it',
    attacks: of('ContainerConfig', 'maxCpuTime'),
    async run(load) {
      const reactor = await load('reactor.wasm')
      const container = await start(reactor, { maxCpuTime: 50 })
      await within(20_000, () => refused(container.call('nap', [1000]), 'TIME_LIMIT'))
    },
  },
  {
    title: 'maxFuel: work above it is stopped, the same everywhere',
    attacks: of('ContainerConfig', 'maxFuel'),
    async run(load) {
      const workloads = await load('workloads.wasm')
      const container = await start(workloads, { maxFuel: 60_000n })
      equal(await container.call('fib', [15]), 610)
      await refused(container.call('fib', [25]), 'CPU_LIMIT')
    },
  },
  {
    title: 'maxCallDepth: calls without end are stopped',
    attacks: of('ContainerConfig', 'maxCallDepth'),
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native, { maxCallDepth: 100 })
      await refused(container.call('deep', [1]), 'DEPTH_LIMIT')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'maxMemory: memory grows to it and no page further',
    attacks: of('ContainerConfig', 'maxMemory'),
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native, { maxMemory: 10 * page })
      await container.call('hog')
      equal(container.getMemoryUsage().allocated, 10 * page)
      await refused(start(native, { maxMemory: page }), 'MEMORY_LIMIT')
    },
  },
  {
    title: 'maxMemory: an Extism plugin cannot pass it, by its own memory or the host’s blocks',
    attacks: of('ContainerConfig', 'maxMemory'),
    async run(load) {
      const plugin = await load('plugin.wasm')
      const container = await start(plugin, { maxMemory: 40 * page })
      await container.call('hog')
      await refused(container.call('echo', 'x'.repeat(4_000_000)), 'MEMORY_LIMIT')
      if (container.getMemoryUsage().allocated > 40 * page) throw new Error('it has more')
    },
  },
  {
    title: 'maxOutputBytes: a flood on stdout ends the call',
    attacks: of('ContainerConfig', 'maxOutputBytes'),
    async run(load) {
      const reactor = await load('reactor.wasm')
      const container = await start(reactor, { maxOutputBytes: 1000 })
      await refused(container.call('print', [10_000]), 'MEMORY_LIMIT')
      equal(await container.call('dice'), 0)
    },
  },
  {
    title: 'allowedImports: what is not named is not there',
    attacks: of('ContainerConfig', 'allowedImports'),
    async run(load) {
      const native = await load('native.wasm')
      const reactor = await load('reactor.wasm')
      await refused(start(native, { allowedImports: ['gaesup.error'] }), 'FORBIDDEN')
      await refused(start(reactor, { allowedImports: ['wasi_snapshot_preview1.*'] }), 'FORBIDDEN')
    },
  },
  {
    title: 'syscallFilter: a function that is not in it answers "not capable"',
    attacks: [...of('IsolationPolicy', 'syscallFilter'), ...of('ContainerConfig', 'isolation')],
    async run(load) {
      const reactor = await load('reactor.wasm')
      const isolation = { syscallFilter: ['fd_prestat_get'] }
      const container = await start(reactor, { isolation })
      if ((await container.call('dice')) === 0) throw new Error('it got random bytes')
      await refused(start(reactor, { isolation: { syscallFilter: ['fork'] } }), 'FORBIDDEN')
    },
  },
  {
    title: 'fileSystemAccess: without it there is no folder; with it the quota holds',
    attacks: [
      ...of('IsolationPolicy', 'fileSystemAccess'),
      ...of('ContainerConfig', 'isolation files'),
    ],
    async run(load) {
      const reactor = await load('reactor.wasm')
      equal(await (await start(reactor)).call('write_file'), -1)
      const files = createVirtualFiles({ quota: { bytes: 2, inodes: 10 } })
      const isolation = { fileSystemAccess: true }
      const container = await start(reactor, { files, isolation })
      await container.call('write_file')
      equal(files.stat('/workspace/x.txt').sizeBytes, 0)
    },
  },
  {
    title: 'crossContainerComm: without it nothing is published',
    attacks: [
      ...of('IsolationPolicy', 'crossContainerComm'),
      ...of('ContainerConfig', 'isolation'),
    ],
    async run(load) {
      const native = await load('native.wasm')
      await refused((await start(native)).call('publish'), 'FORBIDDEN')
    },
  },
  {
    title: 'environment: nothing but what was given is seen',
    attacks: of('ContainerConfig', 'environment'),
    async run(load) {
      const reactor = await load('reactor.wasm')
      equal(await (await start(reactor)).call('environment'), -1)
      equal(await (await start(reactor, { environment: { LEVEL: '3' } })).call('environment'), 3)
    },
  },
  {
    title: 'capabilities and memoryIsolation: false are refused',
    attacks: [
      ...of('IsolationPolicy', 'memoryIsolation capabilities'),
      ...of('ContainerConfig', 'isolation'),
    ],
    async run(load) {
      const native = await load('native.wasm')
      await refused(start(native, { isolation: { capabilities: ['CAP_NET_RAW'] } }), 'FORBIDDEN')
      await refused(start(native, { isolation: { memoryIsolation: false } }), 'FORBIDDEN')
      await start(native, { isolation: { capabilities: [], memoryIsolation: true } })
    },
  },
  {
    title:
      'networkAccess: without it no module asks; with it only what is named, on a page as well',
    attacks: of('ContainerConfig', 'networkAccess'),
    async run(load) {
      for (const name of ['http-native.wasm', 'http-plugin.wasm']) {
        const module = await load(name)
        const request = [{ url: 'http://127.0.0.1:1/' }]
        await refused((await start(module)).call('ask', request), 'FORBIDDEN')
        const open = await start(module, { networkAccess: { hosts: ['api.example.com'] } })
        await refused(open.call('ask', request), 'FORBIDDEN')
      }
    },
  },
  {
    title: 'persistentData without a store is refused',
    attacks: of('ContainerConfig', 'persistentData'),
    async run(load) {
      const native = await load('native.wasm')
      await refused(start(native, { persistentData: true }), 'STARTUP_FAILED')
    },
  },
  {
    title: 'runtime: an engine that is not there is not replaced by another',
    attacks: of('ContainerConfig', 'runtime'),
    async run(load) {
      const native = await load('native.wasm')
      // This machine may have one of them.
      const manager = new ContainerManager({ runtimes: absentEngines })
      for (const { name: runtime } of absentEngines)
        await refused(manager.run(native, { runtime }), 'RUNTIME_UNAVAILABLE')
      equal(manager.list(), [])
    },
  },
  {
    title: 'runtime: the one that is told is the one that runs',
    attacks: of('ContainerConfig', 'runtime'),
    async run(load) {
      const native = await load('native.wasm')
      const here = 'process' in globalThis ? 'nodejs' : 'browser'
      equal((await start(native)).runtime, here)
      equal((await start(native, { runtime: here })).runtime, here)
      const other = here === 'browser' ? 'nodejs' : 'browser'
      await refused(start(native, { runtime: other }), 'RUNTIME_UNAVAILABLE')
    },
  },
  {
    title: 'maxContainers: one more is refused',
    attacks: of('ContainerManagerConfig', 'maxContainers'),
    async run(load) {
      const native = await load('native.wasm')
      const manager = new ContainerManager({ maxContainers: 1 })
      await manager.run(native)
      await refused(manager.run(native), 'CAPACITY')
    },
  },
  {
    title: 'a pointer outside of memory is the module’s error',
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native)
      await refused(container.call('outside'), 'GUEST_FAILED')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'snapshot and fork: the copy goes its own way',
    attacks: of('ContainerInstance', 'snapshot fork'),
    async run(load) {
      const native = await load('native.wasm')
      const container = await start(native, { initialState: 5 })
      const copy = await container.fork()
      await copy.call('increment')
      equal([container.state, copy.state], [5, 6])
    },
  },
]
