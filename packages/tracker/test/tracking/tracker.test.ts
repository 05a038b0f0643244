import { describe, expect, it } from 'vitest'
import { Tracker, TrackerError, workspacesOf } from '../../src/index.ts'
import type { TrackerMessage, WorkspaceState } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'

const measurable = {
  identity: 'w 1',
  readAtMs: 1000,
  cpuUsageNs: 0,
  memoryUsage: 1,
  memoryLimit: 2,
  networkRxBytes: 0,
  networkTxBytes: 0,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 1,
  previous: { readAtMs: 0, cpuUsageNs: 0 },
}

const setUp = async (options: { syncIntervalMs?: number } = {}) => {
  const source = new FakeSource()
  const clock = new ManualClock()
  source.put('w', 'running')
  source.counters.set('w', measurable)
  const tracker = new Tracker(workspacesOf(source), source, { clock, ...options })
  const messages: TrackerMessage[] = []
  tracker.on((message) => void messages.push(message))
  await tracker.start()
  const types = () => messages.map(({ type }) => type)
  return { source, clock, tracker, messages, types }
}

describe('Tracker', () => {
  it('has the defaults of the seed: 30 s between listings, three retries', async () => {
    const { clock, source, tracker } = await setUp()
    expect(tracker.getStats().syncIntervalMs).toBe(30_000)
    const calls = source.listCalls
    await clock.advance(29_000)
    expect(source.listCalls).toBe(calls)
    await clock.advance(1500)
    expect(source.listCalls).toBeGreaterThan(calls)
    await tracker.stop()
  })

  it('misses nothing while a slow event connection is made: it lists when events arrive', async () => {
    const source = new FakeSource()
    source.put('w', 'running')
    const connection = Promise.withResolvers<void>()
    const events = source.events.bind(source)
    source.events = async function* (signal) {
      await connection.promise
      yield* events(signal)
    }
    const tracker = new Tracker(workspacesOf(source), source, { clock: new ManualClock() })
    const started = tracker.start()
    await new Promise((resolve) => setImmediate(resolve))
    source.put('w', 'paused')
    connection.resolve()
    await started
    expect(tracker.getWorkspaceState('w')?.containerState).toBe('paused')
    await tracker.stop()
  })

  it('lists a source whose events stay silent after five seconds, and again when they speak', async () => {
    const source = new FakeSource()
    const clock = new ManualClock()
    source.put('w', 'running')
    const connection = Promise.withResolvers<void>()
    const events = source.events.bind(source)
    source.events = async function* (signal) {
      await connection.promise
      yield* events(signal)
    }
    const tracker = new Tracker(workspacesOf(source), source, { clock })
    const started = tracker.start()
    await clock.advance(4900)
    expect(source.listCalls).toBe(0)
    await clock.advance(200)
    await started
    source.put('w', 'paused')
    connection.resolve()
    await clock.advance(100)
    expect(tracker.getWorkspaceState('w')?.containerState).toBe('paused')
    await tracker.stop()
  })

  it('stops while it waits for the event connection, and lists nothing', async () => {
    const source = new FakeSource()
    const events = source.events.bind(source)
    source.events = async function* (signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      yield* events(signal)
    }
    const tracker = new Tracker(workspacesOf(source), source, { clock: new ManualClock() })
    const started = tracker.start()
    await tracker.stop()
    await expect(started).rejects.toThrow('the tracker was stopped')
    expect(source.listCalls).toBe(0)
  })

  it('gives the states of one and of all workspaces', async () => {
    const { tracker } = await setUp()
    expect(tracker.getWorkspaceState('w')).toMatchObject({ status: 'active', containerId: 'w' })
    expect(tracker.getWorkspaceState('nobody')).toBeUndefined()
    expect([...tracker.getAllWorkspaceStates().keys()]).toEqual(['w'])
    await tracker.stop()
  })

  it('calls listeners with the old and the new state, in order, and shields them from each other', async () => {
    const { source, clock, tracker } = await setUp()
    const seen: string[] = []
    tracker.onStateChange(() => {
      throw new Error('broken listener')
    })
    const off = tracker.onStateChange(
      (id, old, next) => void seen.push(`${id}: ${old.containerState} -> ${next.containerState}`),
    )
    source.event('w', 'pause', { at: clock.now() })
    source.event('w', 'unpause', { at: clock.now() })
    await clock.advance(1)
    expect(seen).toEqual(['w: running -> paused', 'w: paused -> running'])
    off()
    source.event('w', 'pause', { at: clock.now() })
    await clock.advance(1)
    expect(seen).toHaveLength(2)
    await tracker.stop()
  })

  it('keeps the truth when an event arrives while a listing is under way', async () => {
    const { source, clock, tracker } = await setUp()
    let release = (): void => {}
    source.listBarrier = new Promise((resolve) => {
      release = resolve
    })
    const syncing = tracker.forceSync('w')
    await clock.advance(1)
    source.put('w', 'exited')
    source.event('w', 'die', { at: clock.now(), exitCode: 0 })
    await clock.advance(1)
    release()
    source.listBarrier = undefined
    await syncing
    expect(tracker.getWorkspaceState('w')?.containerState).toBe('exited')
    await tracker.stop()
  })

  it('notices that events went missing, reports the gap and reconnects', async () => {
    const { source, clock, tracker, messages } = await setUp({ syncIntervalMs: 5000 })
    source.put('w', 'exited')
    await clock.advance(5100)
    expect(tracker.getWorkspaceState('w')?.status).toBe('inactive')
    await clock.advance(1100)
    expect(messages.filter((m) => m.type === 'gap').map((m) => m.reason)).toEqual(['missed'])
    expect(source.reconnects).toBe(1)
    await tracker.stop()
  })

  it('moves a container that was renamed to its new workspace, and lists at once to end the old', async () => {
    const { source, clock, tracker } = await setUp()
    const calls = source.listCalls
    source.containers.clear()
    source.put('w', 'running', 'renamed')
    source.event('w', 'rename', { at: clock.now(), workspaceId: 'renamed' })
    await clock.advance(50)
    expect([...tracker.getAllWorkspaceStates().keys()]).toEqual(['renamed'])
    expect(tracker.getWorkspaceState('renamed')).toMatchObject({ status: 'active' })
    expect(source.listCalls).toBeGreaterThan(calls)
    await tracker.stop()
  })

  it('does not take a late event for a lost one', async () => {
    const { source, clock, tracker, messages } = await setUp({ syncIntervalMs: 5000 })
    source.put('w', 'exited')
    await clock.advance(5100)
    source.event('w', 'die', { at: clock.now(), exitCode: 0 })
    await clock.advance(2000)
    expect(messages.some((m) => m.type === 'gap')).toBe(false)
    expect(source.reconnects).toBe(0)
    await tracker.stop()
  })

  it('lists at once after a gap of the source', async () => {
    const { source, clock, tracker } = await setUp()
    source.put('w', 'paused')
    source.notice({ type: 'gap', reason: 'buffer_overflow' })
    await clock.advance(50)
    expect(tracker.getWorkspaceState('w')?.containerState).toBe('paused')
    expect(tracker.getStats().gaps).toBe(1)
    await tracker.stop()
  })

  it('retries a failed listing, reports the outage and its end', async () => {
    const { source, clock, tracker, messages } = await setUp({ syncIntervalMs: 10_000 })
    await clock.advance(500)
    source.failure = new TrackerError('CONNECTION', 'engine gone')
    await clock.advance(9_600)
    const errors = () => messages.filter((m) => m.type === 'error' && m.workspaceId === '')
    expect(errors()).toHaveLength(1)
    expect(tracker.getWorkspaceState('w')).toMatchObject({
      syncAttempts: 1,
      status: 'active',
      lastError: 'engine gone',
    })
    await clock.advance(7500)
    // One error when the outage begins, one when the retries are used up; the next listing begins a new round.
    expect(errors().slice(0, 2)).toMatchObject([
      { data: { retryCount: 0 } },
      { data: { code: 'CONNECTION', retryCount: 3 } },
    ])
    source.failure = undefined
    await clock.advance(10_100)
    const recovery = messages.find((m) => m.type === 'recovery' && m.workspaceId === '')
    expect(recovery).toMatchObject({ data: { recoveryMethod: 'sync_succeeded' } })
    expect(tracker.getWorkspaceState('w')?.syncAttempts).toBe(0)
    await tracker.stop()
  })

  it('rejects start when the engine cannot be listed, and can be started again', async () => {
    const source = new FakeSource()
    source.failure = new TrackerError('PERMISSION', 'not for you')
    const tracker = new Tracker(workspacesOf(source), source, { maxRetries: 0 })
    await expect(tracker.start()).rejects.toMatchObject({
      name: 'TrackerError',
      code: 'PERMISSION',
    })
    source.failure = undefined
    await tracker.start()
    await expect(tracker.start()).rejects.toThrow(TypeError)
    await tracker.stop()
    await tracker.stop()
  })

  it('is not disturbed by a wall clock that jumps', async () => {
    const { source, clock, tracker } = await setUp({ syncIntervalMs: 5000 })
    clock.jumpWall(-86_400_000)
    source.put('w', 'paused')
    source.event('w', 'pause', { at: clock.now() })
    await clock.advance(5100)
    expect(tracker.getWorkspaceState('w')?.containerState).toBe('paused')
    clock.jumpWall(10 * 86_400_000)
    const calls = source.listCalls
    await clock.advance(4000)
    expect(source.listCalls - calls).toBeLessThanOrEqual(2)
    await clock.advance(1100)
    expect(source.listCalls).toBeGreaterThan(calls)
    await tracker.stop()
  })

  it('measures what runs, publishes how far it moved, and stops measuring what stopped', async () => {
    const { source, clock, tracker, messages } = await setUp({ syncIntervalMs: 1000 })
    for (let step = 0; step < 30; step += 1) {
      source.counters.set('w', {
        ...measurable,
        memoryUsage: 100,
        readAtMs: clock.monotonic(),
        cpuUsageNs: clock.monotonic() * 5e5,
      })
      await clock.advance(100)
    }
    const state = tracker.getWorkspaceState('w') as WorkspaceState
    expect(state.metrics?.cpuPercent).toBeCloseTo(50, 5)
    expect(
      messages.some((m) => m.type === 'metrics_update' && m.data.delta.memoryUsageDelta === 100),
    ).toBe(true)
    source.event('w', 'die', { at: clock.now(), exitCode: 0 })
    await clock.advance(1)
    expect(tracker.monitor.getActiveMonitors()).toEqual([])
    await tracker.stop()
  })

  it('turns a container that cannot be measured into one error, and the next measurement into a recovery', async () => {
    const { source, clock, tracker, messages } = await setUp({ syncIntervalMs: 1000 })
    source.counters.clear()
    await clock.advance(3000)
    expect(messages.filter((m) => m.type === 'error' && m.workspaceId === 'w')).toHaveLength(1)
    source.counters.set('w', measurable)
    await clock.advance(2000)
    expect(messages.find((m) => m.type === 'recovery' && m.workspaceId === 'w')).toMatchObject({
      data: { recoveryMethod: 'metrics_read' },
    })
    await tracker.stop()
  })

  it('never writes to the workspace service', async () => {
    const source = new FakeSource()
    source.put('w', 'running')
    const touched: PropertyKey[] = []
    const service = new Proxy(
      { listWorkspaces: async () => [{ id: 'w', name: 'w', status: 'archived' as const }] },
      {
        get: (target, key) => {
          touched.push(key)
          return Reflect.get(target, key) as unknown
        },
      },
    )
    const tracker = new Tracker(service, source)
    await tracker.start()
    source.event('w', 'die', { at: 1, exitCode: 0 })
    await tracker.forceSync('w')
    expect(tracker.getWorkspaceState('w')?.status).toBe('archived')
    await tracker.stop()
    expect(new Set(touched)).toEqual(new Set(['listWorkspaces', 'recordsOf']))
  })

  it.each([9, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses %d ms as a sync interval',
    (ms) => {
      const source = new FakeSource()
      expect(() => new Tracker(workspacesOf(source), source).setSyncInterval(ms)).toThrow(
        RangeError,
      )
    },
  )

  it.each([-1, 1.5, Number.NaN])('refuses %d retries', (count) => {
    const source = new FakeSource()
    expect(() => new Tracker(workspacesOf(source), source).setMaxRetries(count)).toThrow(RangeError)
  })

  it('refuses forceSync before start', async () => {
    const source = new FakeSource()
    await expect(new Tracker(workspacesOf(source), source).forceSync('w')).rejects.toMatchObject({
      code: 'STOPPED',
    })
  })
})
