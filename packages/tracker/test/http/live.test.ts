import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Board } from '../../src/contract/index.ts'
import { emptyBoard, parseWireMessage, reduceBoard, resumeAfter } from '../../src/contract/index.ts'
import { attachLive } from '../../src/http/index.ts'
import type { LiveSocket } from '../../src/http/index.ts'
import { eventually } from '../stats.ts'
import { readEvents, setUp, tick } from './set-up.ts'

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
      Array.from({ length: 6 }, (_, i) => first.lastSeq + 1 + i),
    )
    expect(tracker.seq).toBe(first.lastSeq + 6)
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

  it('send a comment while nothing happens', async () => {
    const { get } = await setUp({ heartbeatMs: 20 })
    const reader = (await get('/live')).body?.getReader()
    let text = ''
    while (!text.includes(': alive')) {
      const part = await reader?.read()
      if (part?.done !== false) break
      text += new TextDecoder().decode(part.value)
    }
    await reader?.cancel()
    expect(text).toMatch(/^retry: 1000\n\nid: [0-9a-f]{8}\.\d+\nevent: snapshot\n[^]*: alive\n\n/)
  })

  it('free their place when the tracker stops', async () => {
    const { get, tracker } = await setUp({ maxLiveConnections: 1 })
    const reading = (await get('/live')).text()
    await tick()
    await tracker.stop()
    expect(await reading).toContain('event: snapshot')
    expect((await get('/live')).status).toBe(200)
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
      void attachLive(tracker, socket, after === null ? {} : { after })
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
    await eventually('the pause came', () => board.states.get('w')?.container_state === 'paused')
    client.terminate()
    source.event('w', 'unpause', { at: Date.now() })
    source.put('x', 'running')
    source.event('x', 'start', { at: Date.now() })
    await eventually('both are known', () => tracker.getWorkspaceState('x') !== undefined)
    const again = await open(`?after=${resumeAfter(board)}`)
    await eventually('it caught up', () => board.seq === tracker.seq && !board.stale)
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
    const messages = () => sent.map(parseWireMessage)
    await eventually(
      'it caught up',
      () => messages().reduce(reduceBoard, emptyBoard).seq === tracker.seq,
    )
    expect(messages().some((m) => m.type === 'gap' && m.reason === 'reader_overflow')).toBe(true)
    expect(messages().length).toBeLessThan(1100)
    for (const listener of listeners) listener()
    source.event('w', 'pause', { at: Date.now() })
    await done
  })
})

describe('a WebSocket that hears nothing', () => {
  const fake = () => {
    const sent: string[] = []
    const closed: (number | 'terminated')[] = []
    const socket = {
      bufferedAmount: 0,
      send: (text: string) => void sent.push(text),
      close: (code?: number) => void closed.push(code ?? 0),
      terminate: () => void closed.push('terminated'),
      addEventListener: () => {},
    } satisfies LiveSocket
    return { sent, closed, socket }
  }

  it('gets heartbeats with the number of the newest event', async () => {
    const { tracker } = await setUp()
    const { sent, socket } = fake()
    void attachLive(tracker, socket, { heartbeatMs: 20 })
    const beats = () => sent.map(parseWireMessage).filter(({ type }) => type === 'heartbeat')
    await eventually('two beats came', () => beats().length >= 2)
    expect(beats()[0]).toEqual({ type: 'heartbeat', seq: tracker.seq })
  })

  it('is cut off when it stays full', async () => {
    const { tracker } = await setUp()
    const { closed, socket } = fake()
    socket.bufferedAmount = 2 ** 21
    await attachLive(tracker, socket, { stallMs: 50 })
    expect(closed).toEqual([1013, 'terminated'])
  })

  it('is closed when its resume point cannot be read', async () => {
    const { tracker } = await setUp()
    const { closed, socket, sent } = fake()
    await attachLive(tracker, socket, { after: '../../1' })
    expect([closed, sent]).toEqual([[1007], []])
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
    '{"type":"gap","reason":"x","after_seq":"1"}',
    '{"type":"snapshot","stream":"a","seq":1.5,"states":[]}',
    '{"type":"__proto__"}',
    '{"type":"error","seq":1,"workspace_id":"w","data":{},"state":{}}',
  ])('refuses %s with a TypeError', (text) =>
    expect(() => parseWireMessage(text)).toThrow(TypeError),
  )
})
