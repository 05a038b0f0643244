import { expect, test } from 'vitest'
import {
  ApiError,
  createConsoleClient,
  decodeCode,
  encodeCode,
  parseApiError,
  paths,
} from '../../src/contract/index.ts'
import { answer, createManualClock, failure } from '../../src/testing/index.ts'
import { createBench, ORIGIN, type BenchOptions } from '../http.ts'

function createClient(init: BenchOptions = {}) {
  const { api } = createBench(init)
  return createConsoleClient({
    baseUrl: `${ORIGIN}/`,
    fetch: (url, options) => api.fetch(new Request(url, options)),
  })
}

test('does everything that the console needs', async () => {
  const client = createClient()
  const ws = await client.workspaces.create({ name: 'one' })
  expect(await client.workspaces.update(ws.id, { name: 'two' })).toMatchObject({ name: 'two' })
  const fn = await client.functions.create(ws.id, {
    name: 'hello',
    code: encodeCode('echo'),
    httpMethods: ['GET', 'POST'],
  })
  expect(await client.functions.list(ws.id)).toEqual([fn])
  const { code: _, environmentVariables: __, ...summary } = fn
  expect(await client.functions.summaries(ws.id)).toEqual([summary])
  expect(await client.functions.get(ws.id, fn.id)).toEqual(fn)
  expect(await client.functions.update(ws.id, fn.id, { memory: 512 })).toMatchObject({
    memory: 512,
  })
  const request = { method: 'GET', path: '/a?b=c', headers: { 'x-a': '1' } } as const
  expect(await client.functions.execute(ws.id, fn.id, request)).toMatchObject({
    method: 'GET',
    path: '/a?b=c',
    statusCode: 200,
  })
  expect(await client.functions.execute(ws.id, fn.id, { body: { a: 1 } })).toMatchObject({
    requestBody: { a: 1 },
  })
  expect(await client.functions.execute(ws.id, fn.id, { body: 'text' })).toMatchObject({
    requestBody: 'text',
  })
  expect(
    await client.functions.draftRun(ws.id, fn.id, { code: encodeCode('draft') }),
  ).toMatchObject({ trigger: 'draft' })
  expect(await client.functions.logs(ws.id, fn.id, { limit: 1 })).toMatchObject({
    total: 3,
    logs: [{ requestBody: 'text' }],
  })
  expect((await client.workspaces.logs(ws.id)).total).toBe(3)
  expect((await client.workspaces.logSummaries(ws.id, { limit: 2 })).logs).toHaveLength(2)
  const { logs } = await client.functions.logSummaries(ws.id, fn.id, { limit: 1 })
  expect(logs).toMatchObject([{ statusCode: 200, trigger: 'invoke' }])
  expect(logs[0]).not.toHaveProperty('requestBody')
  const ref = { workspaceId: ws.id, functionId: fn.id, executionId: logs[0]?.id ?? '' }
  expect(await client.functions.log(ref)).toMatchObject({ ...logs[0], requestBody: 'text' })
  expect(await client.functions.activity(ws.id, fn.id)).toEqual({
    waiting: 0,
    starting: 0,
    running: 0,
  })
  expect((await client.workspaces.list())[0]).toMatchObject({ functionCount: 1, invocations24h: 3 })
  expect((await client.runtimes()).default).toBe('Python 3.12')
  expect((await client.functions.lokiLogs(fn.id)).function_id).toBe(fn.id)
  expect((await client.functions.metrics(fn.id)).status).toBe('success')
  await client.functions.delete(ws.id, fn.id)
  await client.workspaces.delete(ws.id)
  expect(await client.workspaces.list()).toEqual([])
})

test('gives the function’s own failure status as an answer, and the platform’s as an error', async () => {
  const client = createClient({
    behaviour: ({ request }) =>
      request.body === null ? failure('MEMORY_LIMIT', 'm') : answer({ mine: 1 }, { status: 500 }),
  })
  const ws = await client.workspaces.create({ name: 'one' })
  const fn = await client.functions.create(ws.id, { name: 'hello', code: encodeCode('x') })
  const own = await client.functions.invoke(ws.id, fn.id, { body: {} })
  expect([own.status, new TextDecoder().decode(own.body), own.executionId]).toEqual([
    500,
    '{"mine":1}',
    expect.stringMatching(/^ex-/),
  ])
  await expect(client.functions.invoke(ws.id, fn.id)).rejects.toMatchObject({
    code: 'MEMORY_LIMIT',
    status: 500,
  })
  expect(await client.functions.execute(ws.id, fn.id)).toMatchObject({
    status: 'error',
    error: { code: 'MEMORY_LIMIT' },
  })
})

test('throws the API’s error with code, message, status and details', async () => {
  const client = createClient()
  const error = await client.workspaces.create({ name: '' }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({
    name: 'ApiError',
    code: 'VALIDATION_ERROR',
    status: 400,
    details: { field: 'name' },
  })
  await expect(client.workspaces.get('ws/../..')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('throws NETWORK_ERROR when no answer comes, and BAD_RESPONSE for another server’s', async () => {
  const unreachable = createConsoleClient({
    baseUrl: 'http://x',
    fetch: () => Promise.reject(new TypeError('fetch failed')),
  })
  await expect(unreachable.workspaces.list()).rejects.toMatchObject({
    code: 'NETWORK_ERROR',
    status: 0,
  })
  const proxy = createConsoleClient({
    baseUrl: '',
    fetch: async () => new Response('<html>', { status: 502 }),
  })
  await expect(proxy.workspaces.list()).rejects.toMatchObject({ code: 'BAD_RESPONSE', status: 502 })
  const page = createConsoleClient({ baseUrl: '', fetch: async () => new Response('<html>') })
  await expect(page.workspaces.list()).rejects.toMatchObject({ code: 'BAD_RESPONSE', status: 200 })
})

test('rejects with the reason of its signal', async () => {
  const client = createConsoleClient({ baseUrl: 'http://127.0.0.1:9' })
  const reason = new Error('left the page')
  await expect(client.workspaces.list({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test.each([null, 'text', [], {}, { error: 'text' }, { error: { code: 5, message: 'x' } }])(
  'takes the error body %j for none',
  (body) => {
    expect(parseApiError(500, body)).toMatchObject({ code: 'BAD_RESPONSE', status: 500 })
  },
)

test('encodes source to Base64 of UTF-8 and back', () => {
  const source = `print("안녕 🚀")\n${'x'.repeat(100_000)}`
  expect(decodeCode(encodeCode(source))).toBe(source)
  expect(encodeCode('def handler(...')).toBe('ZGVmIGhhbmRsZXIoLi4u')
  expect(() => decodeCode('?')).toThrow(TypeError)
  expect(() => decodeCode('/w==')).toThrow(TypeError)
})

test('escapes what goes into a path', () => {
  expect(paths.passthrough('ws-1', '주문/a b', '/x?y')).toBe(
    '/fn/ws-1/%EC%A3%BC%EB%AC%B8%2Fa%20b/x?y',
  )
  expect(paths.invoke('../..', 'a?b')).toBe('/api/workspaces/..%2F../functions/a%3Fb/invoke')
})

test('shows times as the clock of the server has them', async () => {
  const client = createClient({
    ports: { clock: createManualClock(Date.UTC(2025, 11, 31, 15, 0, 0, 7)) },
  })
  expect(await client.workspaces.create({ name: 'one' })).toMatchObject({
    createdAt: '2026-01-01T00:00:00.007+09:00',
  })
})
