import { describe, expect, it, onTestFinished } from 'vitest'
import type { FlightRecorderOptions, StateStore, TrackerEvent } from '../../src/index.ts'
import { FlightRecorder, Tracker, TrackerError, workspacesOf } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'
import { statsOf } from '../stats.ts'

describe('FlightRecorder', () => {
  const died = (
    context: Record<string, string | number | boolean>,
    timestamp = 700_000,
  ): TrackerEvent => ({
    type: 'error',
    seq: 1,
    id: 'e',
    workspaceId: 'w',
    timestamp,
    message: '',
    data: {
      error: 'x',
      code: 'CONTAINER',
      retryCount: 0,
      occurredAt: timestamp,
      context: { container_id: 'c', ...context },
    },
  })

  it('keeps the last ten minutes of what died', () => {
    const recorder = new FlightRecorder({ maxSamples: 1000 })
    for (let at = 0; at <= 700_000; at += 10_000) recorder.sample(statsOf({ timestamp: at }))
    recorder.event(died({ exit_code: 1 }))
    expect(recorder.records[0]?.samples.map(({ timestamp }) => timestamp).at(0)).toBe(100_000)
    expect(recorder.records[0]?.samples).toHaveLength(61)
  })

  it.each([
    [[died({ oom: true }), died({ exit_code: 137 })], 10, 'out_of_memory'],
    [[died({ exit_code: 137 })], 99, 'out_of_memory_likely'],
    [[died({ exit_code: 137 })], 10, 'killed'],
    [[died({ exit_code: 139 })], 10, 'killed'],
    [[died({ exit_code: 3 })], 10, 'crashed'],
  ] as const)('says why (%#)', (...[events, memoryPercent, cause]) => {
    const recorder = new FlightRecorder()
    recorder.sample(statsOf({ memoryPercent, timestamp: 690_000 }))
    for (const event of events) recorder.event(event)
    expect(recorder.records).toMatchObject([
      { cause, why: expect.stringContaining(`${memoryPercent} %`) },
    ])
  })

  it('keeps a bounded number of records, samples and events', () => {
    const recorder = new FlightRecorder({ maxRecords: 3, maxSamples: 5 })
    for (let life = 0; life < 10; life += 1) {
      for (let i = 0; i < 100; i += 1) {
        recorder.sample(statsOf({ timestamp: i }))
        recorder.event({ ...died({}), timestamp: i })
      }
      recorder.event(died({ exit_code: life + 1 }, 100))
    }
    expect(
      recorder.records.map(({ exitCode, samples, events }) => [
        exitCode,
        samples.length,
        events.length,
      ]),
    ).toEqual([
      [8, 5, 64],
      [9, 5, 64],
      [10, 5, 64],
    ])
  })

  it('records a crash that a tracker saw', async () => {
    const source = new FakeSource()
    source.put('w', 'running')
    const clock = new ManualClock()
    const tracker = new Tracker(workspacesOf(source), source, { clock })
    const recorder = new FlightRecorder()
    recorder.attach(tracker)
    await tracker.start()
    source.event('w', 'die', { at: clock.now(), exitCode: 9 })
    await clock.advance(1000)
    expect(recorder.records).toMatchObject([{ workspaceId: 'w', exitCode: 9, cause: 'crashed' }])
    await tracker.stop()
  })
})

describe('a recorder while the engine is away', () => {
  const setUp = async (options: FlightRecorderOptions = {}) => {
    const source = new FakeSource()
    const clock = new ManualClock()
    source.put('w', 'running')
    const tracker = new Tracker(workspacesOf(source), source, { clock, syncIntervalMs: 1000 })
    const recorder = new FlightRecorder({ clock, ...options })
    recorder.attach(tracker)
    await tracker.start()
    onTestFinished(() => tracker.stop())
    recorder.sample(statsOf({ containerId: 'w', timestamp: clock.now(), memoryPercent: 30 }))
    const lose = async () => {
      const error = new TrackerError('CONNECTION', 'socket hang up')
      source.notice({ type: 'disconnected', error })
      source.failure = error
      await clock.advance(5000)
    }
    const find = async () => {
      source.failure = undefined
      source.notice({ type: 'connected' })
      await clock.advance(5000)
    }
    return { source, recorder, clock, lose, find }
  }

  it.each(['exited', 'gone'] as const)(
    'records a container that is found %s when it is back',
    async (how) => {
      const { source, recorder, lose, find } = await setUp()
      await lose()
      expect(recorder.records).toEqual([])
      if (how === 'exited') source.put('w', 'exited')
      else source.containers.delete('w')
      await find()
      expect(recorder.records).toMatchObject([
        {
          workspaceId: 'w',
          containerId: 'w',
          cause: 'engine_lost',
          exitCode: null,
          why: expect.stringMatching(/engine answered again.*hang up.*30 %/),
          samples: [{ memoryPercent: 30 }],
        },
      ])
    },
  )

  it('records a crash that the engine still tells of as what it was', async () => {
    const { source, recorder, clock, lose, find } = await setUp()
    await lose()
    source.failure = undefined
    source.put('w', 'exited')
    source.event('w', 'die', { at: clock.now(), exitCode: 3 })
    await find()
    expect(recorder.records).toMatchObject([{ cause: 'crashed', exitCode: 3 }])
  })

  it('records nothing of what runs on, nor of a stop after it', async () => {
    const { source, recorder, clock, lose, find } = await setUp()
    await lose()
    await find()
    source.event('w', 'kill', { at: clock.now() })
    source.event('w', 'die', { at: clock.now(), exitCode: 143 })
    source.put('w', 'exited')
    await clock.advance(5000)
    expect(recorder.records).toEqual([])
  })
})

const storing = () => {
  const saved = new Map<string, unknown>()
  const store: StateStore = {
    load: async (prefix) => new Map([...saved].filter(([key]) => key.startsWith(prefix))),
    save: async (changes) => {
      for (const [key, value] of changes)
        if (value === undefined) saved.delete(key)
        else saved.set(key, JSON.parse(JSON.stringify(value)))
    },
  }
  return { saved, store }
}

it('a recorder that starts from what another stored has the same evidence', async () => {
  const { saved, store } = storing()
  const first = new FlightRecorder({ store })
  await first.start()
  const pressure = { cpuSome: 1, memorySome: 2, memoryFull: 3, ioSome: 4 }
  const samples = Array.from({ length: 70 }, (_, i) =>
    statsOf({
      timestamp: 1_000_000 + i * 1000,
      cpuPercent: i + 0.125,
      networkRxBytes: 2e9 + i,
      networkRxMB: (2e9 + i) / 1e6,
      pressure,
      oomKills: i % 2 === 0 ? null : i,
      uptime: '1h2m3s',
    }),
  )
  for (const stats of samples) first.sample(stats)
  await first.stop()
  const bytes = JSON.stringify([...saved]).length
  expect(bytes).toBeLessThan(20_000)
  const second = new FlightRecorder({ store })
  await second.start()
  const timestamp = 1_100_000
  const data = {
    containerId: 'c',
    oldState: '',
    newState: 'exited',
    updatedAt: timestamp,
    metrics: null,
  } as const
  second.event({
    type: 'container_update',
    seq: 1,
    id: 'e',
    workspaceId: 'w',
    timestamp,
    message: '',
    data,
  })
  expect(second.records[0]?.samples).toEqual(samples.slice(-60))
  await second.stop()
  expect([...saved.keys()].filter((key) => key.includes('tape/')).length).toBeLessThan(3)
})

describe('the bounds of a recorder', () => {
  it('hold in the store for what a recorder with larger ones left there', async () => {
    const { saved, store } = storing()
    for (const maxSamples of [60, 10]) {
      const recorder = new FlightRecorder({ store, maxSamples })
      await recorder.start()
      for (let i = 0; i < 100; i += 1) recorder.sample(statsOf({ timestamp: 1000 + i }))
      await recorder.stop()
      expect(saved.size).toBe(maxSamples)
    }
  })

  it('hold for the number of workspaces: the one not heard of for the longest time makes room', () => {
    const recorder = new FlightRecorder({ maxWorkspaces: 2 })
    for (const workspaceId of ['a', 'b', 'a', 'c'])
      recorder.sample(statsOf({ workspaceId, timestamp: 1 }))
    const died = (workspaceId: string): TrackerEvent => ({
      type: 'error',
      seq: 1,
      id: 'e',
      workspaceId,
      timestamp: 2,
      message: '',
      data: {
        error: 'x',
        code: 'CONTAINER',
        retryCount: 0,
        occurredAt: 2,
        context: { container_id: 'c', exit_code: 1 },
      },
    })
    for (const workspaceId of ['a', 'b', 'c']) recorder.event(died(workspaceId))
    expect(
      recorder.records.map(({ workspaceId, samples }) => [workspaceId, samples.length]),
    ).toEqual([
      ['a', 2],
      ['b', 0],
      ['c', 1],
    ])
  })
})
