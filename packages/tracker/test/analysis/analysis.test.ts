import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert, AlertRule, AlertState, RollupRow, TrackerEvent } from '../../src/index.ts'
import {
  Alerts,
  AnomalyDetector,
  FlightRecorder,
  Tracker,
  alertmanagerNotifier,
  forecast,
  mergeSources,
  reduceAlert,
  sizingAdvice,
  timeToOom,
  webhookNotifier,
  workspacesOf,
} from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'
import { statsOf } from '../stats.ts'

const rule: AlertRule = { id: 'r', metric: 'cpu_percent', above: 80, clearBelow: 60, forMs: 30 }

describe('reduceAlert', () => {
  const play = (samples: readonly (readonly [number, number])[]) => {
    let state: AlertState = { phase: 'quiet' }
    return samples.map(([at, value]) => {
      const [next, change] = reduceAlert(state, rule, { at, value })
      state = next
      return change ?? state.phase
    })
  }

  it('fires after the duration, holds between the bounds, and resolves below the lower one', () => {
    expect(
      play([
        [0, 90],
        [20, 90],
        [30, 90],
        [40, 70],
        [50, 85],
        [60, 59],
        [70, 59],
      ]),
    ).toEqual(['pending', 'pending', 'firing', 'firing', 'firing', 'resolved', 'quiet'])
  })

  it('begins to wait anew after a dip, and after a clock that went back', () => {
    expect(
      play([
        [0, 90],
        [20, 80],
        [30, 90],
        [59, 90],
        [60, 90],
      ]),
    ).toEqual(['pending', 'quiet', 'pending', 'pending', 'firing'])
    expect(
      play([
        [1000, 90],
        [0, 90],
        [29, 90],
        [30, 90],
      ]),
    ).toEqual(['pending', 'pending', 'pending', 'firing'])
  })

  it('changes between firing and resolved only in turn, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(10_000), fc.oneof(fc.double(), fc.integer({ min: 50, max: 100 }))),
        ),
        (samples) => {
          const changes = play(samples).filter(
            (change) => change === 'resolved' || change === 'firing',
          )
          const transitions = changes.filter((change, i) => change !== changes[i - 1])
          expect(
            transitions.every((change, i) => change === (i % 2 === 0 ? 'firing' : 'resolved')),
          ).toBe(true)
        },
      ),
    )
  })
})

describe('Alerts', () => {
  const fire = (alerts: Alerts, at: number, value = 90) =>
    alerts.check(statsOf({ cpuPercent: value, timestamp: at }))

  it('posts to a webhook and to Alertmanager, and says when it is over', async () => {
    const bodies: { url: string; body: unknown }[] = []
    const server = createServer((request, response) => {
      let text = ''
      request
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => {
          bodies.push({ url: request.url ?? '', body: JSON.parse(text) })
          response.end()
        })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const alerts = new Alerts({
      rules: [rule],
      notifiers: [webhookNotifier(`${base}/hook`), alertmanagerNotifier(`${base}/`)],
    })
    fire(alerts, 1000)
    fire(alerts, 1030)
    expect(alerts.firing).toHaveLength(1)
    fire(alerts, 1040, 10)
    expect(alerts.firing).toHaveLength(0)
    while (bodies.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    server.close()
    expect(
      bodies.filter(({ url }) => url === '/hook').map(({ body }) => (body as Alert).status),
    ).toEqual(['firing', 'resolved'])
    const manager = bodies
      .filter(({ url }) => url === '/api/v2/alerts')
      .map(({ body }) => (body as object[])[0])
    expect(manager[0]).toEqual({
      labels: { alertname: 'r', workspace: 'w', severity: 'warning' },
      annotations: { summary: expect.any(String), container: 'c' },
      startsAt: new Date(1000).toISOString(),
    })
    expect(manager[1]).toMatchObject({ endsAt: new Date(1040).toISOString() })
  })

  it('retries a notifier that fails, then gives up and counts it, without holding up the other', async () => {
    const clock = new ManualClock()
    const told: string[] = []
    let tries = 0
    const broken = {
      name: 'broken',
      notify: async () => {
        tries += 1
        throw new Error('no')
      },
    }
    const alerts = new Alerts({
      rules: [{ ...rule, forMs: 0 }],
      notifiers: [broken, { name: 'good', notify: async (alert) => void told.push(alert.status) }],
      clock,
    })
    fire(alerts, 0)
    await clock.advance(0)
    expect(told).toEqual(['firing'])
    await clock.advance(8000)
    expect(tries).toBe(4)
    expect(alerts.dropped).toBe(1)
  })

  it('holds no more alerts than its bound for a notifier that never answers', () => {
    const alerts = new Alerts({
      rules: [{ ...rule, forMs: 0 }],
      notifiers: [{ name: 'stuck', notify: () => new Promise(() => {}) }],
      maxPending: 10,
    })
    for (let i = 0; i < 100; i += 1) fire(alerts, i, i % 2 === 0 ? 90 : 10)
    expect(alerts.dropped).toBe(89)
  })

  it('forgets a workspace', () => {
    const alerts = new Alerts({ rules: [{ ...rule, forMs: 0 }] })
    fire(alerts, 0)
    alerts.forget('w')
    expect(alerts.firing).toEqual([])
  })
})

describe('AnomalyDetector', () => {
  const noise = (seed: number) => {
    let state = seed
    return () => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
      return state / 2 ** 32
    }
  }
  const run = (value: (atMs: number, random: () => number) => number, days = 14) => {
    const detector = new AnomalyDetector({ alarmsPerDay: 0.5 })
    const random = noise(7)
    const alarms: number[] = []
    for (let at = 60_000; at < days * 86_400_000; at += 60_000)
      if (detector.observe(at, value(at, random)).anomalous) alarms.push(at / 86_400_000)
    return alarms
  }
  const daily = (atMs: number) => 50 + 30 * Math.sin((atMs / 86_400_000) * 2 * Math.PI)

  it('is quiet about noise and about what happens every day', () => {
    expect(run((_at, random) => 20 + random() * 5).length).toBeLessThanOrEqual(3)
    expect(run((at, random) => daily(at) + random() * 5).length).toBeLessThanOrEqual(3)
  })

  it('finds a value that is normal by itself but not at this time of day', () => {
    const alarms = run(
      (at, random) =>
        (at > 10.7 * 86_400_000 && at < 10.8 * 86_400_000 ? 80 : daily(at)) + random() * 5,
    )
    expect(alarms.some((day) => day > 10.7 && day < 10.8)).toBe(true)
  })

  it('settles near its budget on a bursty series that would alarm all day', () => {
    const alarms = run((_at, random) => (random() < 0.04 ? 100 * random() : random() * 10), 28)
    const lateDays = alarms.filter((day) => day > 14).length / 14
    expect(lateDays).toBeLessThanOrEqual(2)
  })
})

describe('forecast', () => {
  const series = Array.from(
    { length: 24 * 7 },
    (_, i) => 100 + i * 0.5 + 40 * Math.sin((i / 24) * 2 * Math.PI),
  )

  it('continues a daily pattern with a trend within three percent', () => {
    const predicted = forecast(series, { season: 24, horizon: 24 })
    const truth = Array.from(
      { length: 24 },
      (_, k) =>
        100 + (series.length + k) * 0.5 + 40 * Math.sin(((series.length + k) / 24) * 2 * Math.PI),
    )
    const mape =
      truth.reduce(
        (sum, value, k) => sum + Math.abs((predicted?.values[k] ?? 0) - value) / value,
        0,
      ) / 24
    expect(mape).toBeLessThan(0.03)
    expect(predicted?.mape).toBeLessThan(3)
  })

  it('predicts nothing from too little, and nothing below zero', () => {
    expect(forecast(series.slice(0, 47), { season: 24, horizon: 1 })).toBeUndefined()
    expect(forecast([1, Number.NaN, 2, 3], { season: 2, horizon: 1 })).toBeUndefined()
    const falling = Array.from({ length: 50 }, (_, i) => 50 - i)
    expect(Math.min(...(forecast(falling, { season: 5, horizon: 50 })?.values ?? [-1]))).toBe(0)
  })
})

describe('timeToOom', () => {
  const leak = Array.from({ length: 60 }, (_, i) => ({ atMs: i * 10_000, value: 1e6 + i * 10_000 }))

  it('divides what is left by how fast it grows', () => {
    expect(timeToOom(leak, 2e6)).toMatchObject({
      seconds: expect.closeTo(410, 0),
      bytesPerSecond: expect.closeTo(1000, 3),
      confidence: expect.closeTo(1, 1),
    })
  })

  it('is unsure when the growth is mostly noise, surer when the kernel reports stalls', () => {
    const noisy = leak.map(({ atMs, value }, i) => ({ atMs, value: value + (i % 2) * 3e6 }))
    const unsure = timeToOom(noisy, 1e7)?.confidence ?? 1
    expect(unsure).toBeLessThan(0.6)
    expect(
      timeToOom(noisy, 1e7, { cpuSome: 0, memorySome: 0, memoryFull: 80, ioSome: 0 })?.confidence,
    ).toBeGreaterThan(unsure)
  })

  it('predicts nothing without growth, limit or points', () => {
    expect(
      timeToOom(
        leak.map(({ atMs }) => ({ atMs, value: 5 })),
        2e6,
      ),
    ).toBeUndefined()
    expect(timeToOom(leak, 0)).toBeUndefined()
    expect(timeToOom(leak.slice(0, 2), 2e6)).toBeUndefined()
  })
})

describe('sizingAdvice', () => {
  const row = (p99: number, max: number, startMs = 0): RollupRow => ({
    workspaceId: 'w',
    metric: 'cpu',
    resolution: '1h',
    startMs,
    count: 1,
    min: 0,
    mean: 0,
    max,
    p95: 0,
    p99,
  })

  it('recommends p99 plus 15 % and the highest memory plus 20 %, with its evidence', () => {
    const advice = sizingAdvice({
      cpu: [row(100, 0), row(50, 0)],
      memory: [row(0, 100), row(0, 90, 3_600_000)],
      memoryLimitBytes: 1000,
    })
    expect(advice).toMatchObject({
      cpuCores: expect.closeTo(1.15),
      memoryBytes: 120,
      action: 'shrink',
      evidence: { periods: 2, spanMs: 7_200_000, cpuP99Percent: 100, memoryMaxBytes: 100 },
    })
  })

  it.each([
    [{ oomKills: 1 }, 'grow'],
    [{ throttledPercent: 50 }, 'grow'],
    [{}, 'keep'],
  ] as const)('given %j says %s', (more, action) => {
    const advice = sizingAdvice({
      cpu: [row(10, 0)],
      memory: [row(0, 75)],
      memoryLimitBytes: 100,
      ...more,
    })
    expect(advice?.action).toBe(action)
    if ('oomKills' in more) expect(advice?.memoryBytes).toBe(150)
  })

  it('has no advice without evidence', () =>
    expect(sizingAdvice({ cpu: [], memory: [], memoryLimitBytes: 1 })).toBeUndefined())
})

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
    const tracker = new Tracker(workspacesOf(source), source)
    const recorder = new FlightRecorder()
    recorder.attach(tracker)
    await tracker.start()
    source.event('w', 'die', { at: Date.now(), exitCode: 9 })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(recorder.records).toMatchObject([{ workspaceId: 'w', exitCode: 9, cause: 'crashed' }])
    await tracker.stop()
  })
})

describe('mergeSources', () => {
  it('tracks two hosts as one, and keeps what a silent host last said', async () => {
    const [a, b] = [new FakeSource(), new FakeSource()]
    a.put('web', 'running')
    b.put('web', 'exited')
    const source = mergeSources([
      { host: 'a', source: a },
      { host: 'b', source: b },
    ])
    const clock = new ManualClock()
    const tracker = new Tracker(workspacesOf(source), source, { clock })
    await tracker.start()
    expect([...tracker.getAllWorkspaceStates()].map(([id, { status }]) => [id, status])).toEqual([
      ['a/web', 'active'],
      ['b/web', 'inactive'],
    ])
    b.event('web', 'start', { at: clock.now() })
    await clock.advance(1)
    expect(tracker.getWorkspaceState('b/web')?.status).toBe('active')
    b.failure = new Error('gone')
    a.put('web', 'exited')
    await clock.advance(31_000)
    expect(tracker.getWorkspaceState('a/web')?.status).toBe('inactive')
    expect(tracker.getWorkspaceState('b/web')).toBeDefined()
    await tracker.stop()
  })

  it.each([[['a', 'a']], [['']], [['x/y']]])('refuses the host names %j', (names) => {
    expect(() => mergeSources(names.map((host) => ({ host, source: new FakeSource() })))).toThrow(
      TypeError,
    )
  })
})
