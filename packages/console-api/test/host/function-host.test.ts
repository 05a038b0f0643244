import { afterEach, describe, expect, test } from 'vitest'
import {
  createFunctionHost,
  createSystemClock,
  type FunctionHost,
  type FunctionHostOptions,
  type FunctionTarget,
} from '../../src/index.ts'
import {
  answer,
  createFakeRunner,
  createManualClock,
  echo,
  failure,
  hang,
  hangForever,
  type FakeBehaviour,
  type FakeRunner,
  type FakeRunnerOptions,
  type ManualClock,
} from '../../src/testing/index.ts'

const hosts: FunctionHost[] = []
const clocks: ManualClock[] = []
afterEach(async () => {
  const closing = Promise.all(hosts.splice(0).map((host) => host.close()))
  // Functions that do not listen are left behind after the grace, which passes only by hand.
  for (const clock of clocks.splice(0)) clock.advance(1000)
  await closing
})

/** Everything that waits for nothing from outside is done. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn()
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function target(fields: Partial<FunctionTarget> = {}): FunctionTarget {
  return {
    poolKey: 'fn-1',
    functionId: 'fn-1',
    revision: 'r1',
    runtime: 'Python 3.12',
    environment: {},
    memoryMb: 256,
    loadCode: async () => 'code',
    ...fields,
  }
}

function createBench(
  runnerOptions: FakeRunnerOptions | FakeBehaviour = {},
  options: FunctionHostOptions = {},
) {
  const behaviours =
    typeof runnerOptions === 'function' ? { behaviours: { default: runnerOptions } } : runnerOptions
  const runner: FakeRunner = createFakeRunner(behaviours)
  const clock = createManualClock()
  const host = createFunctionHost({ runner, clock }, options)
  hosts.push(host)
  clocks.push(clock)
  const invoke = (
    fields: Partial<FunctionTarget> = {},
    signal = new AbortController().signal,
    timeoutMs = 1000,
  ) =>
    host.invoke(
      target(fields),
      { method: 'POST', path: '/', headers: {}, body: null },
      { timeoutMs, signal, onLog: () => undefined },
    )
  return { runner, clock, host, invoke }
}

/** A behaviour that waits until the test lets it go. */
function gate(): { behaviour: FakeBehaviour; open: () => void } {
  const waiting: (() => void)[] = []
  return {
    behaviour: () => new Promise((resolve) => waiting.push(() => resolve(answer('ok')))),
    open: () => waiting.shift()?.(),
  }
}

describe('warm reuse', () => {
  test('starts one instance for calls that come one after the other', async () => {
    const { runner, invoke } = createBench()
    const first = await invoke()
    const second = await invoke()
    expect([first.coldStart, second.coldStart]).toEqual([true, false])
    expect(runner.started).toHaveLength(1)
  })

  test('hands the runner the spec with the source and without its own fields', async () => {
    const { runner, invoke } = createBench()
    await invoke({ environment: { A: '1' } })
    expect(runner.started).toEqual([
      {
        functionId: 'fn-1',
        revision: 'r1',
        runtime: 'Python 3.12',
        environment: { A: '1' },
        memoryMb: 256,
        code: 'code',
      },
    ])
  })

  test('replaces an instance after its number of calls', async () => {
    const { runner, invoke } = createBench(echo, { maxCallsPerInstance: 2 })
    for (let index = 0; index < 4; index += 1) await invoke()
    expect(runner.started).toHaveLength(2)
    await turn()
    expect(runner.open).toBe(0)
  })

  test('ends an instance that was idle for long enough', async () => {
    const { runner, clock, invoke } = createBench(echo, { idleMs: 1000 })
    await invoke()
    clock.advance(999)
    expect(runner.open).toBe(1)
    clock.advance(1)
    await turn()
    expect(runner.open).toBe(0)
  })

  test('keeps an instance whose function raised', async () => {
    const { runner, invoke } = createBench(() => failure('FUNCTION_ERROR', 'Traceback'))
    await invoke()
    await invoke()
    expect(runner.started).toHaveLength(1)
  })

  test.each([
    'TIMEOUT',
    'MEMORY_LIMIT',
    'CPU_LIMIT',
    'OUTPUT_LIMIT',
    'CANCELLED',
    'CRASHED',
  ] as const)('never uses an instance again after %s', async (code) => {
    const { runner, host, invoke } = createBench(() => failure(code, 'gone'))
    expect(await invoke()).toMatchObject({ ok: false, code })
    await turn()
    expect(runner.open).toBe(0)
    expect(host.stats().instances).toBe(0)
    await invoke()
    expect(runner.started).toHaveLength(2)
  })

  test('never uses an instance again that broke its promise', async () => {
    const { runner, invoke } = createBench(() => {
      throw new Error('boom')
    })
    expect(await invoke()).toMatchObject({ ok: false, code: 'CRASHED', message: 'boom' })
    await turn()
    expect(runner.open).toBe(0)
  })
})

describe('limits', () => {
  test('never has more instances of a function than allowed', async () => {
    const { behaviour, open } = gate()
    const { runner, invoke } = createBench(behaviour, { maxInstancesPerFunction: 2 })
    const calls = Array.from({ length: 5 }, () => invoke())
    await turn()
    expect(runner.open).toBe(2)
    for (let index = 0; index < 5; index += 1) {
      open()
      await turn()
    }
    expect((await Promise.all(calls)).every((outcome) => outcome.ok)).toBe(true)
    expect(runner.mostOpen).toBe(2)
  })

  test('never has more instances in all than allowed, and makes room from idle ones', async () => {
    const { runner, invoke } = createBench(echo, { maxInstances: 2 })
    for (const poolKey of ['a', 'b', 'c', 'a', 'c'])
      expect(await invoke({ poolKey })).toMatchObject({ ok: true })
    expect(runner.mostOpen).toBe(2)
  })

  test('answers BUSY at once when the queue of a function is full', async () => {
    const { host, invoke } = createBench(hang, {
      maxInstancesPerFunction: 1,
      maxQueuedPerFunction: 2,
    })
    const waiting = [invoke(), invoke(), invoke()]
    await expect(invoke()).rejects.toMatchObject({ code: 'BUSY', status: 429 })
    expect(host.stats().queued).toBe(2)
    await host.close()
    expect((await Promise.allSettled(waiting)).map((each) => each.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ])
  })

  test('starts a few instances at a time, and the next one as soon as one stands', async () => {
    const starting: (() => void)[] = []
    const host = createFunctionHost(
      {
        clock: createManualClock(),
        runner: {
          runtimes: () => [],
          close: async () => undefined,
          start: () =>
            new Promise((resolve) =>
              starting.push(() =>
                resolve({
                  alive: true,
                  invoke: () => new Promise(() => {}),
                  close: async () => {},
                }),
              ),
            ),
        },
      },
      { maxInstances: 8, maxStarting: 2 },
    )
    const signal = new AbortController().signal
    const request = { method: 'POST', path: '/', headers: {}, body: null }
    for (let n = 0; n < 5; n += 1) {
      const call = { timeoutMs: 1000, signal, onLog: () => undefined }
      void host.invoke(target({ poolKey: `fn-${n}` }), request, call).catch(() => undefined)
    }
    await settle()
    expect(starting).toHaveLength(2)
    expect(host.stats()).toMatchObject({ instances: 2, queued: 3 })
    // Its call never ends; the place to start in is free all the same.
    starting[0]?.()
    await settle()
    expect(starting).toHaveLength(3)
  })

  test('answers BUSY at once when all queues together are full', async () => {
    const { invoke } = createBench(hang, { maxInstances: 1, maxQueued: 1 })
    const waiting = [invoke({ poolKey: 'a' }), invoke({ poolKey: 'b' })]
    await expect(invoke({ poolKey: 'c' })).rejects.toMatchObject({ code: 'BUSY' })
    void Promise.allSettled(waiting)
  })

  test('works without any queue', async () => {
    const { invoke } = createBench(echo, { maxInstancesPerFunction: 1, maxQueuedPerFunction: 0 })
    const [first, second] = await Promise.allSettled([invoke(), invoke()])
    expect(first).toMatchObject({ status: 'fulfilled' })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'BUSY' } })
  })

  test('answers BUSY to a call that waited too long', async () => {
    const { clock, invoke } = createBench(hangForever, {
      maxInstancesPerFunction: 1,
      maxQueueMs: 5000,
    })
    void invoke({}, undefined, 60_000)
    const waiting = invoke()
    clock.advance(5000)
    await expect(waiting).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('keeps a call waiting for as long as the calls before it get their turn', async () => {
    const { behaviour, open } = gate()
    const { clock, invoke } = createBench(behaviour, {
      maxInstancesPerFunction: 1,
      maxQueueMs: 5000,
    })
    const calls = Array.from({ length: 5 }, () => invoke({}, undefined, 60_000))
    for (const call of calls.slice(0, 4)) {
      await settle()
      clock.advance(4999)
      open()
      expect((await call).ok).toBe(true)
    }
    await settle()
    open()
    // The last one: its own time limit did not begin before its turn.
    expect(await calls[4]).toMatchObject({ ok: true, queueMs: 4 * 4999 })
  })

  test('keeps a call that waits for a place to start in for as long as others are started', async () => {
    const starts: (() => void)[] = []
    const { clock, invoke } = createBench(
      { onStart: () => new Promise<void>((resolve) => starts.push(resolve)) },
      { maxStarting: 1, maxQueueMs: 5000 },
    )
    const calls = Array.from({ length: 4 }, (_, index) => invoke({ poolKey: `fn-${index}` }))
    for (const call of calls) {
      await settle()
      clock.advance(4999)
      starts.shift()?.()
      expect((await call).ok).toBe(true)
    }
  })

  test('answers BUSY to a call of a busy function, however many others are started', async () => {
    const { clock, invoke } = createBench(
      ({ spec }) => (spec.functionId === 'hangs' ? new Promise(() => undefined) : answer('ok')),
      { maxInstancesPerFunction: 1, maxQueueMs: 5000 },
    )
    const busy = { poolKey: 'hangs', functionId: 'hangs' }
    void invoke(busy, undefined, 60_000).catch(() => undefined)
    const waiting = invoke(busy)
    const refused = expect(waiting).rejects.toMatchObject({ code: 'BUSY' })
    for (let step = 0; step < 5; step += 1) {
      expect((await invoke({ poolKey: `fn-${step}` })).ok).toBe(true)
      clock.advance(1000)
    }
    await refused
  })

  test('serves the calls of a queue in the order they came', async () => {
    const seen: string[] = []
    const { host } = createBench(
      ({ request }) => {
        seen.push(request.path)
        return answer('ok')
      },
      { maxInstancesPerFunction: 1 },
    )
    const options = {
      timeoutMs: 1000,
      signal: new AbortController().signal,
      onLog: () => undefined,
    }
    const paths = ['/1', '/2', '/3', '/4']
    await Promise.all(
      paths.map((path) =>
        host.invoke(target(), { method: 'GET', path, headers: {}, body: null }, options),
      ),
    )
    expect(seen).toEqual(paths)
  })

  test('says how long a call waited and how long its instance took to start', async () => {
    const { behaviour, open } = gate()
    const clock = createManualClock()
    const runner = createFakeRunner({
      behaviours: { default: behaviour },
      onStart: () => clock.advance(300),
    })
    const host = createFunctionHost({ runner, clock }, { maxInstancesPerFunction: 1 })
    hosts.push(host)
    const options = {
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onLog: () => undefined,
    }
    const request = { method: 'GET', path: '/', headers: {}, body: null }
    const calls = [host.invoke(target(), request, options), host.invoke(target(), request, options)]
    await turn()
    clock.advance(70)
    open()
    await turn()
    open()
    const [first, second] = await Promise.all(calls)
    expect(first).toMatchObject({ coldStart: true, coldStartMs: 300, queueMs: 0 })
    expect(second).toMatchObject({ coldStart: false, coldStartMs: 0, queueMs: 370 })
  })

  test('serves a thousand calls at a time with two instances', async () => {
    const { runner, invoke } = createBench(echo, { maxQueuedPerFunction: 1000 })
    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => invoke()))
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
    expect(runner.mostOpen).toBe(2)
  })

  test.each([
    { maxInstances: 0 },
    { maxInstancesPerFunction: Number.NaN },
    { idleMs: -1 },
    { maxQueued: -1 },
  ])('refuses the options %j', (options) => {
    expect(() => createBench(echo, options)).toThrow(TypeError)
  })
})

describe('deadlines', () => {
  test('ends a call at its timeout', async () => {
    const { clock, invoke } = createBench(hang)
    const call = invoke()
    await turn()
    clock.advance(1000)
    expect(await call).toMatchObject({
      ok: false,
      code: 'TIMEOUT',
      message: 'the function ran longer than its timeout of 1 s',
    })
  })

  test('leaves an instance behind that does not listen, and ends it', async () => {
    const { clock, runner, invoke } = createBench(hangForever, { graceMs: 200 })
    const call = invoke()
    await turn()
    clock.advance(1199)
    await turn()
    expect(runner.open).toBe(1)
    clock.advance(1)
    expect(await call).toMatchObject({ ok: false, code: 'TIMEOUT', durationMs: 1200 })
    await turn()
    expect(runner.open).toBe(0)
  })

  test('ends a call whose caller goes away', async () => {
    const { invoke } = createBench(hang)
    const caller = new AbortController()
    const call = invoke({}, caller.signal)
    await turn()
    caller.abort()
    expect(await call).toMatchObject({ ok: false, code: 'CANCELLED' })
  })

  test('takes a call out of the queue whose caller goes away', async () => {
    const { host, invoke } = createBench(hang, { maxInstancesPerFunction: 1 })
    void invoke()
    const caller = new AbortController()
    const waiting = invoke({}, caller.signal)
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(host.stats().queued).toBe(0)
    await expect(invoke({}, caller.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('passes on no line that comes after the end', async () => {
    const lines: string[] = []
    let late: () => void = () => undefined
    const runner = createFakeRunner({
      behaviours: {
        default: ({ print }) => {
          print('in time')
          late = () => print('late')
          return answer('ok')
        },
      },
    })
    const host = createFunctionHost({ runner, clock: createSystemClock() })
    hosts.push(host)
    const options = {
      timeoutMs: 1000,
      signal: new AbortController().signal,
      onLog: (line: { text: string }) => void lines.push(line.text),
    }
    await host.invoke(target(), { method: 'GET', path: '/', headers: {}, body: null }, options)
    late()
    expect(lines).toEqual(['in time'])
  })

  test('fails a call whose instance does not start in time, and ends the one that comes late', async () => {
    let release: () => void = () => undefined
    const { clock, runner, invoke } = createBench(
      { onStart: () => new Promise<void>((resolve) => (release = resolve)) },
      { startTimeoutMs: 3000 },
    )
    const call = invoke()
    await turn()
    clock.advance(3000)
    expect(await call).toMatchObject({
      ok: false,
      code: 'CRASHED',
      message: 'no instance started within 3 s',
    })
    release()
    await turn()
    expect(runner.open).toBe(0)
  })

  test('fails a call whose instance cannot start, and tries again for the next', async () => {
    let failing = true
    const { invoke } = createBench({
      onStart: () => {
        if (failing) throw new Error('no memory')
      },
    })
    expect(await invoke()).toMatchObject({ ok: false, code: 'CRASHED', message: 'no memory' })
    failing = false
    expect(await invoke()).toMatchObject({ ok: true })
  })
})

describe('revisions', () => {
  test('starts a new instance for a new revision and ends the old one', async () => {
    const { runner, invoke } = createBench()
    await invoke()
    await invoke({ revision: 'r2' })
    await turn()
    expect(runner.started.map((spec) => spec.revision)).toEqual(['r1', 'r2'])
    expect(runner.open).toBe(1)
  })

  test('lets a running call finish on its old revision while the new one already serves', async () => {
    const { behaviour, open } = gate()
    const { runner, invoke } = createBench(behaviour, { maxInstancesPerFunction: 1 })
    const old = invoke()
    await turn()
    const fresh = invoke({ revision: 'r2' })
    await turn()
    expect(runner.open).toBe(2)
    open()
    expect(await old).toMatchObject({ ok: true })
    await turn()
    expect(runner.open).toBe(1)
    open()
    expect(await fresh).toMatchObject({ ok: true })
  })

  test('drains: running calls finish, the next starts afresh', async () => {
    const { runner, host, invoke } = createBench()
    await invoke()
    host.drain('fn-1')
    await turn()
    expect(runner.open).toBe(0)
    expect(await invoke()).toMatchObject({ ok: true, coldStart: true })
  })

  test('retires: running calls end, waiting ones are refused', async () => {
    const { runner, host, invoke } = createBench(hang, { maxInstancesPerFunction: 1 })
    const running = invoke()
    const waiting = invoke()
    await turn()
    const refused = expect(waiting).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await host.retire('fn-1')
    await refused
    expect(await running).toMatchObject({ ok: false, code: 'CANCELLED' })
    expect(runner.open).toBe(0)
  })
})

describe('close', () => {
  test('ends running and waiting calls and every instance', async () => {
    const { runner, host, invoke } = createBench(hang, { maxInstancesPerFunction: 1 })
    const calls = Promise.allSettled([invoke(), invoke()])
    await turn()
    await host.close()
    const [running, waiting] = await calls
    expect(running).toMatchObject({ status: 'fulfilled', value: { code: 'CANCELLED' } })
    expect(waiting).toMatchObject({ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } })
    expect(runner.open).toBe(0)
    await expect(invoke()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  test('does not wait for an instance that is still starting', async () => {
    const { host, invoke } = createBench({ onStart: () => new Promise<void>(() => undefined) })
    const call = invoke()
    await turn()
    await host.close()
    expect(await call).toMatchObject({ ok: false, code: 'CANCELLED' })
  })
})
