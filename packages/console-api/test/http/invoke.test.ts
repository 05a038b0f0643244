import { describe, expect, test } from 'vitest'
import { Check, Errors } from 'typebox/value'
import {
  encodeCode,
  EXECUTION_MEDIA_TYPE,
  type ExecutionLog,
  type FunctionConfig,
  type LogsResponse,
  type LokiLogsResponse,
  type PrometheusMetricsResponse,
  type Workspace,
} from '../../src/contract/index.ts'
import { ANSWERS } from '../../src/http/schemas.ts'
import type { FunctionFailureCode } from '../../src/index.ts'
import {
  answer,
  createManualClock,
  createMemoryTables,
  failure,
  hangForever,
  type FakeBehaviour,
} from '../../src/testing/index.ts'
import { createBench } from '../http.ts'

const DAY = 24 * 60 * 60 * 1000

interface Echo {
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
}

describe('invoke', () => {
  test('answers with the function’s own status, headers and body', async () => {
    const { call, ready } = createBench({
      behaviour: () =>
        answer(new Uint8Array([0, 1, 255]), {
          status: 418,
          headers: { 'content-type': 'image/x-tea', 'x-own': 'yes' },
        }),
    })
    const { path } = await ready()
    const response = await call(`POST ${path}/invoke`, { test: true })
    expect(response.status).toBe(418)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 1, 255]))
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/x-tea',
      'x-own': 'yes',
      'x-execution-id': expect.stringMatching(/^ex-/) as string,
      'x-duration-ms': '1',
      'x-function-status': '418',
    })
  })

  test('hands the function a POST with the body, and without the caller’s credentials', async () => {
    const { call, ready } = createBench()
    const { path } = await ready()
    const response = await call(
      `POST ${path}/invoke`,
      { test: true },
      { cookie: 'session=1', authorization: 'Bearer x', 'X-Mine': 'y' },
    )
    const seen = (await response.json()) as Echo
    expect(seen).toEqual({
      method: 'POST',
      path: '/',
      body: '{"test":true}',
      headers: { 'content-type': 'application/json', 'x-mine': 'y' },
    })
  })

  test('takes the first method of a function that has no POST, and the asked method and path', async () => {
    const { json, error, ready } = createBench()
    const { path } = await ready({ httpMethods: ['GET', 'DELETE'] })
    expect(await json(`POST ${path}/invoke`)).toMatchObject({ method: 'GET', path: '/' })
    expect(
      await json(`POST ${path}/invoke?method=DELETE&path=${encodeURIComponent('/a/b?c=d&e=%2F')}`),
    ).toMatchObject({ method: 'DELETE', path: '/a/b?c=d&e=%2F' })
    expect(await error(`POST ${path}/invoke?method=PUT`)).toMatchObject({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    })
    expect(await error(`POST ${path}/invoke?method=FETCH`)).toMatchObject({
      status: 400,
      details: { field: 'method' },
    })
    expect(await error(`POST ${path}/invoke?path=http://evil`)).toMatchObject({
      status: 400,
      details: { field: 'path' },
    })
    expect(await error(`POST ${path}/invoke?view=all`)).toMatchObject({
      status: 400,
      details: { field: 'view' },
    })
  })

  test.each(['?view=log', EXECUTION_MEDIA_TYPE])(
    'answers with the execution when asked by %s',
    async (how) => {
      const behaviour: FakeBehaviour = ({ print }) => {
        print('hello')
        print('oops', 'stderr')
        return answer({ ok: 1 }, { durationMs: 12, cpuMs: 5, memoryBytes: 99 })
      }
      const { call, ready } = createBench({ behaviour })
      const { fn, path } = await ready()
      const response = await (how.startsWith('?')
        ? call(`POST ${path}/invoke${how}`, { a: 1 })
        : call(`POST ${path}/invoke`, { a: 1 }, { accept: how }))
      const log = (await response.json()) as ExecutionLog
      expect(log).toMatchObject({
        id: response.headers.get('x-execution-id'),
        functionId: fn.id,
        status: 'success',
        duration: 12,
        statusCode: 200,
        requestBody: { a: 1 },
        responseBody: { ok: 1 },
        logs: ['hello', 'oops'],
        level: 'info',
        method: 'POST',
        path: '/',
        trigger: 'invoke',
        coldStart: true,
        cpuMs: 5,
        memoryBytes: 99,
      })
      expect(Check(ANSWERS.ExecutionLog, log) ? [] : Errors(ANSWERS.ExecutionLog, log)).toEqual([])
      expect(response.headers.get('content-type')).toBe(EXECUTION_MEDIA_TYPE)
    },
  )

  test.each([
    ['TIMEOUT', 504, 'TIMEOUT'],
    ['CRASHED', 503, 'INVOCATION_ERROR'],
    ['FUNCTION_ERROR', 500, 'EXECUTION_ERROR'],
    ['MEMORY_LIMIT', 500, 'MEMORY_LIMIT'],
    ['CPU_LIMIT', 500, 'CPU_LIMIT'],
    ['OUTPUT_LIMIT', 500, 'OUTPUT_LIMIT'],
  ] as const)(
    'answers a function that ended in %s with %i %s and keeps the execution',
    async (code: FunctionFailureCode, status, name) => {
      const { error, json, ready } = createBench({ behaviour: () => failure(code, 'why it was') })
      const { path } = await ready()
      const answered = await error(`POST ${path}/invoke`, {})
      expect(answered).toMatchObject({
        status,
        code: name,
        details: { executionId: expect.stringMatching(/^ex-/) as string },
      })
      expect(JSON.stringify(answered.details)).toContain('why it was')
      expect(answered.headers.get('x-execution-id')).toBe(answered.details['executionId'])
      const { logs } = await json<LogsResponse>(`GET ${path}/logs`)
      expect(logs).toMatchObject([
        {
          id: answered.details['executionId'],
          status: 'error',
          level: 'error',
          statusCode: status,
          error: { code: name, message: 'why it was' },
        },
      ])
      expect(await json(`POST ${path}/invoke?view=log`)).toMatchObject({
        status: 'error',
        error: { code: name },
      })
    },
  )

  test('gives the traceback of a function that raised', async () => {
    const { error, ready } = createBench({
      behaviour: () => failure('FUNCTION_ERROR', 'Traceback: app.py:3'),
    })
    const { path } = await ready()
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
      details: { traceback: 'Traceback: app.py:3' },
    })
  })

  test('answers 504 when the function neither ends nor listens', async () => {
    const { error, ready } = createBench({
      behaviour: hangForever,
      options: { host: { graceMs: 50 } },
    })
    const { path } = await ready({ timeout: 1 })
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({ status: 504, code: 'TIMEOUT' })
  })

  test.each([
    [answer('x', { status: 99 }), 'EXECUTION_ERROR'],
    [answer('x', { status: 600 }), 'EXECUTION_ERROR'],
    [answer('x', { headers: { 'bad name': 'x' } }), 'EXECUTION_ERROR'],
    [answer('x', { headers: { 'x-a': 'line\nbreak: x' } }), 'EXECUTION_ERROR'],
    [answer(new Uint8Array(2000)), 'OUTPUT_LIMIT'],
  ])('takes an answer that HTTP cannot carry for a failure (%#)', async (outcome, code) => {
    const { error, ready } = createBench({
      behaviour: () => outcome,
      options: { maxResponseBytes: 1000 },
    })
    const { path } = await ready()
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({ status: 500, code })
  })

  test.each([{ 'bad name': 'x' }, { 'x-lines': 'a\nb: c' }, { 'x-korean': '안녕' }])(
    'names the header that cannot be sent, and calls nothing a traceback: %o',
    async (headers) => {
      const { error, json, ready } = createBench({
        behaviour: () => answer('x', { headers: { 'x-fine': 'y', ...headers } }),
      })
      const { path } = await ready()
      const failed = await error(`POST ${path}/invoke`, {})
      const [name] = Object.keys(headers)
      expect(failed).toMatchObject({ status: 500, code: 'EXECUTION_ERROR' })
      expect(failed.message).toContain(`"${name}"`)
      expect(failed.details['reason']).toBe(failed.message)
      expect(failed.details).not.toHaveProperty('traceback')
      const { logs } = await json<{ logs: { error: object }[] }>(`GET ${path}/logs`)
      expect(logs[0]?.error).toEqual({ code: 'EXECUTION_ERROR', message: failed.message })
    },
  )

  test('does not run a disabled function', async () => {
    const { error, json, ready, runner } = createBench()
    const { ws, path } = await ready()
    await json(`PATCH ${path}`, { status: 'disabled' })
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
      status: 409,
      code: 'FUNCTION_DISABLED',
    })
    expect(await error(`POST /fn/${ws.id}/user-auth/`, 'x')).toMatchObject({
      status: 409,
      code: 'FUNCTION_DISABLED',
    })
    expect(runner.started).toEqual([])
    await json(`PATCH ${path}`, { status: 'active' })
    await json(`POST ${path}/invoke`, {})
  })

  test('refuses a request body over the limit', async () => {
    const { error, ready } = createBench({ options: { maxRequestBytes: 1000 } })
    const { path } = await ready()
    expect(await error(`POST ${path}/invoke`, 'x'.repeat(1001))).toMatchObject({
      status: 413,
      details: { limitBytes: 1000 },
    })
  })

  test('runs changed code, environment and memory at once, and keeps the instance for other changes', async () => {
    const { call, json, ready, runner } = createBench()
    const { path } = await ready()
    const steps = [
      { description: 'x' },
      { timeout: 9 },
      { code: encodeCode('two') },
      { environmentVariables: { A: '1' } },
      { memory: 512 },
    ]
    for (const step of [{}, ...steps]) {
      await json(`PATCH ${path}`, step)
      await call(`POST ${path}/invoke`, {})
    }
    expect(
      runner.started.map(({ code, environment, memoryMb }) => [code, environment, memoryMb]),
    ).toEqual([
      ['echo', {}, 256],
      ['two', {}, 256],
      ['two', { A: '1' }, 256],
      ['two', { A: '1' }, 512],
    ])
  })

  test('answers a thousand calls at a time with the answer or with BUSY, and counts each answer once', async () => {
    const { call, json, ready } = createBench({ options: { host: { maxQueuedPerFunction: 300 } } })
    const { ws, path } = await ready()
    const responses = await Promise.all(
      Array.from({ length: 1000 }, () => call(`POST ${path}/invoke`, {})),
    )
    const count = (status: number): number =>
      responses.filter((response) => response.status === status).length
    expect(count(200) + count(429)).toBe(1000)
    expect(count(200)).toBeGreaterThanOrEqual(300)
    expect(responses.find((response) => response.status === 429)?.headers.get('retry-after')).toBe(
      '1',
    )
    expect(await json<FunctionConfig>(`GET ${path}`)).toMatchObject({
      invocations24h: count(200),
      avgDuration: 1,
    })
    expect(await json<Workspace>(`GET /api/workspaces/${ws.id}`)).toMatchObject({
      invocations24h: count(200),
    })
  })

  test('answers 500 when the execution cannot be stored, never with the unrecorded answer', async () => {
    const tables = createMemoryTables()
    const broken = {
      ...tables,
      executions: {
        ...tables.executions,
        append: async () => Promise.reject(new Error('disk full')),
      },
    }
    const { error, problems, ready } = createBench({ ports: { tables: broken } })
    const { path } = await ready()
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
      status: 500,
      code: 'INTERNAL_ERROR',
    })
    expect(problems).toHaveLength(1)
  })

  test('answers 404 when the function is deleted while it runs', async () => {
    const { call, error, ready, runner } = createBench({
      behaviour: hangForever,
      options: { host: { graceMs: 1 } },
    })
    const { path } = await ready()
    const running = error(`POST ${path}/invoke`, {})
    while (runner.open === 0) await new Promise((resolve) => setImmediate(resolve))
    await call(`DELETE ${path}`)
    expect(await running).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  test('posts to the invocation address of a deployed function', async () => {
    const requests: { url: string; init: RequestInit }[] = []
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      requests.push({ url, init })
      return Response.json({ remote: true }, { status: 201 })
    }
    const { call, json, ready, runner } = createBench({ ports: { fetch } })
    const { path } = await ready()
    await json(`PATCH ${path}`, { invocationUrl: 'fn.prod.example/run' })
    const response = await call(`POST ${path}/invoke`, { test: true })
    expect([response.status, await response.json()]).toEqual([201, { remote: true }])
    expect(requests).toMatchObject([
      { url: 'http://fn.prod.example/run', init: { method: 'POST', redirect: 'manual' } },
    ])
    expect(runner.started).toEqual([])
    expect(await json(`GET ${path}`)).toMatchObject({ invocations24h: 1, errors24h: 0 })
  })

  test('answers 503 when the invocation address cannot be reached and 504 when it is too slow', async () => {
    const { error, json, ready } = createBench({
      ports: {
        fetch: (url, { signal }) =>
          url.includes('slow')
            ? new Promise((_, reject) =>
                signal?.addEventListener('abort', () => reject(new Error('aborted'))),
              )
            : Promise.reject(new TypeError('fetch failed')),
      },
    })
    const { path } = await ready({ timeout: 1 })
    await json(`PATCH ${path}`, { invocationUrl: 'nowhere.example' })
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
      status: 503,
      code: 'INVOCATION_ERROR',
    })
    await json(`PATCH ${path}`, { invocationUrl: 'slow.example' })
    expect(await error(`POST ${path}/invoke`, {})).toMatchObject({ status: 504, code: 'TIMEOUT' })
  })
})

describe('draft run', () => {
  test('runs unsaved code, and neither keeps nor counts it', async () => {
    const { json, ready, runner } = createBench()
    const { path } = await ready({ environmentVariables: { A: '1' }, httpMethods: ['PUT'] })
    const log = await json<ExecutionLog>(`POST ${path}/draft-run`, {
      code: encodeCode('unsaved'),
      request: { path: '/x?y=1', headers: { 'X-A': 'b' }, body: 'text' },
    })
    expect(log).toMatchObject({
      status: 'success',
      trigger: 'draft',
      responseBody: { method: 'PUT', path: '/x?y=1', headers: { 'x-a': 'b' }, body: 'text' },
    })
    expect(runner.started).toMatchObject([{ code: 'unsaved', environment: { A: '1' } }])
    expect(await json(`GET ${path}/logs`)).toEqual({ logs: [], total: 0 })
    expect(await json(`GET ${path}`)).toMatchObject({ invocations24h: 0, code: encodeCode('echo') })
  })

  test('gives back the failure of unsaved code as an execution', async () => {
    const { json, ready } = createBench({
      behaviour: () => failure('FUNCTION_ERROR', 'SyntaxError'),
    })
    const { path } = await ready()
    expect(await json(`POST ${path}/draft-run`, { code: 'QQ==' })).toMatchObject({
      status: 'error',
      statusCode: 500,
      error: { code: 'EXECUTION_ERROR', message: 'SyntaxError' },
    })
  })

  test('does not touch the instances of the saved code', async () => {
    const { call, json, ready, runner } = createBench()
    const { path } = await ready()
    await call(`POST ${path}/invoke`, {})
    for (const code of ['a', 'a', 'b'])
      await json(`POST ${path}/draft-run`, { code: encodeCode(code) })
    await call(`POST ${path}/invoke`, {})
    expect(runner.started.map((spec) => spec.code)).toEqual(['echo', 'a', 'b'])
  })

  test.each([
    [{}, 'code'],
    [{ code: 'a b' }, 'code'],
    [{ code: 'QQ==', request: { method: 'FETCH' } }, 'request.method'],
    [{ code: 'QQ==', request: { path: 'x' } }, 'request.path'],
    [{ code: 'QQ==', request: { headers: { 'bad name': 'x' } } }, 'request.headers'],
    [{ code: 'QQ==', request: { query: 'x' } }, 'request.query'],
  ])('refuses %j and names the field %s', async (body, field) => {
    const { error, ready } = createBench()
    const { path } = await ready()
    expect(await error(`POST ${path}/draft-run`, body)).toMatchObject({
      status: 400,
      details: { field },
    })
  })

  test('names the header that HTTP does not allow', async () => {
    const { error, ready } = createBench()
    const { path } = await ready()
    for (const wrong of [{ 'bad name': 'x' }, { 'x-mood': '행복' }]) {
      const request = { headers: { 'x-fine': '1', ...wrong } }
      const refused = await error(`POST ${path}/draft-run`, { code: 'QQ==', request })
      expect(refused.message).toBe(
        `HTTP does not allow the name or the value of ${JSON.stringify(Object.keys(wrong)[0])}`,
      )
    }
  })
})

describe('passthrough', () => {
  test('hands on method, path, query, headers and body as they are', async () => {
    const { call, ready } = createBench()
    const { ws } = await ready({ name: '주문 서비스', httpMethods: ['PUT'] })
    const response = await call(
      `PUT /fn/${ws.id}/${encodeURIComponent('주문 서비스')}/a%2Fb/c?x=1&x=%20`,
      'raw body',
      { 'content-type': 'text/csv', authorization: 'Bearer own', cookie: 'console=1' },
    )
    expect(await response.json()).toEqual({
      method: 'PUT',
      path: '/a%2Fb/c?x=1&x=%20',
      body: 'raw body',
      headers: { 'content-type': 'text/csv', authorization: 'Bearer own' },
    })
  })

  test('refuses a method that the function does not take, and says which it does', async () => {
    const { error, ready, runner } = createBench()
    const { ws } = await ready({ httpMethods: ['GET', 'PUT'] })
    const answered = await error(`POST /fn/${ws.id}/user-auth/`, 'x')
    expect(answered).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    expect(answered.headers.get('allow')).toBe('GET, PUT')
    expect(runner.started).toEqual([])
  })

  test.each([
    '/..%2f..%2fapi%2fworkspaces',
    '/%2e%2e/%2e%2e/api/workspaces',
    '/../../../api/workspaces',
    '/%00',
    '/%ff',
  ])('never leaves the function through the path %s', async (path) => {
    const { call, ready } = createBench({
      behaviour: ({ request }) => answer({ path: request.path }),
    })
    const { ws } = await ready({ httpMethods: ['GET'] })
    const response = await call(`GET /fn/${ws.id}/user-auth${path}`)
    const text = await response.text()
    // Either the function saw it, or the path resolved to a route that has nothing to do with the function.
    expect([200, 404]).toContain(response.status)
    if (response.headers.has('x-function-status')) expect(JSON.parse(text)).toEqual({ path })
  })

  test('keeps a function’s page and headers away from the console', async () => {
    const { call, ready } = createBench({
      behaviour: () =>
        answer('<script>', {
          headers: {
            'set-cookie': 'a=b; Path=/',
            'clear-site-data': '*',
            connection: 'close',
            'content-security-policy': "default-src 'none'",
          },
        }),
    })
    const { ws } = await ready({ httpMethods: ['GET'] })
    const { headers } = await call(`GET /fn/${ws.id}/user-auth`)
    expect([
      headers.get('set-cookie'),
      headers.get('clear-site-data'),
      headers.get('connection'),
    ]).toEqual([null, null, null])
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none', sandbox allow-scripts allow-forms allow-popups",
    )
  })

  test.each([
    [204, 'POST'],
    [304, 'POST'],
    [200, 'HEAD'],
  ])('sends no body with %i on %s', async (status, method) => {
    const { call, ready } = createBench({ behaviour: () => answer('body', { status }) })
    const { ws } = await ready({ httpMethods: ['POST', 'HEAD'] })
    const response = await call(`${method} /fn/${ws.id}/user-auth/`)
    expect([response.status, await response.text()]).toEqual([status, ''])
  })

  test('finds nothing under a wrong workspace or name', async () => {
    const { error, ready } = createBench()
    const { ws } = await ready()
    for (const target of [
      `/fn/${ws.id}/USER-AUTH/`,
      '/fn/ws-none/user-auth/',
      `/fn/${ws.id}/%E0%A4%A/`,
    ]) {
      expect(await error(`POST ${target}`, 'x')).toMatchObject({ status: 404, code: 'NOT_FOUND' })
    }
  })
})

describe('numbers and logs', () => {
  test('counts exactly the last 24 hours', async () => {
    const clock = createManualClock()
    let status = 200
    const { call, json, ready } = createBench({
      behaviour: () => answer('x', { status, durationMs: status === 200 ? 10 : 40 }),
      ports: { clock },
    })
    const { ws, path } = await ready()
    await call(`POST ${path}/invoke`, {})
    clock.advance(60 * 60 * 1000)
    status = 500
    await call(`POST ${path}/invoke`, {})
    status = 404
    await call(`POST ${path}/invoke`, {})
    const numbers = async (): Promise<unknown[]> => {
      const { invocations24h, errors24h, avgDuration } = await json<FunctionConfig>(`GET ${path}`)
      const { errorRate } = await json<Workspace>(`GET /api/workspaces/${ws.id}`)
      return [invocations24h, errors24h, avgDuration, errorRate]
    }
    expect(await numbers()).toEqual([3, 1, 30, (1 / 3) * 100])
    clock.advance(DAY - 60 * 60 * 1000 - 1)
    expect(await numbers()).toEqual([3, 1, 30, (1 / 3) * 100])
    clock.advance(1)
    expect(await numbers()).toEqual([2, 1, 40, 50])
    clock.advance(60 * 60 * 1000)
    expect(await numbers()).toEqual([0, 0, 0, 0])
  })

  test('says warn for an answer of 400 to 499, which is no error of the function', async () => {
    const { call, json, ready } = createBench({ behaviour: () => answer('no', { status: 404 }) })
    const { path } = await ready()
    await call(`POST ${path}/invoke`, {})
    expect((await json<LogsResponse>(`GET ${path}/logs`)).logs).toMatchObject([
      { status: 'success', level: 'warn', statusCode: 404, responseBody: 'no' },
    ])
  })

  test.each([
    ['/logs', 100, 1000],
    ['ws', 50, 500],
    ['loki', 100, 1000],
  ])('limits %s to %i by default and %i at most', async (kind, normal, most) => {
    const { call, error, json, ready } = createBench({
      behaviour: ({ print }) => (print('line'), answer('x')),
      options: { host: { maxQueuedPerFunction: 2000, maxQueued: 2000 } },
    })
    const { ws, fn, path } = await ready()
    await Promise.all(Array.from({ length: most + 1 }, () => call(`POST ${path}/invoke`, {})))
    const target =
      kind === 'ws'
        ? `GET /api/workspaces/${ws.id}/logs`
        : kind === 'loki'
          ? `GET /api/functions/${fn.id}/loki-logs`
          : `GET ${path}/logs`
    expect((await json<{ logs: unknown[] }>(target)).logs).toHaveLength(normal)
    expect((await json<{ logs: unknown[] }>(`${target}?limit=${most}`)).logs).toHaveLength(most)
    expect((await json<{ logs: unknown[] }>(`${target}?limit=1`)).logs).toHaveLength(1)
    for (const limit of ['0', String(most + 1), '-1', '1.5', 'abc', '', '1e2']) {
      expect(await error(`${target}?limit=${limit}`)).toMatchObject({
        status: 400,
        details: { field: 'limit' },
      })
    }
  })

  test('keeps the head of long bodies and says so', async () => {
    const { json, ready } = createBench({ behaviour: () => answer('안'.repeat(10_000)) })
    const { path } = await ready()
    const log = await json<ExecutionLog>(`POST ${path}/invoke?view=log`, { long: 'x'.repeat(9000) })
    expect(log.truncated).toEqual(['requestBody', 'responseBody'])
    expect(log.requestBody).toHaveLength(8192)
    expect(log.responseBody).toBe('안'.repeat(2730))
  })

  test('shows a body of nothing but brackets without harm', async () => {
    const { json, ready } = createBench({
      behaviour: () => answer('['.repeat(4096) + ']'.repeat(4096)),
    })
    const { path } = await ready()
    const log = await json<ExecutionLog>(`POST ${path}/invoke?view=log`)
    expect([log.status, Array.isArray(log.responseBody)]).toEqual(['success', true])
  })

  test('records how long a cold start took, apart from the duration', async () => {
    const clock = createManualClock()
    const { json, ready } = createBench({
      ports: { clock },
      runner: { onStart: () => clock.advance(250) },
    })
    const { path } = await ready()
    const cold = await json<ExecutionLog>(`POST ${path}/invoke?view=log`)
    const warm = await json<ExecutionLog>(`POST ${path}/invoke?view=log`)
    expect(cold).toMatchObject({ coldStart: true, coldStartMs: 250, duration: 1 })
    expect(warm).toMatchObject({ coldStart: false, coldStartMs: 0, duration: 1 })
  })

  test('shows bytes that are no text as Base64', async () => {
    const { json, ready } = createBench({ behaviour: () => answer(new Uint8Array([255, 0])) })
    const { path } = await ready()
    expect(await json(`POST ${path}/invoke?view=log`)).toMatchObject({
      responseBody: { base64: '/wA=' },
    })
  })

  test('keeps 256 KB of what is printed and marks the cut', async () => {
    const { json, ready } = createBench({
      behaviour: ({ print }) => {
        for (let index = 0; index < 500; index += 1) print('안'.repeat(1000))
        return answer('x')
      },
    })
    const { path } = await ready()
    await json<ExecutionLog>(`POST ${path}/invoke?view=log`)
    const [log] = (await json<LogsResponse>(`GET ${path}/logs`)).logs
    expect(log?.truncated).toEqual(['logs'])
    expect(log?.logs.at(-1)).toContain('truncated')
    const kept = Buffer.byteLength((log?.logs ?? []).slice(0, -1).join('\n'))
    expect(kept).toBeLessThanOrEqual(262_144)
    expect(kept).toBeGreaterThan(259_000)
  })

  test('does not keep an endless number of empty lines', async () => {
    const { json, ready } = createBench({
      behaviour: ({ print }) => {
        for (let index = 0; index < 400_000; index += 1) print('')
        return answer('x')
      },
    })
    const { path } = await ready()
    expect(
      (await json<ExecutionLog>(`POST ${path}/invoke?view=log`)).logs.length,
    ).toBeLessThanOrEqual(262_145)
  })

  test('answers the Loki and Prometheus routes in the shapes of the seed', async () => {
    const clock = createManualClock()
    const { call, error, json, ready } = createBench({
      behaviour: ({ print }) => (print('first'), print('second'), answer('x', { cpuMs: 600 })),
      ports: { clock },
    })
    const { fn, path } = await ready()
    await call(`POST ${path}/invoke`, {})
    clock.advance(60_000)
    const loki = await json<LokiLogsResponse>(`GET /api/functions/${fn.id}/loki-logs`)
    expect(loki).toMatchObject({ total: 2, function_id: fn.id })
    expect(loki.logs.map((entry) => entry.line).sort()).toEqual(['first', 'second'])
    expect(loki.logs[0]?.timestamp).toMatch(/^\d{19}$/)
    const metrics = await json<PrometheusMetricsResponse>(`GET /api/functions/${fn.id}/metrics`)
    expect(metrics).toMatchObject({
      status: 'success',
      function_id: fn.id,
      data: { window_seconds: 3600, cpu_total: 0.01 },
    })
    expect(metrics.data.cpu_series).toHaveLength(60)
    expect(metrics.data.cpu_series.filter((point) => point.value > 0)).toEqual([
      { timestamp: Math.floor(clock.now() / 60_000) * 60, value: 0.01 },
    ])
    expect(Check(ANSWERS.PrometheusMetricsResponse, metrics)).toBe(true)
    expect(await error('GET /api/functions/fn-none/metrics')).toMatchObject({ status: 404 })
    expect(await error('GET /api/functions/fn-none/loki-logs')).toMatchObject({ status: 404 })
  })

  test('drops old executions in the background', async () => {
    const clock = createManualClock()
    const { call, json, ready } = createBench({
      ports: { clock },
      options: { retention: { maxPerFunction: 2 }, pruneEveryMs: 1000 },
    })
    const { path } = await ready()
    for (let index = 0; index < 5; index += 1) await call(`POST ${path}/invoke`, {})
    expect((await json<LogsResponse>(`GET ${path}/logs`)).total).toBe(5)
    clock.advance(1000)
    expect((await json<LogsResponse>(`GET ${path}/logs`)).total).toBe(2)
    expect(await json(`GET ${path}`)).toMatchObject({ invocations24h: 5 })
  })
})

test('refuses calls once it is closed', async () => {
  const { api, error, ready, runner } = createBench()
  const { path } = await ready()
  await error(`POST ${path}/invoke?method=BAD`)
  await api.close()
  expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
    status: 503,
    code: 'SHUTTING_DOWN',
  })
  expect(runner.open).toBe(0)
})
