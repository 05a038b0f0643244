import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createSocketTransport } from '../../src/docker/socket-transport.ts'
import { EventStream } from '../../src/docker/event-stream.ts'
import { byLabel } from '../../src/docker/index.ts'
import type { SourceNotice } from '../../src/index.ts'

const never = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'tracker-engine-'))
const servers: Server[] = []
let count = 0

const serve = async (
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => {
  const path = join(folder, `${(count += 1)}.sock`)
  const server = createServer(handle)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return path
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const transport = (path: string, more: object = {}) =>
  createSocketTransport({ endpoint: { kind: 'unix', path }, ...more })
const event = (n: number, action = 'start'): string =>
  `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: `c${n}`, Attributes: { name: `c${n}` } }, time: 1_700_000_000, timeNano: 0 }).replace('"timeNano":0', `"timeNano":${1_700_000_000_000_000_000n + BigInt(n)}`)}\n`

describe('the socket transport, against an engine that misbehaves', () => {
  it.each([
    [
      'an endless answer',
      'LIMIT',
      (_q: IncomingMessage, r: ServerResponse) => void r.end(Buffer.alloc(5000, '[')),
      { maxAnswerBytes: 1000 },
    ],
    ['no answer', 'TIMEOUT', () => {}, { timeoutMs: 100 }],
    [
      'half an answer',
      'TIMEOUT',
      (_q: IncomingMessage, r: ServerResponse) => void r.write('['),
      { timeoutMs: 100 },
    ],
    ['broken JSON', 'PROTOCOL', (_q: IncomingMessage, r: ServerResponse) => void r.end('{'), {}],
    [
      'status 404',
      'NOT_FOUND',
      (_q: IncomingMessage, r: ServerResponse) => void r.writeHead(404).end('{}'),
      {},
    ],
    [
      'status 403',
      'PERMISSION',
      (_q: IncomingMessage, r: ServerResponse) => void r.writeHead(403).end('{}'),
      {},
    ],
    [
      'status 500',
      'PROTOCOL',
      (_q: IncomingMessage, r: ServerResponse) => void r.writeHead(500).end('{}'),
      {},
    ],
    ['a cut connection', 'CONNECTION', (q: IncomingMessage) => void q.socket.destroy(), {}],
  ])('turns %s into %s', async (...[, code, handle, options]) => {
    const way = transport(await serve(handle), options)
    await expect(way.getJson('/x', never)).rejects.toMatchObject({ name: 'TrackerError', code })
    way.close()
  })

  it('says that there is no engine', async () => {
    await expect(
      transport(join(folder, 'nothing.sock')).getJson('/x', never),
    ).rejects.toMatchObject({ code: 'CONNECTION' })
  })
})

const collect = async (
  path: string,
  more: { maxBufferedBytes?: number },
  enough: (seen: readonly SourceNotice[]) => boolean,
) => {
  const abort = new AbortController()
  const seen: SourceNotice[] = []
  const stream = new EventStream({
    transport: transport(path),
    naming: byLabel('ws'),
    reconnectMs: 5,
    ...more,
  })
  for await (const notice of stream.read(abort.signal)) {
    seen.push(notice)
    if (enough(seen)) abort.abort()
  }
  return seen
}

const short = (seen: readonly SourceNotice[]): readonly string[] =>
  seen.map((notice) =>
    notice.type === 'event'
      ? notice.event.containerId
      : notice.type === 'gap'
        ? notice.reason
        : notice.type,
  )

describe('the event reader', () => {
  it('delivers 2,000 events that come in one burst, in order', async () => {
    const path = await serve(
      (_q, r) => void r.write(Array.from({ length: 2000 }, (_, n) => event(n)).join('')),
    )
    const seen = await collect(path, {}, (all) => all.length === 2001)
    expect(short(seen)).toEqual(['connected', ...Array.from({ length: 2000 }, (_, n) => `c${n}`)])
  })

  it('resumes after the last event, drops its repetition and reports no loss when it came again', async () => {
    const asked: string[] = []
    const path = await serve((q, r) => {
      asked.push(q.url ?? '')
      if (asked.length === 1) r.end(event(1) + event(2))
      else r.write(event(2) + event(3))
    })
    const seen = await collect(path, {}, (all) =>
      all.some((n) => n.type === 'event' && n.event.containerId === 'c3'),
    )
    expect(short(seen)).toEqual([
      'connected',
      'c1',
      'c2',
      'disconnected',
      'connected',
      'reconnected',
      'c3',
    ])
    expect(asked[1]).toContain('since=1700000000.000000002')
  })

  it('reports a loss when the engine no longer has the last event', async () => {
    let connections = 0
    const path = await serve((_q, r) =>
      (connections += 1) === 1 ? r.end(event(1)) : void r.write(event(500)),
    )
    const seen = await collect(path, {}, (all) =>
      all.some((n) => n.type === 'event' && n.event.containerId === 'c500'),
    )
    expect(short(seen)).toContain('replay_exhausted')
  })

  it('keeps reading the socket while its consumer stalls, gives up what is too much and says so', async () => {
    const engine: { answer?: ServerResponse } = {}
    const path = await serve((_q, r) => {
      engine.answer = r
      r.write(event(1))
    })
    const abort = new AbortController()
    const seen: SourceNotice[] = []
    const stream = new EventStream({
      transport: transport(path),
      naming: byLabel('ws'),
      maxBufferedBytes: 100_000,
    })
    for await (const notice of stream.read(abort.signal)) {
      seen.push(notice)
      if (notice.type === 'event' && notice.event.containerId === 'c1') {
        let written = false
        const many = Array.from({ length: 20_000 }, (_, n) => event(n + 2)).join('')
        engine.answer?.write(many, () => (written = true))
        await expect.poll(() => written, { timeout: 20_000 }).toBe(true)
      }
      // Another event after each loss: the one before may be a part of the next.
      if (notice.type === 'gap') engine.answer?.write(event(100_000 + seen.length))
      if (notice.type === 'event' && notice.event.containerId.length === 'c100000'.length)
        abort.abort()
    }
    expect(short(seen)).toContain('buffer_overflow')
  })

  it('takes a line that is no event for a possible loss and goes on', async () => {
    const path = await serve((_q, r) => void r.write(`${event(1)}not json\n${event(2)}`))
    expect(short(await collect(path, {}, (all) => all.length === 4))).toEqual([
      'connected',
      'c1',
      'malformed',
      'c2',
    ])
  })
})
