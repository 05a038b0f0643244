import { describe, expect, it } from 'vitest'
import type { WireInsights } from '../../src/contract/index.ts'
import type { ContainerStats } from '../../src/index.ts'
import { Alerts, Anomalies, FlightRecorder, MetricsCollector } from '../../src/index.ts'
import { createTrackerHandler } from '../../src/http/index.ts'
import { statsOf } from '../stats.ts'
import { memoryStore, setUp, tick } from './set-up.ts'

describe('the dashboard API', () => {
  it('shows states in the field names of the seed, times as RFC 3339', async () => {
    const { get } = await setUp()
    const body = await (await get('/workspaces/w')).json()
    expect(Object.keys(body as object).toSorted()).toEqual([
      'container_id',
      'container_state',
      'last_error',
      'last_sync_attempt',
      'last_updated',
      'metrics',
      'name',
      'status',
      'sync_attempts',
      'workspace_id',
    ])
    expect(body).toMatchObject({
      workspace_id: 'w',
      status: 'active',
      metrics: {
        cpu_percent: 50,
        memory_usage: 100,
        network_rx_mb: 0.000003,
        error_count: 0,
        last_error_time: null,
      },
    })
    expect(new Date((body as { last_updated: string }).last_updated).getTime()).toBeGreaterThan(0)
    expect(await (await get('/workspaces')).json()).toMatchObject({
      workspaces: [{ workspace_id: 'w' }],
    })
  })

  it('shows measurements, sums, statistics and history', async () => {
    const { get } = await setUp()
    expect(await (await get('/workspaces/w/stats')).json()).toMatchObject({
      memory_percent: 10,
      pids_count: 1,
    })
    expect(await (await get('/summary')).json()).toMatchObject({
      total_workspaces: 1,
      total_cpu_usage: 50,
      system_stats: null,
    })
    expect(await (await get('/stats')).json()).toMatchObject({
      tracker: { total_workspaces: 1, sync_interval: 30_000 },
      monitor: { active_monitors: 1, cache_stats: { cache_expiry: 30_000 } },
    })
    expect(
      await (await get('/workspaces/w/history?metric=memory&resolution=10s')).json(),
    ).toMatchObject({ metric: 'memory', rows: [{ mean: expect.closeTo(100, 0) }] })
  })

  it('shows advice, firing alerts and flight records', async () => {
    const alerts = new Alerts({ rules: [{ id: 'busy', metric: 'cpu_percent', above: 40 }] })
    const recorder = new FlightRecorder()
    const { get, tracker, source } = await setUp({ alerts, recorder })
    alerts.attach(tracker.monitor)
    recorder.attach(tracker)
    await tracker.forceSync('w')
    expect(await (await get('/alerts')).json()).toMatchObject({
      firing: [{ rule_id: 'busy', workspace_id: 'w', started_at: expect.stringMatching(/Z$/) }],
    })
    expect(await (await get('/workspaces/w/insights')).json()).toMatchObject({
      advice: { action: 'shrink', evidence: { memory_max_bytes: expect.closeTo(100, 0) } },
      time_to_oom: null,
    })
    source.event('w', 'die', { at: Date.now(), exitCode: 4 })
    source.event('w', 'start', { at: Date.now() })
    await tick()
    expect(await (await get('/flights?workspace=w')).json()).toMatchObject({
      records: [{ cause: 'crashed', exit_code: 4 }],
    })
    expect(await (await get('/flights?workspace=x')).json()).toEqual({ records: [] })
  })

  it('lists again on demand', async () => {
    const { get, source } = await setUp()
    source.put('w', 'paused')
    expect(await (await get('/workspaces/w/sync', { method: 'POST' })).json()).toMatchObject({
      container_state: 'paused',
    })
  })

  it.each([
    ['/nothing', 'GET', 404, 'NOT_FOUND'],
    ['/', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/nobody', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/nobody/history', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/__proto__', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/..%2F..%2Fetc%2Fpasswd', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/w/..%2fstats', 'GET', 404, 'NOT_FOUND'],
    ['/../../etc/passwd', 'GET', 404, 'NOT_FOUND'],
    ['/%2e%2e/%2e%2e/etc/passwd', 'GET', 404, 'NOT_FOUND'],
    ['//workspaces', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/w/history/more', 'GET', 404, 'NOT_FOUND'],
    ['/summary/more', 'GET', 404, 'NOT_FOUND'],
    ['/workspaces/%E0%A4', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w', 'DELETE', 405, 'METHOD'],
    ['/workspaces/w/sync', 'GET', 405, 'METHOD'],
    ['/workspaces/w/history?metric=__proto__', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?metric=', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?resolution=1y', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?from=-1', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?from=1e9', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?to=99999999999999999999', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?limit=0', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/history?limit=10001', 'GET', 400, 'BAD_REQUEST'],
    ['/workspaces/w/insights?horizon=169', 'GET', 400, 'BAD_REQUEST'],
    ['/live?after=many', 'GET', 400, 'BAD_REQUEST'],
    ['/live?after=0123456789abcdef.1', 'GET', 400, 'BAD_REQUEST'],
    [`/workspaces?q=${'x'.repeat(5000)}`, 'GET', 414, 'BAD_REQUEST'],
    ['/alerts', 'GET', 404, 'NOT_FOUND'],
    ['/anomalies', 'GET', 404, 'NOT_FOUND'],
    ['/flights', 'GET', 404, 'NOT_FOUND'],
  ])('answers %s %s with %d and the code %s', async (...[path, method, status, code]) => {
    const { get } = await setUp()
    const response = await get(path, { method })
    expect(response.status).toBe(status)
    const body = (await response.json()) as { error: { code: string; message: string } }
    expect(body.error.code).toBe(code)
    expect(body.error.message.length).toBeLessThan(200)
    if (status === 405) expect(response.headers.get('allow')).toMatch(/^(GET|POST)$/)
  })

  it('keeps what went wrong inside to itself and logs it', async () => {
    const logged: unknown[] = []
    const logger = { info: () => {}, error: (_: string, error: unknown) => void logged.push(error) }
    const { source, tracker } = await setUp()
    Object.assign(source, { system: () => Promise.reject(new Error('password=1234')) })
    const handler = createTrackerHandler({ tracker, logger })
    const response = await handler(new Request('http://host/summary'))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('1234')
    expect(String(logged[0])).toContain('1234')
  })

  it('mounts below a path', async () => {
    const { get } = await setUp({ basePath: '/api/tracker' })
    expect((await get('/api/tracker/workspaces')).status).toBe(200)
    expect((await get('/workspaces')).status).toBe(404)
    expect((await get('/api/trackerworkspaces')).status).toBe(404)
  })

  it.each(['api', '/api/', '/', '/a//b', '/a?b'])(
    'refuses to be mounted at "%s"',
    async (basePath) => {
      await expect(setUp({ basePath })).rejects.toThrow(TypeError)
    },
  )

  it('shows anomalies, what was given up, and the holes in the events of the engine', async () => {
    const anomalies = new Anomalies({ metrics: ['cpu'] })
    const { get, source } = await setUp({ anomalies })
    for (let i = 0; i < 400; i += 1)
      anomalies.record(statsOf({ timestamp: 1 + i * 1000, cpuPercent: i < 390 ? 10 : 500 }))
    expect(await (await get('/anomalies?workspace=w')).json()).toMatchObject({
      anomalies: [
        {
          workspace_id: 'w',
          metric: 'cpu',
          value: 500,
          usual: expect.closeTo(10, 0),
          at: expect.stringMatching(/Z$/),
        },
      ],
    })
    expect(await (await get('/anomalies?workspace=x')).json()).toEqual({ anomalies: [] })
    expect(await (await get('/gaps')).json()).toEqual({ total: 0, gaps: [] })
    source.notice({ type: 'gap', reason: 'buffer_overflow' })
    await tick()
    expect(await (await get('/gaps')).json()).toMatchObject({
      total: 1,
      gaps: [{ type: 'gap', reason: 'buffer_overflow' }],
    })
  })

  it('gives the newest rows when there are more than the limit, and says so', async () => {
    const { get, collector } = await setUp()
    const from = Math.ceil(Date.now() / 10_000) * 10_000
    for (let i = 0; i < 5; i += 1)
      collector.record(statsOf({ timestamp: from + i * 10_000, cpuPercent: i }))
    const path = `/workspaces/w/history?resolution=10s&from=${from}`
    expect(await (await get(`${path}&limit=2`)).json()).toMatchObject({
      truncated: true,
      rows: [{ mean: expect.closeTo(3) }, { mean: expect.closeTo(4) }],
    })
    expect(await (await get(path)).json()).toMatchObject({ truncated: false })
  })
})

describe('insights', () => {
  const hour = 3_600_000
  const now = 1_700_000_000_000 - (1_700_000_000_000 % hour)
  const past = (hours: number, skip: (i: number) => boolean = () => false): ContainerStats[] =>
    Array.from({ length: hours }, (_, i) => i)
      .filter((i) => !skip(i))
      .map((i) =>
        statsOf({
          timestamp: now - (hours - i) * hour,
          memoryUsage: 1000 + 500 * Math.sin((i / 24) * 2 * Math.PI),
          cpuPercent: 50,
        }),
      )
  const ask = async (stats: readonly ContainerStats[], query = '') => {
    const collector = new MetricsCollector({ store: memoryStore() })
    for (const one of stats) collector.record(one)
    const clock = { now: () => now, monotonic: () => 0, schedule: () => () => {} }
    const { get } = await setUp({ collector, clock })
    return (await (await get(`/workspaces/w/insights${query}`)).json()) as WireInsights
  }

  it('continue a daily pattern, with the hour it begins at, and advise from what is expected', async () => {
    const { forecasts, advice } = await ask(past(96), '?horizon=12')
    expect(forecasts.memory?.start).toBe(new Date(now).toISOString())
    expect(forecasts.memory?.values).toHaveLength(12)
    expect(forecasts.memory?.values[6]).toBeCloseTo(1500, -2)
    expect(forecasts.cpu?.values[0]).toBeCloseTo(50, 0)
    expect(advice?.evidence['memory_forecast_bytes']).toBeGreaterThan(1400)
    expect(advice?.evidence['span_ms']).toBe(96 * hour)
  })

  it('bridge a hole of three hours, and forecast nothing over a longer one', async () => {
    const bridged = await ask(past(96, (i) => i >= 60 && i < 63))
    expect(bridged.forecasts.memory?.values[6]).toBeCloseTo(1500, -2)
    const broken = await ask(past(96, (i) => i >= 60 && i < 64))
    expect(broken.forecasts.memory).toBeNull()
  })
})
