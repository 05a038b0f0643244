import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
} from '../../../src/index.ts'
import { equal, of, refused, throws, type Case, type Load } from '../../both/case.ts'
import { askingModule, reasonOf } from './sync-modules.ts'

const attacks = of('ContainerInstance', 'callSync')

async function start(load: Load, config: ContainerConfig = {}): Promise<ContainerInstance> {
  return new ContainerManager().run(await load('native.wasm'), config)
}

/** Calls without a promise, where they are and where they cannot be. */
export const syncCases: readonly Case[] = [
  {
    title: 'callSync: gives what call gives, in all ABIs of this thread, and counts as it does',
    attacks,
    async run(load) {
      const container = await start(load)
      equal(container.callSync('add', [2, 3]), 5)
      equal(container.callSync('echo', { a: [1, 'é'] }), [{ a: [1, 'é'] }])
      for (let n = 1; n <= 3000; n += 1) equal(container.callSync('increment'), n)
      equal(await container.call('increment'), 3001)
      equal(container.state, 3001)
      equal([container.metrics.callCount, container.metrics.errorCount], [3003, 0])
      equal(
        [container.events.length, container.events.at(-1)?.data],
        [256, { functionName: 'increment' }],
      )
      const manager = new ContainerManager()
      const plugin = await manager.run(await load('plugin.wasm'))
      equal(plugin.callSync('echo', 'text'), 'text')
      const text = await manager.run(await load('text.wasm'))
      equal(text.abi, 'assemblyscript')
      equal([text.callSync('add', [1]), text.callSync('length', 'text')], [1, 4])
      const command = await manager.run(await load('command.wasm'))
      equal(command.callSync('_start', ['a']), { exitCode: 1, stdout: '[a]', stderr: 'done' })
      const script = await manager.run({ source: 'let n = 0; export const next = () => ++n' })
      equal([script.callSync('next'), await script.call('next')], [1, 2])
    },
  },
  {
    title: 'callSync: limits and wrong calls throw what call rejects with, and the state lives on',
    attacks,
    async run(load) {
      const container = await start(load, { maxFuel: 5_000_000n })
      equal(container.callSync('increment'), 1)
      throws(() => container.callSync('spin'), 'CPU_LIMIT')
      const before = container.callSync<number>('increment')
      for (const name of ['no_such', '__proto__', 'memory', ''])
        throws(() => container.callSync(name), 'NOT_FOUND')
      throws(() => container.callSync('add', [1]), 'TypeError')
      throws(() => container.callSync('echo', () => 1), 'ARGUMENT_INVALID')
      equal(container.callSync('increment'), before + 1)
      equal(container.metrics.errorCount, 7)
      const timed = await start(load, { maxCpuTime: 50 })
      for (let n = 0; n < 2000; n += 1) timed.callSync('add', [n, 1])
      throws(() => timed.callSync('spin'), 'TIME_LIMIT')
    },
  },
  {
    title:
      'callSync: paused, stopped, and while others run or wait it is refused, and nothing runs',
    attacks,
    async run(load) {
      const container = await start(load)
      container.pause()
      equal(
        reasonOf(() => container.callSync('increment')),
        'paused',
      )
      const waiting = container.call('increment')
      container.resume()
      equal(await waiting, 1)
      container.pause()
      const queued = [container.call('increment'), container.call('increment')]
      container.resume()
      equal(
        reasonOf(() => container.callSync('increment')),
        'busy',
      )
      equal(await Promise.all(queued), [2, 3])
      equal([container.callSync('increment'), container.metrics.callCount], [4, 4])
      equal(container.metrics.errorCount, 0)
      await container.stop()
      throws(() => container.callSync('increment'), 'STOPPED')
    },
  },
  {
    title: 'callSync: a host function cannot enter the container that called it',
    attacks,
    async run() {
      const late: { container?: ContainerInstance } = {}
      const seen: unknown[] = []
      const f = (): number => {
        seen.push(reasonOf(() => late.container?.callSync('ask')))
        return seen.length
      }
      const container = await new ContainerManager().run(askingModule, {
        imports: { env: { f } },
        allowedImports: ['env.f'],
      })
      late.container = container
      equal([container.callSync('ask'), container.callSync('ask')], [1, 2])
      equal(await container.call('ask'), 3)
      equal(seen, ['busy', 'busy', 'busy'])
    },
  },
  {
    title: 'callSync: what a host function throws is HOST_FAILED, and the next call works',
    attacks,
    async run() {
      let isBroken = true
      const f = (): number => {
        if (isBroken) throw new Error('broken')
        return 7
      }
      const container = await new ContainerManager().run(askingModule, {
        imports: { env: { f } },
        allowedImports: ['env.f'],
      })
      throws(() => container.callSync('ask'), 'HOST_FAILED')
      isBroken = false
      equal(container.callSync('ask'), 7)
    },
  },
  {
    title:
      'callSync: a promise of a function without "async" is HOST_FAILED, and the error names the remedy',
    attacks,
    async run() {
      const f = (): Promise<number> => Promise.reject(new Error('nobody waits for this'))
      const container = await new ContainerManager().run(askingModule, {
        imports: { env: { f } },
        allowedImports: ['env.f'],
      })
      throws(() => container.callSync('ask'), 'HOST_FAILED')
      const message = await container.call('ask').catch(String)
      equal(String(message).includes('declare it with "async"'), true)
    },
  },
  {
    title: 'callSync: a script that may wait for the host is refused, and nothing of it runs',
    attacks,
    async run() {
      const manager = new ContainerManager()
      const source =
        "import { f } from 'env'; let n = 0; export const next = () => ++n; export const ask = () => f()"
      const script = await manager.run(
        { source },
        { imports: { env: { f: () => Promise.resolve(7) } }, allowedImports: ['env.f'] },
      )
      equal(
        reasonOf(() => script.callSync('next')),
        'waits',
      )
      equal([await script.call('next'), await script.call('ask')], [1, 7])
    },
  },
  {
    title: 'callSync: listeners and subscribers are told of each call among many',
    attacks,
    async run(load) {
      const manager = new ContainerManager()
      const container = await manager.run(await load('native.wasm'))
      for (let n = 0; n < 500; n += 1) container.callSync('increment')
      const states: unknown[] = []
      const leave = container.subscribe((state) => states.push(state))
      container.callSync('increment')
      await Promise.resolve()
      equal(states, [501])
      leave()
      const told: unknown[] = []
      const off = manager.events.on('function:call', ({ functionName }) => told.push(functionName))
      for (let n = 0; n < 300; n += 1) container.callSync('increment')
      equal(told.length, 300)
      off()
      container.callSync('add', [1, 1])
      equal([told.length, container.metrics.callCount], [300, 802])
    },
  },
  {
    title: 'callSync: memory that grows among many calls is told when the macrotask ends',
    attacks,
    async run() {
      // (module (memory 1) (func (export "grow") i32.const 1 memory.grow drop))
      const bytes = Uint8Array.from(
        atob('AGFzbQEAAAABBAFgAAADAgEABQMBAAEHCAEEZ3JvdwAACgkBBwBBAUAAGgs='),
        (char) => char.charCodeAt(0),
      )
      const manager = new ContainerManager()
      const container = await manager.run(bytes, { maxMemory: 20 * 65_536 })
      const warned = new Promise<number>((resolve) => {
        manager.events.on('memory:warning', ({ usage }) => resolve(usage.allocated / 65_536))
      })
      for (let n = 0; n < 18; n += 1) container.callSync('grow')
      equal((await warned) >= 17, true)
      await refused(container.call('nothing'), 'NOT_FOUND')
    },
  },
]
