import { expect, test } from 'vitest'
import {
  createConsoleClient,
  parseServerSentEvents,
  type LogStreamEvent,
} from '../../src/contract/index.ts'
import { answer, createManualClock } from '../../src/testing/index.ts'
import { createBench, ORIGIN, settle, type Bench } from '../http.ts'

const clientOf = ({ api }: Bench) =>
  createConsoleClient({ baseUrl: ORIGIN, fetch: (url, init) => api.fetch(new Request(url, init)) })

const behaviour = ({
  print,
  callNumber,
}: {
  print: (text: string) => void
  callNumber: number
}) => {
  print(`line ${callNumber}`)
  return answer('x')
}

async function take(
  events: AsyncGenerator<LogStreamEvent>,
  count: number,
): Promise<LogStreamEvent[]> {
  const taken: LogStreamEvent[] = []
  for (let index = 0; index < count; index += 1) {
    const next = await events.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

test('streams lines and executions as they happen', async () => {
  const bench = createBench({ behaviour })
  const { ws, fn, path } = await bench.ready()
  const events = clientOf(bench).functions.streamLogs(ws.id, fn.id)
  const first = events.next()
  await settle()
  await bench.call(`POST ${path}/invoke`, { a: 1 })
  const line = (await first).value as LogStreamEvent
  const [execution] = await take(events, 1)
  expect(line).toMatchObject({
    type: 'line',
    line: {
      stream: 'stdout',
      text: 'line 1',
      timestamp: expect.stringContaining('+09:00') as string,
    },
  })
  expect(execution).toMatchObject({
    type: 'execution',
    id: '1',
    execution: { logs: ['line 1'], requestBody: { a: 1 } },
  })
  await events.return(undefined)
  await bench.api.close()
})

test('goes on after the last event that was seen, each execution once and in order', async () => {
  const bench = createBench({ behaviour })
  const { ws, fn, path } = await bench.ready()
  for (let index = 0; index < 250; index += 1) await bench.call(`POST ${path}/invoke`, {})
  const events = clientOf(bench).functions.streamLogs(ws.id, fn.id, { lastEventId: '20' })
  const running = Promise.all(
    Array.from({ length: 10 }, () => bench.call(`POST ${path}/invoke`, {})),
  )
  const seen: number[] = []
  for await (const event of events) {
    if (event.type === 'execution' && seen.push(Number(event.id)) === 240) break
  }
  await running
  expect(seen).toEqual(Array.from({ length: 240 }, (_, index) => index + 21))
  await bench.api.close()
})

test('counts what a slow reader missed, and still gives it every execution', async () => {
  const bench = createBench({ behaviour, options: { streams: { maxBuffered: 10 } } })
  const { ws, fn, path } = await bench.ready()
  await bench.call(`POST ${path}/invoke`, {})
  const events = clientOf(bench).functions.streamLogs(ws.id, fn.id, { lastEventId: '0' })
  expect(await take(events, 1)).toMatchObject([{ id: '1' }])
  await settle()
  for (let index = 0; index < 100; index += 1) await bench.call(`POST ${path}/invoke`, {})
  const ids: string[] = []
  let dropped = 0
  for await (const event of events) {
    if (event.type === 'dropped') dropped += event.count
    if (event.type === 'execution' && ids.push(event.id) === 100) break
  }
  expect(dropped).toBeGreaterThan(50)
  expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 2)))
  await bench.api.close()
})

test('says something every 15 seconds so that nobody takes it for dead', async () => {
  const clock = createManualClock()
  const bench = createBench({ ports: { clock } })
  const { path } = await bench.ready()
  const response = await bench.call(`GET ${path}/logs/stream`)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const text = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value)
  expect(await text()).toBe('retry: 1000\n\n')
  const quiet = text()
  await settle()
  clock.advance(15_000)
  expect(await quiet).toBe(': quiet\n\n')
  await reader.cancel()
  await bench.api.close()
})

test('has a limited number of streams, and a closed one makes room', async () => {
  const bench = createBench({ options: { streams: { maxStreams: 2 } } })
  const { path } = await bench.ready()
  const streams = [
    await bench.call(`GET ${path}/logs/stream`),
    await bench.call(`GET ${path}/logs/stream`),
  ]
  expect(await bench.error(`GET ${path}/logs/stream`)).toMatchObject({ status: 429, code: 'BUSY' })
  await streams[0]?.body?.cancel()
  expect((await bench.call(`GET ${path}/logs/stream`)).status).toBe(200)
  await bench.api.close()
})

test('ends when the API closes', async () => {
  const bench = createBench()
  const { path } = await bench.ready()
  const response = await bench.call(`GET ${path}/logs/stream`)
  const rest = response.text()
  await settle()
  await bench.api.close()
  expect(await rest).toContain('retry: 1000')
})

test('refuses a place that is none, and a function that is not there', async () => {
  const { error, ready } = createBench()
  const { ws, path } = await ready()
  expect(
    await error(`GET ${path}/logs/stream`, undefined, { 'last-event-id': 'abc' }),
  ).toMatchObject({ status: 400, details: { field: 'last-event-id' } })
  expect(await error(`GET /api/workspaces/${ws.id}/functions/fn-none/logs/stream`)).toMatchObject({
    status: 404,
  })
})

test('reads events that arrive in pieces', async () => {
  const text = 'id: 7\nevent: execution\ndata: {"a":\ndata: "안"}\n\n: quiet\n\ndata: last\n\n'
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
      controller.close()
    },
  })
  const events = []
  for await (const event of parseServerSentEvents(body)) events.push(event)
  expect(events).toEqual([
    { id: '7', event: 'execution', data: '{"a":\n"안"}' },
    { id: null, event: 'message', data: 'last' },
  ])
})
