import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { serve } from '@hono/node-server'
import { EventSource } from 'eventsource'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Board, WireMessage } from '../../src/contract/index.ts'
import { emptyBoard, parseWireMessage, reduceBoard, resumeAfter } from '../../src/contract/index.ts'
import { attachLive, createTrackerHandler, toNodeListener } from '../../src/http/index.ts'
import type { Tracker } from '../../src/index.ts'
import type { FakeSource } from '../../src/testing/index.ts'
import { eventually } from '../stats.ts'
import { setUp } from './set-up.ts'

const addressOf = (server: Pick<Server, 'address'>): number =>
  (server.address() as AddressInfo).port

const listen = async (listener: RequestListener, port = 0): Promise<Server> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}

/** Pauses and resumes the workspace, which makes two events each time. */
const stir = (source: FakeSource, times: number): void => {
  for (let i = 0; i < times; i += 1)
    source.event('w', i % 2 === 0 ? 'pause' : 'unpause', { at: Date.now() })
}

/** Keeps a page up to date from server-sent events, as a browser would. */
const page = (url: string) => {
  let board: Board = emptyBoard
  const seen: WireMessage[] = []
  const client = new EventSource(url)
  const take = ({ data }: { data: unknown }): void => {
    const message = parseWireMessage(String(data))
    seen.push(message)
    board = reduceBoard(board, message)
  }
  for (const type of ['snapshot', 'gap', 'status_changed', 'container_update', 'metrics_update'])
    client.addEventListener(type, take)
  for (const type of ['error', 'recovery', 'sync_start', 'sync_complete'])
    client.addEventListener(type, (event) => void ('data' in event && take(event as MessageEvent)))
  onTestFinished(() => client.close())
  return { client, seen, board: () => board }
}

describe('mounted in node:http', () => {
  it('answers requests, errors and what cannot be a request', async () => {
    const { handler } = await setUp()
    const port = addressOf(await listen(toNodeListener(handler)))
    const url = `http://127.0.0.1:${port}`
    expect(await (await fetch(`${url}/workspaces/w`)).json()).toMatchObject({ status: 'active' })
    expect((await fetch(`${url}/workspaces/w/sync`, { method: 'POST', body: '{"a' })).status).toBe(
      200,
    )
    expect((await fetch(`${url}/workspaces/w/sync`, { method: 'PUT', body: 'x' })).status).toBe(405)
    const raw = (path: string, method: string, host = 'x'): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request({ port, host: '127.0.0.1', path, method, headers: { host } }, (r) => {
          r.resume()
          resolve(r.statusCode)
        })
        asked.on('error', reject)
        asked.end()
      })
    expect(await raw('/workspaces', 'TRACE')).toBe(400)
    expect(await raw('/workspaces', 'GET', 'a b:c')).toBe(400)
    expect(await raw('//evil.example/workspaces', 'GET')).toBe(404)
    expect(await raw('/../../../etc/passwd', 'GET')).toBe(404)
  })

  it('serves an EventSource that resumes by itself after its connection broke, without loss', async () => {
    const { handler, source, tracker } = await setUp()
    const server = await listen(toNodeListener(handler))
    const { seen, board } = page(`http://127.0.0.1:${addressOf(server)}/live`)
    await eventually('the snapshot came', () => board().states.has('w'))
    const { seq } = tracker
    server.closeAllConnections()
    stir(source, 5)
    await eventually('it caught up', () => board().seq === tracker.seq && board().seq === seq + 10)
    expect(seen.filter(({ type }) => type === 'snapshot')).toHaveLength(1)
    expect(seen.some(({ type }) => type === 'gap')).toBe(false)
    expect(board().states.get('w')?.container_state).toBe('paused')
  })

  it('tells an EventSource that another process numbers events anew', async () => {
    const first = await setUp()
    const server = await listen(toNodeListener(first.handler))
    const port = addressOf(server)
    const { seen, board } = page(`http://127.0.0.1:${port}/live`)
    await eventually('the snapshot came', () => board().states.has('w'))
    const stream = board().stream
    const second = await setUp({}, 5000)
    // The new process has long passed the number that the client has.
    stir(second.source, 50)
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
    await listen(toNodeListener(second.handler), port)
    await eventually('a new snapshot came', () => board().stream !== stream)
    expect(seen.some((m) => m.type === 'gap' && m.reason === 'resume_too_old')).toBe(true)
    await eventually('it is up to date', () => board().seq === second.tracker.seq)
  })

  it('tells a client that read too slowly what it missed, and sends a fresh snapshot', async () => {
    const { handler, source, tracker } = await setUp({}, 5000)
    const port = addressOf(await listen(toNodeListener(handler)))
    const asked = request({ port, host: '127.0.0.1', path: '/live' })
    onTestFinished(() => void asked.destroy())
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>
    asked.end()
    const [response] = await answered
    await eventually('it is connected', () => tracker.getStats().activeCallbacks >= 2)
    for (let i = 0; i < 200; i += 1) {
      stir(source, 500)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    let text = ''
    let board: Board = emptyBoard
    const reasons: string[] = []
    response.on('data', (chunk: Buffer) => {
      const blocks = (text + chunk.toString()).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data === undefined) continue
        const message = parseWireMessage(data)
        if (message.type === 'gap') reasons.push(message.reason)
        board = reduceBoard(board, message)
      }
    })
    await eventually('it caught up', () => board.seq === tracker.seq && !board.stale)
    expect(reasons).toContain('reader_overflow')
  })

  it('cuts off a TCP client that reads nothing, holds little for it, and serves others meanwhile', async () => {
    const { handler, source, tracker } = await setUp({ stallMs: 3000 }, 5000)
    const port = addressOf(await listen(toNodeListener(handler)))
    await stall({ source, tracker, url: `http://127.0.0.1:${port}/live` })
  })
})

/** Connects a client that never reads and one that does; holds when the first is cut off and the other is up to date. */
const stall = async ({
  source,
  tracker,
  url,
}: {
  source: FakeSource
  tracker: Tracker
  url: string
}): Promise<void> => {
  const { port, pathname } = new URL(url)
  const idle = tracker.getStats().activeCallbacks
  const stalled: Socket = connect({ port: Number(port), host: '127.0.0.1' })
  onTestFinished(() => void stalled.destroy())
  stalled.on('error', () => {})
  stalled.pause()
  stalled.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  const good = page(url)
  const readers = () => tracker.getStats().activeCallbacks - idle
  await eventually('both are connected', () => readers() === 2)
  const before = process.memoryUsage().arrayBuffers
  const deadline = performance.now() + 40_000
  while (readers() === 2 && performance.now() < deadline) {
    stir(source, 500)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(readers()).toBe(1)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
  await eventually('the other is up to date', () => good.board().seq === tracker.seq)
}

describe('mounted below a path', () => {
  it('works in Express behind its own check, live connections too', async () => {
    const { tracker, source } = await setUp()
    const app = express()
    app.get('/', (_request, response) => void response.send('mine'))
    app.use('/ops', (request, response, next) => {
      if (request.headers['x-key'] === 'k' || request.query['key'] === 'k') next()
      else response.sendStatus(401)
    })
    const basePath = '/ops/tracker'
    app.use(basePath, toNodeListener(createTrackerHandler({ tracker, basePath })))
    const url = `http://127.0.0.1:${addressOf(await listen(app))}`
    const get = (path: string) => fetch(`${url}${path}`, { headers: { 'x-key': 'k' } })
    expect(await (await fetch(`${url}/`)).text()).toBe('mine')
    expect((await fetch(`${url}/ops/tracker/workspaces/w`)).status).toBe(401)
    expect(await (await get('/ops/tracker/workspaces/w')).json()).toMatchObject({
      workspace_id: 'w',
    })
    expect((await get('/ops/tracker/nothing')).status).toBe(404)
    expect(await (await get('/ops/tracker/workspaces/x')).json()).toMatchObject({
      error: { code: 'NOT_FOUND' },
    })
    expect((await get('/workspaces')).status).toBe(404)
    const { board } = page(`${url}/ops/tracker/live?key=k`)
    await eventually('the snapshot came', () => board().states.has('w'))
    stir(source, 1)
    await eventually('the event came', () => board().states.get('w')?.container_state === 'paused')
  })

  it('cuts off a client that reads nothing in Express too', async () => {
    const { tracker, source, handler } = await setUp({ stallMs: 3000 }, 5000)
    const server = await listen(express().use(toNodeListener(handler)))
    await stall({ source, tracker, url: `http://127.0.0.1:${addressOf(server)}/live` })
  })

  it('works in Hono, live connections too', async () => {
    const { tracker, source } = await setUp()
    const handler = createTrackerHandler({ tracker, basePath: '/api/tracker' })
    const app = new Hono()
    app.all('/api/tracker/*', (c) => handler(c.req.raw))
    app.get('/', (c) => c.text('mine'))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await eventually('it listens', () => server.listening)
    const url = `http://127.0.0.1:${addressOf(server)}`
    expect(await (await fetch(`${url}/`)).text()).toBe('mine')
    expect(await (await fetch(`${url}/api/tracker/workspaces/w`)).json()).toMatchObject({
      workspace_id: 'w',
    })
    const { board } = page(`${url}/api/tracker/live`)
    await eventually('the snapshot came', () => board().states.has('w'))
    stir(source, 1)
    await eventually('the event came', () => board().states.get('w')?.container_state === 'paused')
  })

  it('cuts off a client that reads nothing in Hono too', async () => {
    const { tracker, source, handler } = await setUp({ stallMs: 3000 }, 5000)
    const app = new Hono()
    app.all('/live', (c) => handler(c.req.raw))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await eventually('it listens', () => server.listening)
    await stall({ source, tracker, url: `http://127.0.0.1:${addressOf(server)}/live` })
  })
})

describe('a real WebSocket of ws', () => {
  const open = async (options: { maxBufferedBytes?: number; stallMs?: number } = {}) => {
    const made = await setUp({}, 5000)
    const server = await listen((_request, response) => void response.end())
    const sockets = new WebSocketServer({ server })
    onTestFinished(() => sockets.close())
    sockets.on('connection', (socket, { url = '' }) => {
      const after = new URL(url, 'http://x').searchParams.get('after')
      void attachLive(made.tracker, socket, { ...options, ...(after !== null && { after }) })
    })
    return { ...made, sockets, url: `ws://127.0.0.1:${addressOf(server)}/` }
  }

  it('that stops reading gets a gap and a fresh snapshot when it reads again', async () => {
    const { source, tracker, url } = await open({ maxBufferedBytes: 1000 })
    const client = new WebSocket(url)
    onTestFinished(() => client.terminate())
    let board: Board = emptyBoard
    const reasons: string[] = []
    client.on('message', (data: Buffer) => {
      const message = parseWireMessage(data.toString())
      if (message.type === 'gap') reasons.push(message.reason)
      board = reduceBoard(board, message)
    })
    await eventually('the snapshot came', () => board.states.has('w'))
    client.pause()
    for (let i = 0; i < 100; i += 1) {
      stir(source, 500)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(board.seq).toBeLessThan(tracker.seq)
    client.resume()
    await eventually('it caught up', () => board.seq === tracker.seq && !board.stale)
    expect(reasons).toContain('reader_overflow')
  })

  it('that never reads again is cut off', async () => {
    const { source, sockets, url } = await open({ maxBufferedBytes: 1000, stallMs: 300 })
    const client = new WebSocket(url)
    onTestFinished(() => client.terminate())
    await new Promise((resolve) => void client.once('open', resolve))
    client.pause()
    const deadline = performance.now() + 20_000
    while (sockets.clients.size > 0 && performance.now() < deadline) {
      stir(source, 500)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(sockets.clients.size).toBe(0)
  })

  it('is not moved by what the client sends, and resumes where it was', async () => {
    const { source, tracker, url } = await open()
    const connectTo = async (query: string, onMessage: (message: WireMessage) => void) => {
      const client = new WebSocket(url + query)
      client.on('message', (data: Buffer) => onMessage(parseWireMessage(data.toString())))
      onTestFinished(() => client.terminate())
      await new Promise((resolve) => void client.once('open', resolve))
      return client
    }
    let board: Board = emptyBoard
    const first = await connectTo('', (message) => void (board = reduceBoard(board, message)))
    for (const garbage of ['{', 'null', 'x'.repeat(100_000), '{"type":"snapshot","states":[]}'])
      first.send(garbage)
    stir(source, 1)
    await eventually('it is up to date', () => board.seq === tracker.seq)
    first.terminate()
    stir(source, 3)
    const seen: string[] = []
    await connectTo(`?after=${resumeAfter(board)}`, (message) => {
      seen.push(message.type)
      board = reduceBoard(board, message)
    })
    await eventually('it caught up', () => board.seq === tracker.seq)
    expect(seen).not.toContain('snapshot')
  })
})
