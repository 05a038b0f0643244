import { ContainerManager } from '../../../src/index.ts'
import { equal, of, refused, type Case } from '../../both/case.ts'

const attacks = of('ContainerManager', 'starting')

interface Watched {
  readonly manager: ContainerManager
  /** What was told, in order. */
  readonly told: string[]
  readonly release: (bytes: Uint8Array) => void
}

/** A manager whose modules come when they are released. */
function watch(): Watched {
  const { promise, resolve: release } = Promise.withResolvers<Uint8Array>()
  const manager = new ContainerManager({ resolve: () => promise, maxContainers: 2 })
  const told: string[] = []
  const ids = new Map<string, number>()
  const tell = (what: string, id: string): void => {
    const number = ids.get(id) ?? ids.size + 1
    ids.set(id, number)
    const starting = manager.starting().some((one) => one.id === id)
    told.push(`${what} ${number}${starting ? ' starting' : ''}`)
  }
  const { events } = manager
  events.on('container:starting', ({ containerId }) => tell('begins', containerId))
  events.on('container:start', ({ containerId }) => tell('runs', containerId))
  events.on('container:error', ({ containerId }) => tell('fails', containerId))
  return { manager, told, release }
}

/** Containers that are starting can be seen, whatever becomes of them. */
export const startingCases: readonly Case[] = [
  {
    title:
      'starting: a container is seen under its id before it is there, and in list() once it is',
    attacks,
    async run(load) {
      const { manager, told, release } = watch()
      const start = manager.run('counter:1.0.0')
      const [seen, ...others] = manager.starting()
      equal([seen?.name, seen?.status, others.length], ['counter:1.0.0', 'starting', 0])
      equal([seen?.since instanceof Date, manager.list().length], [true, 0])
      release(await load('native.wasm'))
      const container = await start
      equal(container.id, seen?.id)
      equal([manager.starting().length, manager.list().length], [0, 1])
      equal(told, ['begins 1 starting', 'runs 1'])
      const fork = await container.fork()
      equal([fork.id === container.id, told.slice(2)], [false, ['begins 2 starting', 'runs 2']])
      await manager.cleanup()
    },
  },
  {
    title: 'starting: one that fails or is aborted is told as an error and seen no more',
    attacks,
    async run() {
      const { manager, told, release } = watch()
      const stop = new AbortController()
      const aborted = manager.run('first:1', {}, { signal: stop.signal })
      const failing = manager.run('second:1')
      equal(
        manager.starting().map(({ name }) => name),
        ['first:1', 'second:1'],
      )
      await refused(manager.run('third:1'), 'CAPACITY')
      stop.abort()
      await refused(aborted, 'ABORTED')
      release(new Uint8Array(8))
      await refused(failing, 'MODULE_INVALID')
      equal(manager.starting(), [])
      equal(told, ['begins 1 starting', 'begins 2 starting', 'fails 1', 'fails 2'])
    },
  },
  {
    title: 'starting: cleanup ends what starts',
    attacks,
    async run() {
      const { manager, told } = watch()
      const start = manager.run('slow:1')
      const ended = refused(start, 'ABORTED')
      await manager.cleanup()
      await ended
      equal([manager.starting(), told], [[], ['begins 1 starting', 'fails 1']])
    },
  },
]
