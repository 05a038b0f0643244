import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
} from '../../../src/index.ts'
import { equal, of, throws, type Case, type Load } from '../../both/case.ts'
import { askingModule, numbersModule, reasonOf } from './sync-modules.ts'

const attacks = of('ContainerInstance', 'bindSync')
/** Enough that most are neither timed nor looked at. */
const many = 3000

type Add = (a: number, b: number) => number

async function start(load: Load, config: ContainerConfig = {}): Promise<ContainerInstance> {
  return new ContainerManager().run(await load('native.wasm'), config)
}

/** What stands in its events; a busy machine may have been told of between them. */
function calledOf(container: ContainerInstance): unknown[] {
  return container.events.flatMap(({ type, data }) =>
    type === 'function_call' ? [(data as { readonly functionName: string }).functionName] : [],
  )
}

/** Functions made ready once, called where they may be and where they may not. */
export const bindCases: readonly Case[] = [
  {
    title: 'bindSync: gives what callSync gives, in all ABIs of this thread, and counts as it does',
    attacks,
    async run(load) {
      const container = await start(load)
      const add = container.bindSync<Add>('add')
      const increment = container.bindSync<() => number>('increment')
      for (let n = 0; n < many; n += 1) equal(add(n, 1), n + 1)
      for (let n = 1; n <= many; n += 1) equal([increment(), add(n, n)], [n, 2 * n])
      equal(container.state, many)
      equal(container.bindSync('echo')({ a: [1, 'é'] }, 2), [{ a: [1, 'é'] }, 2])
      equal([container.metrics.callCount, container.metrics.errorCount], [3 * many + 1, 0])
      const manager = new ContainerManager()
      const plugin = await manager.run(await load('plugin.wasm'))
      equal(plugin.bindSync('echo')('text'), 'text')
      const text = await manager.run(await load('text.wasm'))
      equal([text.bindSync('add')(1), text.bindSync('length')('text')], [1, 4])
      const command = await manager.run(await load('command.wasm'))
      equal(command.bindSync('_start')('a'), { exitCode: 1, stdout: '[a]', stderr: 'done' })
      const script = await manager.run({ source: 'let n = 0; export const next = () => ++n' })
      const next = script.bindSync('next')
      equal([next(), await script.call('next'), next()], [1, 2, 3])
    },
  },
  {
    title:
      'bindSync: numbers of all types and counts arrive as callSync passes them, in a row of calls too',
    attacks,
    async run() {
      const container = await new ContainerManager().run(numbersModule)
      const lists: readonly (readonly [string, readonly unknown[], unknown])[] = [
        ['none', [], 7],
        ['whole', [-5], -5],
        ['whole', [4_294_967_295], -1],
        ['whole', [true], 1],
        ['real', [1.5, -0.25], 1.25],
        ['real', [2, 3], 5],
        ['long', [9_007_199_254_740_991], 9_007_199_254_740_991],
        ['long', [2n ** 62n], 2n ** 62n],
        ['four', [1, 2, 3, 4], 1234],
        ['five', [1, 2, 3, 4, 5], 12_345],
        ['silent', [1], undefined],
      ]
      for (const [name, list, expected] of lists) {
        const bound = container.bindSync(name)
        for (let n = 0; n < 100; n += 1)
          equal(
            String([bound(...list), container.callSync(name, list)]),
            String([expected, expected]),
          )
      }
    },
  },
  {
    title: 'bindSync: what does not fit is refused each time, in the middle of a row of calls too',
    attacks,
    async run() {
      const container = await new ContainerManager().run(numbersModule)
      const wrong: readonly (readonly [string, readonly unknown[]])[] = [
        ['none', [1]],
        ['whole', []],
        ['whole', [1, 2]],
        ['whole', [undefined]],
        ['whole', [1.5]],
        ['whole', [2 ** 32]],
        ['whole', ['1']],
        ['whole', [1n]],
        ['real', [1]],
        ['real', [1, 2, undefined]],
        ['real', [1, null]],
        ['long', [1.5]],
        ['four', [1, 2, 3, '4']],
        ['four', [1, 2, 3, 4, 5]],
      ]
      let errors = 0
      for (const [name, list] of wrong) {
        const bound = container.bindSync(name)
        const right = container.bindSync<(a: number) => number>('whole')
        for (let n = 0; n < 50; n += 1) equal(right(n), n)
        throws(() => bound(...list), 'TypeError')
        equal(container.metrics.errorCount, (errors += 1))
      }
      equal(container.metrics.callCount, 51 * wrong.length)
    },
  },
  {
    title:
      'bindSync: a name that the module has not is refused at once, and one that is gone later',
    attacks,
    async run(load) {
      const container = await start(load)
      for (const name of ['no_such', '__proto__', 'constructor', 'memory', 'gsp_state', ''])
        throws(() => container.bindSync(name), 'NOT_FOUND')
      equal([container.metrics.callCount, container.metrics.errorCount], [0, 0])
      const add = container.bindSync<Add>('add')
      for (let n = 0; n < many; n += 1) add(n, 1)
      await container.reload(numbersModule)
      throws(() => add(1, 2), 'NOT_FOUND')
      throws(() => container.bindSync('add'), 'NOT_FOUND')
      equal(container.bindSync<Add>('real')(1, 2), 3)
      await container.stop()
      throws(() => add(1, 2), 'STOPPED')
      throws(() => container.bindSync('real'), 'STOPPED')
    },
  },
  {
    title:
      'bindSync: it calls the module that is there now, after reload, restore, restart and a failure',
    attacks,
    async run(load) {
      const container = await start(load, { maxCpuTime: 2000 })
      const increment = container.bindSync<() => number>('increment')
      const add = container.bindSync<Add>('add')
      const burst = (): void => {
        for (let n = 0; n < many; n += 1) equal(add(n, 1), n + 1)
      }
      equal(increment(), 1)
      burst()
      const snapshot = await container.snapshot()
      equal([increment(), increment()], [2, 3])
      burst()
      await container.restore(snapshot)
      burst()
      equal(increment(), 2)
      await container.reload(await load('native.wasm'))
      burst()
      equal(increment(), 3)
      throws(container.bindSync('trap'), 'TRAPPED')
      burst()
      await container.restart()
      burst()
      equal(increment(), 1)
      equal(container.metrics.errorCount, 1)
    },
  },
  {
    title: 'bindSync: limits hold in the middle of a row of calls, and the state lives on',
    attacks,
    async run(load) {
      for (const config of [{ maxFuel: 5_000_000n }, { maxCpuTime: 50 }]) {
        const container = await start(load, config)
        const code = 'maxFuel' in config ? 'CPU_LIMIT' : 'TIME_LIMIT'
        const add = container.bindSync<Add>('add')
        const spin = container.bindSync('spin')
        const deep = container.bindSync('deep')
        for (let round = 0; round < 3; round += 1) {
          for (let n = 0; n < many; n += 1) equal(add(n, 1), n + 1)
          throws(spin, code)
          throws(spin, code)
          equal(add(1, 1), 2)
          throws(() => deep(1), 'DEPTH_LIMIT')
          throws(() => deep(-1.5), 'TypeError')
        }
        equal([container.metrics.callCount, container.metrics.errorCount], [3 * (many + 5), 12])
      }
    },
  },
  {
    title:
      'bindSync: paused, while others wait, and from its own host functions it is refused, and nothing runs',
    attacks,
    async run(load) {
      const container = await start(load)
      const increment = container.bindSync<() => number>('increment')
      const add = container.bindSync<Add>('add')
      for (let n = 0; n < many; n += 1) add(n, 1)
      container.pause()
      equal([reasonOf(() => add(1, 1)), reasonOf(increment)], ['paused', 'paused'])
      const waiting = [container.call('increment'), container.call('increment')]
      container.resume()
      equal(
        reasonOf(() => add(1, 1)),
        'busy',
      )
      equal([await Promise.all(waiting), increment()], [[1, 2], 3])
      equal(container.metrics.callCount, many + 3)
      const late: { ask?: () => unknown; container?: ContainerInstance } = {}
      const seen: unknown[] = []
      const f = (): number => seen.push(reasonOf(() => late.ask?.()))
      for (const maxCpuTime of [1000, Infinity]) {
        const asking = await new ContainerManager().run(askingModule, {
          maxCpuTime,
          imports: { env: { f } },
          allowedImports: ['env.f'],
        })
        late.ask = asking.bindSync('ask')
        for (let n = 0; n < 100; n += 1) late.ask()
        equal(asking.metrics.callCount, 100)
      }
      equal([seen.length, new Set(seen).size, seen[0]], [200, 1, 'busy'])
    },
  },
  {
    title: 'bindSync: what a host function does to its container holds from the next call on',
    attacks,
    async run() {
      const manager = new ContainerManager()
      const late: { act?: () => unknown } = {}
      const f = (): number => {
        late.act?.()
        return 1
      }
      const container = await manager.run(askingModule, {
        imports: { env: { f } },
        allowedImports: ['env.f'],
      })
      const ask = container.bindSync<() => number>('ask')
      const many = (): void => {
        for (let n = 0; n < 200; n += 1) equal(ask(), 1)
      }
      many()
      late.act = () => container.pause()
      equal(ask(), 1)
      equal(reasonOf(ask), 'paused')
      container.resume()
      const told: unknown[] = []
      late.act = () =>
        manager.events.on('function:call', ({ functionName }) => told.push(functionName))
      equal(ask(), 1)
      late.act = () => undefined
      equal([ask(), told], [1, ['ask']])
      manager.events.removeAllListeners()
      many()
      late.act = () => {
        throw new Error('broken')
      }
      throws(ask, 'HOST_FAILED')
      const counts: number[] = []
      late.act = () => counts.push(container.metrics.callCount)
      many()
      const first = counts[0] ?? 0
      equal(
        counts,
        counts.map((_, n) => first + n),
      )
      const stopping: Promise<void>[] = []
      late.act = () => stopping.push(container.stop())
      equal(ask(), 1)
      throws(ask, 'STOPPED')
      await Promise.all(stopping)
    },
  },
  {
    title:
      'bindSync: listeners and subscribers are told of each call after they came, and of none before',
    attacks,
    async run(load) {
      const manager = new ContainerManager()
      const container = await manager.run(await load('native.wasm'))
      const increment = container.bindSync<() => number>('increment')
      const add = container.bindSync<Add>('add')
      for (let n = 0; n < many; n += 1) add(n, 1)
      const states: unknown[] = []
      const leave = container.subscribe((state) => states.push(state))
      increment()
      await Promise.resolve()
      equal(states, [1])
      leave()
      for (let n = 0; n < many; n += 1) add(n, 1)
      const told: unknown[] = []
      const off = manager.events.on('function:call', (call) =>
        told.push([call.functionName, call.args]),
      )
      equal([add(1, 2), increment()], [3, 2])
      equal(told, [
        ['add', [1, 2]],
        ['increment', []],
      ])
      off()
      add(1, 2)
      equal([told.length, container.metrics.callCount], [2, 2 * many + 4])
      equal(calledOf(container).slice(-3), ['add', 'increment', 'add'])
    },
  },
  {
    title: 'bindSync: functions that take turns stand in the events as they were called',
    attacks,
    async run(load) {
      const container = await start(load)
      const one = container.bindSync<Add>('add')
      const two = container.bindSync('nothing')
      for (let n = 0; n < many; n += 1) one(n, 1)
      for (let n = 0; n < 200; n += 1) {
        one(n, 1)
        two()
        one(n, 1)
      }
      const names = calledOf(container)
      const turns = Array.from({ length: 600 }, (_, n) => (n % 3 === 1 ? 'nothing' : 'add'))
      equal(names, turns.slice(-names.length))
      equal(names.length > 240, true)
      equal(container.metrics.callCount, many + 600)
    },
  },
  {
    title: 'bindSync: a container without limits of its time counts each call and each error, too',
    attacks,
    async run(load) {
      const container = await start(load, { maxCpuTime: Infinity })
      const add = container.bindSync<Add>('add')
      const trap = container.bindSync('trap')
      for (let round = 1; round <= 3; round += 1) {
        for (let n = 0; n < many; n += 1) equal(add(n, 1), n + 1)
        throws(trap, 'TRAPPED')
        const { callCount, errorCount } = container.metrics
        equal([callCount, errorCount], [round * (many + 1), round])
      }
      equal(container.callSync('increment'), 1)
      equal([container.state, container.events.length], [1, 256])
    },
  },
]
