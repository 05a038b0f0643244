import {
  CompilationError,
  ContainerError,
  ContainerEventType,
  ContainerManager,
  ContainerMemoryError,
  ContainerNotFoundError,
  ContainerSecurityError,
  ContainerStartupError,
  ContainerStatus,
  ContainerTimeoutError,
  EventBus,
  LogLevel,
  RegistryError,
  createContainer,
} from '../../src/index.ts'
import { equal, of, refused, within, type Case } from '../both/case.ts'

const inNode = 'process' in globalThis
const page = 65_536

/** Events, errors and states of the seed, and the clock they are dated by. */
export const eventCases: readonly Case[] = [
  {
    title:
      'emit, on, once, off and removeAllListeners: listeners come and go while an event is given out',
    attacks: [
      ...of('EventBus', 'emit on once off listenerCount removeAllListeners'),
      ...of('EventBusOptions', 'onError'),
    ],
    async run() {
      const failures: string[] = []
      const bus = new EventBus({
        onError: (error, event) => failures.push(`${event}: ${String(error)}`),
      })
      const seen: string[] = []
      const second = (): void => void seen.push('second')
      const leave = bus.on('x', () => {
        seen.push('first')
        bus.off('x', second)
        bus.on('x', () => void seen.push('late'))
        bus.emit('y', undefined)
        throw new Error('of a listener')
      })
      bus.on('x', second)
      bus.once('y', () => {
        seen.push('once')
        bus.emit('y', undefined)
      })
      bus.emit('x', undefined)
      equal(seen, ['first', 'once'])
      equal(failures, ['x: Error: of a listener'])
      leave()
      leave()
      equal([bus.listenerCount('x'), bus.listenerCount('y')], [1, 0])
      for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
        equal(bus.listenerCount(name), 0)
        bus.emit(name, undefined)
      }
      bus.removeAllListeners()
      bus.emit('x', undefined)
      equal(seen, ['first', 'once'])
    },
  },
  {
    title:
      'now and setTimer of a clock: one that stands still or jumps back gives no negative times',
    attacks: of('Clock', 'now setTimer'),
    async run(load) {
      let now = 1_000_000
      const clock = { now: () => (now -= 1000), setTimer: () => () => undefined }
      const manager = new ContainerManager({ clock })
      const container = await manager.run(await load('native.wasm'), { maxCpuTime: 100 })
      await container.call('increment')
      const { uptime, cpuUsage } = container.metrics
      if (uptime < 0 || !(cpuUsage >= 0)) throw new Error(JSON.stringify({ uptime, cpuUsage }))
      await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
    },
  },
  {
    title: 'errors: each class of the seed is thrown, with its code, and is a ContainerError',
    attacks: [],
    async run(load) {
      const module = await load('native.wasm')
      const container = await new ContainerManager().run(module, { maxCpuTime: 50 })
      const manager = new ContainerManager()
      const thrown: [new (...args: never[]) => ContainerError, () => Promise<unknown>][] = [
        [ContainerNotFoundError, () => manager.stop('no-such-id')],
        [ContainerStartupError, () => manager.run(new Uint8Array())],
        [ContainerMemoryError, () => manager.run(module, { maxMemory: page })],
        [ContainerTimeoutError, () => container.call('spin')],
        [ContainerSecurityError, () => manager.run(module, { allowedImports: [] })],
        [RegistryError, () => manager.run('a:1.0.0')],
      ]
      if (inNode) thrown.push([CompilationError, () => manager.run({ source: 'export const =' })])
      for (const [Kind, work] of thrown) {
        const error: unknown = await work().catch((caught: unknown) => caught)
        if (!(error instanceof Kind && error instanceof ContainerError && error instanceof Error))
          throw new Error(`got ${String(error)} instead of ${Kind.name}`)
        equal([error.name, typeof error.code], [Kind.name, 'string'])
      }
      const made = new CompilationError('m', 'COMPILATION_FAILED', { containerId: 'c' })
      equal([made.containerId, made instanceof ContainerError], ['c', true])
    },
  },
  {
    title: 'events and states: every one of the seed is told, in its order and with its data',
    attacks: [],
    async run(load) {
      const manager = new ContainerManager({ debugMode: true })
      const seen = new Set<string>()
      for (const name of ['start', 'stop', 'error'] as const)
        manager.events.on(`container:${name}`, () => void seen.add(`container:${name}`))
      for (const name of ['state:change', 'function:call', 'memory:warning', 'log'])
        manager.events.on(name, () => void seen.add(name))
      const container = await manager.run(await load('native.wasm'), { maxMemory: 10 * page })
      const states: string[] = [container.status]
      await container.call('increment')
      await refused(container.call('fail'), 'GUEST_FAILED')
      await container.call('hog')
      await new Promise((resolve) => setTimeout(resolve, 0))
      container.pause()
      states.push(container.status)
      const stopping = container.stop()
      states.push(container.status)
      await stopping
      equal([...states, container.status], ['running', 'paused', 'stopping', 'stopped'])
      equal([...seen].sort(), [
        'container:error',
        'container:start',
        'container:stop',
        'function:call',
        'log',
        'memory:warning',
        'state:change',
      ])
      const types = new Set(container.events.map(({ type }) => type))
      for (const type of ['STATE_CHANGE', 'FUNCTION_CALL', 'ERROR', 'MEMORY_WARNING'] as const)
        equal(types.has(ContainerEventType[type]), true)
      equal(Object.values(ContainerStatus), [
        'starting',
        'running',
        'paused',
        'stopping',
        'stopped',
        'error',
      ])
      equal(Object.values(LogLevel), [0, 1, 2, 3, 4])
    },
  },
  {
    title: 'cpu:threshold: a module that takes all the time is told once, and remembered',
    attacks: [],
    async run(load) {
      const manager = new ContainerManager()
      const usages: number[] = []
      manager.events.on('cpu:threshold', ({ usage }) => usages.push(usage))
      const container = await manager.run(await load('native.wasm'), { maxCpuTime: 600 })
      for (let n = 0; n < 4; n += 1) await refused(container.call('spin'), 'TIME_LIMIT')
      equal(usages.length, 1)
      equal(
        usages.every((usage) => usage > 80 && usage <= 100),
        true,
      )
      const types = container.events.map(({ type }) => type)
      equal(types.filter((type) => type === ContainerEventType.CPU_THRESHOLD).length, 1)
    },
  },
  {
    title: 'createContainer: a container of its own, under the limits that were given',
    attacks: [],
    async run(load) {
      const container = await createContainer(await load('native.wasm'), { maxFuel: 100_000n })
      await refused(container.call('spin'), 'CPU_LIMIT')
      equal(await container.call('increment'), 2)
      await container.stop()
      await refused(createContainer('a:1.0.0'), 'REGISTRY_FAILED')
    },
  },
]
