import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ContainerEventType,
  ContainerManager,
  type ContainerEvent,
  type ContainerInstance,
} from '../../src/index.ts'
import { fixture } from './modules.ts'

/** What a container should say of itself. */
class Model {
  calls = 0
  errors = 0
  value = 0
  readonly names: string[] = []

  called(name: string): void {
    this.calls += 1
    this.names.push(name)
  }
}

interface Bench {
  readonly manager: ContainerManager
  readonly container: ContainerInstance
  readonly model: Model
  readonly add: (a: number, b: number) => number
  readonly increment: () => number
}

type Step = (bench: Bench, times: number) => void | Promise<void>

const repeat = (times: number, work: (n: number) => void): void => {
  for (let n = 0; n < times; n += 1) work(n)
}

const callsAdd =
  (add: (bench: Bench) => (a: number, b: number) => number): Step =>
  (bench, times) =>
    repeat(times, (n) => {
      expect(add(bench)(n, 1)).toBe(n + 1)
      bench.model.called('add')
    })

const callsIncrement =
  (increment: (bench: Bench) => number): Step =>
  (bench, times) =>
    repeat(times, () => {
      expect(increment(bench)).toBe((bench.model.value += 1))
      bench.model.called('increment')
    })

function nameOf(type: ContainerEvent['type'], data: unknown): string[] {
  if (type === ContainerEventType.ERROR) return ['error']
  return type === ContainerEventType.FUNCTION_CALL
    ? [(data as { functionName: string }).functionName]
    : []
}

/** All that calls and what is done between them can be, each so many times. */
const steps: Record<string, Step> = {
  bound: callsAdd(({ add }) => add),
  sync: callsAdd(
    ({ container }) =>
      (...args) =>
        container.callSync('add', args),
  ),
  boundState: callsIncrement(({ increment }) => increment()),
  syncState: callsIncrement(({ container }) => container.callSync('increment')),
  turns: (bench, times) =>
    repeat(times, (n) => {
      void callsAdd(({ add }) => add)(bench, 1 + (n % 3))
      void callsIncrement(({ increment }) => increment())(bench, 1)
    }),
  async awaited({ container, model }, times) {
    for (let n = 0; n < times; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tried
      expect(await container.call('add', [n, 1])).toBe(n + 1)
      model.called('add')
    }
  },
  fails: ({ add, container, model }, times) =>
    repeat(times % 4, (n) => {
      if (n % 2 === 0) expect(() => container.callSync('trap')).toThrow('unreachable')
      else expect(() => add(n, 'no number' as never)).toThrow(TypeError)
      model.called(n % 2 === 0 ? 'trap' : 'add')
      model.names.push('error')
      model.errors += 1
    }),
  looks: ({ container, model }) => {
    expect(container.state).toBe(model.value)
    expect(container.metrics).toMatchObject({ callCount: model.calls, errorCount: model.errors })
  },
  listens: (bench, times) => {
    const heard: string[] = []
    const leave = bench.manager.events.on('function:call', (call) => heard.push(call.functionName))
    void callsAdd(({ add }) => add)(bench, times)
    leave()
    expect(heard).toHaveLength(times)
  },
  waits: async ({ container, model }, times) => {
    container.pause()
    const waiting = Array.from({ length: times }, () => container.call('increment'))
    expect(() => container.callSync('increment')).toThrow('cannot give a result at once')
    container.resume()
    expect(await Promise.all(waiting)).toEqual(waiting.map((_, n) => model.value + n + 1))
    model.value += times
    repeat(times, () => model.called('increment'))
  },
  restarts: async ({ container, model }) => {
    await container.restart()
    model.value = 0
  },
  turn: () => new Promise((resolve) => void setTimeout(resolve, 0)),
}

test.each([{}, { maxCpuTime: Infinity }, { maxFuel: 1_000_000n }])(
  'calls in rows are counted, told and answered as calls by themselves, whatever comes between them, with %o',
  async (config) => {
    const bytes = fixture('native.wasm')
    const step = fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.integer({ min: 1, max: 60 }))
    const all = fc.array(step, { minLength: 5, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(all, async (list) => {
        const manager = new ContainerManager()
        const container = await manager.run(bytes, config)
        const add = container.bindSync<Bench['add']>('add')
        const increment = container.bindSync<Bench['increment']>('increment')
        const bench = { manager, container, model: new Model(), add, increment }
        for (const [name, times] of list) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tried
          await steps[name]?.(bench, times)
        }
        const { model } = bench
        expect(container.metrics).toMatchObject({
          callCount: model.calls,
          errorCount: model.errors,
        })
        const names = container.events.flatMap(({ type, data }) => nameOf(type, data))
        // A busy machine may have been told of, too.
        expect(names.length).toBeGreaterThan(Math.min(model.names.length, 256) - 10)
        expect(names).toEqual(model.names.slice(-names.length))
        await manager.cleanup()
      }),
      { numRuns: 60, seed: 20_261_121 },
    )
  },
  90_000,
)
