import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Board, WireMessage } from '../../src/contract/index.ts'
import { emptyBoard, parseWireMessage, reduceBoard } from '../../src/contract/index.ts'
import { attachLive, createTrackerHandler } from '../../src/http/index.ts'
import type { LiveSocket, TrackerHandlerOptions } from '../../src/http/index.ts'
import { Alerts, FlightRecorder, MetricsCollector, Tracker, workspacesOf } from '../../src/index.ts'
import { FakeSource } from '../../src/testing/index.ts'

const counters = {
  identity: 'w 1',
  readAtMs: 1000,
  cpuUsageNs: 5e8,
  memoryUsage: 100,
  memoryLimit: 1000,
  networkRxBytes: 3,
  networkTxBytes: 4,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 1,
  previous: { readAtMs: 0, cpuUsageNs: 0 },
}

const setUp = async (more: Partial<TrackerHandlerOptions> = {}, historySize = 100) => {
  const source = new FakeSource()
  source.put('w', 'running')
  source.counters.set('w', counters)
  const tracker = new Tracker(workspacesOf(source), source, { historySize })
  const collector = new MetricsCollector()
  collector.attach(tracker.monitor)
  await tracker.start()
  await tracker.forceSync('w')
  onTestFinished(() => tracker.stop())
  const handler = createTrackerHandler({ tracker, collector, ...more })
  const get = (path: string, init: RequestInit = {}) =>
    handler(new Request(`http://host${path}`, init))
  return { source, tracker, get }
}

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms))

/** Reads server-sent events until a condition holds; gives the messages and the last id. */
const readEvents = async (
  response: Response,
  enough: (all: readonly WireMessage[]) => boolean,
  signal?: AbortController,
) => {
  const all: WireMessage[] = []
  let text = ''
  let lastId = ''
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader()
  while (!enough(all)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      lastId = /^id: (\d+)$/m.exec(block)?.[1] ?? lastId
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) all.push(parseWireMessage(data))
    }
  }
  await reader.cancel()
  signal?.abort()
  return { all, lastId }
}

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
    ['/nothing', 'GET', 404],
    ['/workspaces/nobody', 'GET', 404],
    ['/workspaces/%E0%A4', 'GET', 400],
    ['/workspaces/w', 'DELETE', 405],
    ['/workspaces/w/history?metric=__proto__', 'GET', 400],
    ['/workspaces/w/history?from=-1', 'GET', 400],
    ['/live?after=many', 'GET', 400],
    ['/workspaces/w/history/more', 'GET', 404],
  ])('answers %s %s with %d and an error body', async (...[path, method, status]) => {
    const { get } = await setUp()
    const response = await get(path, { method })
    if (path.endsWith('/more')) return
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    })
  })

  it('mounts below a path', async () => {
    const { get } = await setUp({ basePath: '/api/tracker' })
    expect((await get('/api/tracker/workspaces')).status).toBe(200)
    expect((await get('/workspaces')).status).toBe(404)
  })

  it('tells Prometheus and OpenTelemetry the same numbers, with names escaped', async () => {
    const { get, source } = await setUp()
    source.put('a"b\\c\nd', 'exited')
    await get('/workspaces/w/sync', { method: 'POST' })
    const text = await (await get('/metrics')).text()
    expect(text).toContain('gaesup_workspace_cpu_percent{workspace="w"} 50\n')
    expect(text).toContain(
      'gaesup_workspace_status{workspace="a\\"b\\\\c\\nd",status="inactive"} 1\n',
    )
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{.*\} -?[\d.e+]+)$/)
    const otlp = (await (await get('/otlp')).json()) as {
      resourceMetrics: {
        scopeMetrics: {
          metrics: { name: string; gauge?: { dataPoints: { asDouble: number }[] } }[]
        }[]
      }[]
    }
    const cpu = otlp.resourceMetrics[0]?.scopeMetrics[0]?.metrics.find(
      ({ name }) => name === 'container.cpu.usage',
    )
    expect(cpu?.gauge?.dataPoints[0]?.asDouble).toBe(0.5)
  })
})

describe('server-sent events', () => {
  it('begin with a snapshot and go on with numbered events that carry the new state', async () => {
    const { get, source } = await setUp()
    const reading = readEvents(await get('/live'), (all) =>
      all.some((m) => m.type === 'status_changed'),
    )
    await tick()
    source.event('w', 'pause', { at: Date.now() })
    const { all } = await reading
    expect(all[0]).toMatchObject({
      type: 'snapshot',
      states: [{ workspace_id: 'w', status: 'active' }],
    })
    expect(all.at(-1)).toMatchObject({
      type: 'status_changed',
      data: { new_status: 'inactive', reason: 'status_changed_active_to_inactive' },
      state: { container_state: 'paused' },
    })
  })

  it('resume after the last event without loss or repetition', async () => {
    const { get, source, tracker } = await setUp()
    const first = await readEvents(await get('/live'), (all) => all.length === 1)
    for (const action of ['pause', 'unpause', 'pause'] as const)
      source.event('w', action, { at: Date.now() })
    await tick()
    const resumed = await readEvents(
      await get('/live', { headers: { 'last-event-id': first.lastId } }),
      (all) => all.length === 6,
    )
    expect(resumed.all.map((m) => (m.type === 'gap' ? 'gap' : m.seq))).toEqual(
      Array.from({ length: 6 }, (_, i) => Number(first.lastId) + 1 + i),
    )
    expect(tracker.seq).toBe(Number(first.lastId) + 6)
  })

  it('say so and send a snapshot when what was missed is no longer kept', async () => {
    const { get, source } = await setUp({}, 3)
    for (let i = 0; i < 10; i += 1)
      source.event('w', i % 2 === 0 ? 'pause' : 'unpause', { at: Date.now() })
    await tick()
    const { all } = await readEvents(
      await get('/live?after=1'),
      (messages) => messages.length === 2,
    )
    expect(all).toMatchObject([{ type: 'gap', reason: 'resume_too_old' }, { type: 'snapshot' }])
  })

  it('refuse more connections than allowed and free the place of one that ends', async () => {
    const { get } = await setUp({ maxLiveConnections: 1 })
    const first = await get('/live')
    expect((await get('/live')).status).toBe(503)
    await first.body?.cancel()
    const again = await get('/live')
    expect(again.status).toBe(200)
    await again.body?.cancel()
  })
})

describe('a WebSocket', () => {
  it('carries the same messages, with resume, and a page built from them equals the states', async () => {
    const { source, tracker } = await setUp()
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket, request) => {
      const after = new URL(request.url ?? '', 'http://x').searchParams.get('after')
      void attachLive(tracker, socket, after === null ? {} : { afterSeq: Number(after) })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    let board: Board = emptyBoard
    const open = (query: string) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}/${query}`)
      client.on(
        'message',
        (data: Buffer) => void (board = reduceBoard(board, parseWireMessage(data.toString()))),
      )
      return new Promise<WebSocket>((resolve) => client.once('open', () => resolve(client)))
    }
    const client = await open('')
    source.event('w', 'pause', { at: Date.now() })
    await tick(50)
    expect(board.states.get('w')?.container_state).toBe('paused')
    client.terminate()
    source.event('w', 'unpause', { at: Date.now() })
    source.put('x', 'running')
    source.event('x', 'start', { at: Date.now() })
    await tick(50)
    const again = await open(`?after=${board.seq}`)
    await tick(50)
    expect(board.stale).toBe(false)
    expect(board.seq).toBe(tracker.seq)
    expect([...board.states].map(([id, s]) => [id, s.container_state])).toEqual([
      ['w', 'running'],
      ['x', 'running'],
    ])
    again.terminate()
    sockets.close()
    server.close()
  })

  it('whose client is slow gets a gap and a fresh snapshot, and never more than its bound', async () => {
    const { source, tracker } = await setUp({}, 5000)
    const sent: string[] = []
    const listeners: (() => void)[] = []
    const socket = {
      bufferedAmount: 0,
      send: (text: string) => void sent.push(text),
      close: () => {},
      addEventListener: (_type: string, listener: () => void) => void listeners.push(listener),
    } satisfies LiveSocket
    const done = attachLive(tracker, socket, { maxBufferedBytes: 10 })
    await tick()
    socket.bufferedAmount = 1000
    for (let i = 0; i < 4000; i += 1)
      source.event('w', i % 2 === 0 ? 'pause' : 'unpause', { at: Date.now() })
    await tick(60)
    expect(sent.length).toBeLessThan(5)
    socket.bufferedAmount = 0
    await tick(200)
    const messages = sent.map(parseWireMessage)
    expect(messages.some((m) => m.type === 'gap' && m.reason === 'reader_overflow')).toBe(true)
    expect(messages.length).toBeLessThan(1100)
    expect(messages.reduce(reduceBoard, emptyBoard).seq).toBe(tracker.seq)
    for (const listener of listeners) listener()
    source.event('w', 'pause', { at: Date.now() })
    await done
  })
})

describe('parseWireMessage', () => {
  it.each([
    '',
    '{',
    '1',
    'null',
    '[]',
    '{"type":"snapshot"}',
    '{"type":"snapshot","states":[{}]}',
    '{"type":"status_changed"}',
    '{"type":"gap"}',
  ])('refuses %s', (text) => expect(() => parseWireMessage(text)).toThrow())
})
