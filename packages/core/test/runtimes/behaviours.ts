import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import type { ContainerConfig, Execution, WASMRuntime } from '../../src/containers/types.ts'
import type { RuntimeAdapter } from '../../src/runtimes/runtime-adapter.ts'
import { equal, refused, within, type Load } from '../both/case.ts'
import { sensesBehaviours } from './senses-behaviours.ts'
import { tailCallBehaviours } from './tail-call-behaviours.ts'

const page = 65_536

/** One engine in one place, and what it cannot help. */
export interface Engine {
  readonly runtime: WASMRuntime
  readonly execution: Execution
  readonly runtimes?: readonly RuntimeAdapter[]
  /** What ends the engine, and the state with it. */
  readonly isEndedBy: ReadonlySet<'trap' | 'abort'>
  /** Modules with tail calls are refused. */
  readonly lacksTailCalls?: boolean
}

export interface Bench {
  readonly engine: Engine
  readonly manager: ContainerManager
  readonly load: Load
  /** Starts a fixture in the engine. */
  readonly start: (name: string, config?: ContainerConfig) => Promise<ContainerInstance>
}

/** What every engine must do alike. */
export interface Behaviour {
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}

/** Runs a behaviour in an engine, and ends what it started. */
export async function perform(behaviour: Behaviour, engine: Engine, load: Load): Promise<void> {
  const { runtime, execution, runtimes } = engine
  const manager = new ContainerManager(runtimes === undefined ? {} : { runtimes })
  const start: Bench['start'] = async (name, config = {}) =>
    manager.run(await load(name), { runtime, execution, ...config })
  try {
    await behaviour.run({ engine, manager, load, start })
  } finally {
    await manager.cleanup()
  }
}

/** The container lives on, or says that it does not and can be restarted. */
async function livesOn(
  container: ContainerInstance,
  { isEnded, count }: { isEnded: boolean; count: number },
): Promise<void> {
  if (!isEnded) return equal(await container.call('increment'), count)
  equal(container.status, 'error')
  await refused(container.call('increment'), 'STOPPED')
  await container.restart()
  equal(await container.call('increment'), 1)
}

export const behaviours: readonly Behaviour[] = [
  ...sensesBehaviours,
  ...tailCallBehaviours,
  {
    title: 'reports the runtime and the place it really runs in',
    async run({ start, engine }) {
      const { runtime, execution } = await start('native.wasm')
      equal([runtime, execution], [engine.runtime, engine.execution])
    },
  },
  {
    title: 'passes an array by position and any other value as one argument',
    async run({ start }) {
      const container = await start('native.wasm')
      equal(await container.call('add', [20, 22]), 42)
      equal(await container.call('echo', [1, 'ü', null]), [1, 'ü', null])
      equal(await container.call('echo', { a: [1] }), [{ a: [1] }])
      equal(await container.call('nothing'), undefined)
    },
  },
  {
    title: 'refuses functions that are not there and arguments that do not fit',
    async run({ start }) {
      const container = await start('native.wasm')
      await refused(container.call('no_such'), 'NOT_FOUND')
      const error = await container.call('add', [1]).catch((caught: unknown) => caught)
      if (!(error instanceof TypeError)) throw new Error(`got ${String(error)}`)
      equal(await container.call('add', [1, 1]), 2)
    },
  },
  {
    title: 'refuses what cannot be passed before anything is called, and lives on',
    async run({ start }) {
      const container = await start('native.wasm')
      for (const wrong of [() => 1, { a: [Symbol('s')] }, [Number.NaN], [{ big: 1n }]])
        await refused(container.call('echo', wrong), 'ARGUMENT_INVALID')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'keeps state from call to call, and replaces it as a whole',
    async run({ start }) {
      const container = await start('native.wasm', { initialState: 5 })
      equal(await container.call('increment'), 6)
      equal(container.state, 6)
      await container.updateState(40)
      equal(await container.call('increment'), 41)
      await refused(container.updateState('no number'), 'GUEST_FAILED')
      equal(container.state, 41)
    },
  },
  {
    title: 'keeps state that the host holds for a module',
    async run({ start }) {
      const container = await start('held.wasm')
      await container.updateState({ a: 1 })
      equal(container.state, { a: 1 })
    },
  },
  {
    title: 'tells subscribers when the state changed, once',
    async run({ start }) {
      const container = await start('native.wasm')
      const seen: unknown[] = []
      container.subscribe((state) => seen.push(state))
      await container.call('increment')
      await container.call('add', [1, 2])
      await new Promise((resolve) => setTimeout(resolve, 0))
      equal(seen, [1])
    },
  },
  {
    title: 'a trap is an error of its own',
    async run({ start, engine }) {
      const container = await start('native.wasm')
      await refused(container.call('trap'), 'TRAPPED')
      await livesOn(container, { isEnded: engine.isEndedBy.has('trap'), count: 1 })
    },
  },
  {
    title: 'maxCpuTime stops a loop without end, and what it changed stays',
    async run({ start }) {
      const container = await start('native.wasm', { maxCpuTime: 100 })
      await container.call('increment')
      await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
      equal(container.state, 2)
      await livesOn(container, { isEnded: false, count: 3 })
    },
  },
  {
    title: 'maxFuel stops the same work everywhere',
    async run({ start }) {
      const container = await start('workloads.wasm', { maxFuel: 60_000n })
      equal(await container.call('fib', [15]), 610)
      await refused(container.call('fib', [25]), 'CPU_LIMIT')
      equal(await container.call('fib', [15]), 610)
    },
  },
  {
    title: 'maxCallDepth stops calls without end',
    async run({ start }) {
      const container = await start('native.wasm', { maxCallDepth: 100 })
      await refused(container.call('deep', [1]), 'DEPTH_LIMIT')
      await livesOn(container, { isEnded: false, count: 1 })
    },
  },
  {
    title: 'maxMemory holds, and a module that starts with more is refused',
    async run({ start }) {
      const container = await start('native.wasm', { maxMemory: 10 * page })
      await container.call('hog')
      equal(container.getMemoryUsage().allocated, 10 * page)
      await refused(start('native.wasm', { maxMemory: page }), 'MEMORY_LIMIT')
    },
  },
  {
    title: 'a signal stops a call that runs',
    async run({ start, engine }) {
      const container = await start('native.wasm')
      await container.call('increment')
      if (engine.execution === 'in-thread') {
        const signal = AbortSignal.abort('enough')
        await refused(container.call('spin', [], { signal }), 'ABORTED')
        return livesOn(container, { isEnded: false, count: 2 })
      }
      const controller = new AbortController()
      setTimeout(() => controller.abort('enough'), 50)
      const call = container.call('spin', [], { signal: controller.signal })
      const error = await call.catch((caught: unknown) => caught)
      equal((error as { code: string }).code, 'ABORTED')
      equal((error as { cause: unknown }).cause, 'enough')
      await livesOn(container, { isEnded: engine.isEndedBy.has('abort'), count: 3 })
    },
  },
  {
    title: 'stopping a container ends a call that runs in another place',
    async run({ start, engine }) {
      if (engine.execution === 'in-thread') return
      const container = await start('native.wasm')
      const call = refused(container.call('spin'), 'STOPPED')
      await new Promise((resolve) => setTimeout(resolve, 20))
      await within(20_000, () => container.stop())
      await call
      equal(container.status, 'stopped')
    },
  },
  {
    title: 'maxOutputBytes ends a flood, and what came before was given out',
    async run({ start }) {
      let bytes = 0
      const container = await start('reactor.wasm', {
        maxOutputBytes: 5000,
        onOutput: (_, chunk) => void (bytes += chunk.length),
      })
      await container.call('print', [10])
      equal(bytes, 650)
      await refused(container.call('print', [10_000]), 'MEMORY_LIMIT')
      if (bytes > 5650) throw new Error(`${bytes} bytes came out`)
      equal(await container.call('count'), 1)
    },
  },
  {
    title: 'WASI shows the given environment and no other, and functions of syscallFilter only',
    async run({ start }) {
      equal(await (await start('reactor.wasm')).call('environment'), -1)
      const environment = { LEVEL: '3' }
      const container = await start('reactor.wasm', { environment })
      equal(await container.call('environment'), 3)
      equal(await container.call('dice'), 0)
      const isolation = { syscallFilter: ['fd_prestat_get'] }
      const filtered = await start('reactor.wasm', { isolation })
      if ((await filtered.call('dice')) === 0) throw new Error('it got random bytes')
    },
  },
  {
    title: 'WASI has no folder to open',
    async run({ start }) {
      equal(await (await start('reactor.wasm')).call('write_file'), -1)
    },
  },
  {
    title: 'a sleep ends with maxCpuTime',
    async run({ start }) {
      const container = await start('reactor.wasm', { maxCpuTime: 100 })
      await within(20_000, () => refused(container.call('nap', [1000]), 'TIME_LIMIT'))
      equal(await container.call('count'), 1)
    },
  },
  {
    title: 'a module that ends itself says so and is over',
    async run({ start }) {
      const container = await start('reactor.wasm')
      await refused(container.call('leave', [3]), 'GUEST_FAILED')
      equal(container.status, 'error')
      await refused(container.call('count'), 'STOPPED')
    },
  },
  {
    title: 'what the module reports is its error, and addresses outside of memory are as well',
    async run({ start }) {
      const container = await start('native.wasm')
      const error = await container.call('fail').catch((caught: unknown) => caught)
      equal((error as Error).message, 'no such luck')
      await refused(container.call('outside'), 'GUEST_FAILED')
      await refused(container.call('no_json'), 'GUEST_FAILED')
      await livesOn(container, { isEnded: false, count: 1 })
    },
  },
  {
    title: 'speaks every ABI',
    async run({ start }) {
      const plugin = await start('plugin.wasm')
      equal(await plugin.call('echo', 'ü'), 'ü')
      const bytes: unknown = await plugin.call('echo', Uint8Array.of(0, 255), { as: 'bytes' })
      equal(bytes instanceof Uint8Array && [...bytes], [0, 255])
      const text = await start('text.wasm')
      equal(await text.call('length', ['한국']), 2)
      const big: unknown = await text.call('big', [2n ** 61n])
      equal(String(big), String(2n ** 62n))
      const command = await start('command.wasm')
      const result: unknown = await command.call('_start', ['a', 'b'])
      equal(result, { exitCode: 2, stdout: '[a][b]', stderr: 'done' })
      equal(((await command.call('_start', 'input')) as { stdout: string }).stdout, 'input')
    },
  },
  {
    title: 'topics are published where that is allowed, and nowhere else',
    async run({ start, manager }) {
      const seen: unknown[] = []
      manager.events.on('topic:greeting', (event) => seen.push(event))
      await refused((await start('native.wasm')).call('publish'), 'FORBIDDEN')
      const isolation = { crossContainerComm: true }
      const container = await start('native.wasm', { isolation })
      await container.call('publish')
      equal(seen, [{ containerId: container.id, data: { a: 1 } }])
    },
  },
  {
    title: 'functions of the caller are refused where they cannot be reached',
    async run({ start, engine }) {
      if (engine.execution === 'in-thread') return
      const imports = { env: { now: () => 1 } }
      await refused(start('native.wasm', { imports }), 'FORBIDDEN')
    },
  },
  {
    title: 'networkAccess is refused in processes, where nothing could keep to the list of hosts',
    async run({ start, engine }) {
      if (engine.execution !== 'process') return
      const networkAccess = { hosts: ['api.example.com'] }
      await refused(start('native.wasm', { networkAccess }), 'FORBIDDEN')
    },
  },
  {
    title: 'counts calls and errors, and measures memory',
    async run({ start }) {
      const container = await start('native.wasm')
      await container.call('increment')
      await refused(container.call('fail'), 'GUEST_FAILED')
      const { callCount, errorCount, memoryUsage, uptime } = container.metrics
      equal([callCount, errorCount], [2, 1])
      if (memoryUsage.allocated < page || uptime < 0) throw new Error('nothing was measured')
    },
  },
  {
    title: 'asks the module for its health',
    async run({ start }) {
      const container = await start('native.wasm')
      equal((await container.healthCheck()).healthy, true)
      await container.updateState(-1)
      equal((await container.healthCheck()).healthy, false)
    },
  },
  {
    title: 'a copy goes its own way, and takes memory with it that has grown',
    async run({ start }) {
      const container = await start('native.wasm', { initialState: 5, maxMemory: 10 * page })
      await container.call('hog')
      const copy = await container.fork()
      await copy.call('increment')
      equal([container.state, copy.state], [5, 6])
      equal(copy.getMemoryUsage().allocated, 10 * page)
      equal(copy.execution, container.execution)
    },
  },
  {
    title: 'a snapshot that was taken in the calling thread goes on here',
    async run({ start, manager, load }) {
      const origin = await manager.run(await load('native.wasm'), { initialState: 7 })
      const container = await start('native.wasm')
      await container.restore(await origin.snapshot())
      equal(await container.call('increment'), 8)
      equal(origin.state, 7)
    },
  },
  {
    title: 'waiting calls are done in their order',
    async run({ start }) {
      const container = await start('native.wasm')
      const calls = Array.from({ length: 20 }, () => container.call('increment'))
      equal(
        await Promise.all(calls),
        Array.from({ length: 20 }, (_, n) => n + 1),
      )
    },
  },
]
