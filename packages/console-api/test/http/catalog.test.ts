import { describe, expect, test } from 'vitest'
import { Check, Errors } from 'typebox/value'
import type { FunctionConfig, Workspace } from '../../src/contract/index.ts'
import { decodeCode, encodeCode } from '../../src/contract/index.ts'
import { ANSWERS, type AnswerName } from '../../src/http/schemas.ts'
import { createFakeRunner, createManualClock, createMemoryTables } from '../../src/testing/index.ts'
import { createBench, ORIGIN } from '../http.ts'

function expectShape(name: AnswerName, value: unknown): void {
  expect(Check(ANSWERS[name], value) ? [] : Errors(ANSWERS[name], value)).toEqual([])
}

describe('workspaces', () => {
  test('answers the sample of the seed in its shape', async () => {
    const clock = createManualClock(Date.UTC(2025, 11, 7, 3))
    const { call } = createBench({ ports: { clock } })
    const response = await call('POST /api/workspaces', {
      name: 'Production',
      description: 'Customer facing',
    })
    const body = (await response.json()) as Workspace
    expect(response.status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^ws-[0-9a-z]{8}$/) as string,
      name: 'Production',
      description: 'Customer facing',
      createdAt: '2025-12-07T12:00:00+09:00',
      functionCount: 0,
      invocations24h: 0,
      errorRate: 0,
    })
    expectShape('Workspace', body)
  })

  test('lists, reads, renames and removes', async () => {
    const { call, json, error, workspace } = createBench()
    const ws = await workspace('one')
    await workspace('두 번째 🚀')
    const list = await json<Workspace[]>('GET /api/workspaces')
    expect(list.map((each) => each.name).sort()).toEqual(['one', '두 번째 🚀'])
    expectShape('WorkspaceList', list)
    expect(await json('GET /api/workspaces/' + ws.id)).toEqual(ws)
    expect(
      await json(`PATCH /api/workspaces/${ws.id}`, { name: 'renamed', description: 'd' }),
    ).toMatchObject({ name: 'renamed', description: 'd' })
    expect(await json(`PATCH /api/workspaces/${ws.id}`, { description: '' })).not.toHaveProperty(
      'description',
    )
    expect((await call(`DELETE /api/workspaces/${ws.id}`)).status).toBe(204)
    expect(await error(`GET /api/workspaces/${ws.id}`)).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
    expect(await error(`DELETE /api/workspaces/${ws.id}`)).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
    expect(await error(`PATCH /api/workspaces/${ws.id}`, { name: 'x' })).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
  })

  test.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: '  ' }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: 'a'.repeat(101) }, 'name'],
    [{ name: 'a\u0000b' }, 'name'],
    [{ name: 'a', description: 'd'.repeat(1001) }, 'description'],
    [{ name: 'a', color: 'red' }, 'color'],
    [[], 'body'],
    [null, 'body'],
    ['text', 'body'],
  ])('refuses to create from %j and names the field %s', async (body, field) => {
    const { error } = createBench()
    const answer = await error('POST /api/workspaces', JSON.stringify(body), {
      'content-type': 'application/json',
    })
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: { field } })
  })

  test.each([
    [{ name: '' }, 'name must not be empty'],
    [{ name: 5 }, 'name must be a string'],
    [[], 'body must be an object'],
    [{ name: 'a'.repeat(101) }, 'name must have at most 100 characters'],
    [{ name: '\ud800' }, 'name must not have control characters or halves of characters'],
  ])('says in plain words what is wrong with %j', async (body, message) => {
    const { error } = createBench()
    const headers = { 'content-type': 'application/json' }
    expect(await error('POST /api/workspaces', JSON.stringify(body), headers)).toMatchObject({
      message,
    })
  })

  test('refuses an empty name on a change', async () => {
    const { error, workspace } = createBench()
    const ws = await workspace()
    expect(await error(`PATCH /api/workspaces/${ws.id}`, { name: '' })).toMatchObject({
      status: 400,
      details: { field: 'name' },
    })
  })

  test('removes functions, code and logs with the workspace', async () => {
    const { call, error, ports, ready, runner } = createBench()
    const { ws, fn, path } = await ready()
    await call(`POST ${path}/invoke`, '{}')
    expect(await ports.objects.list('code/')).toHaveLength(1)
    await call(`DELETE /api/workspaces/${ws.id}`)
    expect(await ports.objects.list('code/')).toEqual([])
    expect(await ports.tables.functions.get(fn.id)).toBeNull()
    expect(runner.open).toBe(0)
    expect(await error(`GET ${path}`)).toMatchObject({ status: 404 })
    expect(await error(`GET /api/workspaces/${ws.id}/logs`)).toMatchObject({ status: 404 })
  })
})

describe('functions', () => {
  test('fills in the defaults of the seed', async () => {
    const { ready } = createBench()
    const { fn } = await ready()
    expect(fn).toMatchObject({
      runtime: 'Python 3.12',
      memory: 256,
      timeout: 30,
      httpMethods: ['POST'],
      environmentVariables: {},
      status: 'active',
      invocationUrl: null,
      lastDeployed: null,
      invocations24h: 0,
      errors24h: 0,
      avgDuration: 0,
    })
    expectShape('FunctionConfig', fn)
  })

  test('takes the sample of the seed and gives back its code in Base64', async () => {
    const { json, workspace } = createBench()
    const ws = await workspace()
    const fn = await json<FunctionConfig>(`POST /api/workspaces/${ws.id}/functions`, {
      name: 'user-auth',
      runtime: 'Python 3.12',
      memory: 256,
      timeout: 30,
      httpMethods: ['POST'],
      environmentVariables: { JWT_SECRET: '***' },
      code: 'ZGVmIGhhbmRsZXIoLi4u',
    })
    expect(fn).toMatchObject({
      environmentVariables: { JWT_SECRET: '***' },
      code: 'ZGVmIGhhbmRsZXIoLi4u',
    })
    expect(decodeCode(fn.code)).toBe('def handler(...')
    expect(await json(`GET /api/workspaces/${ws.id}/functions`)).toEqual([fn])
  })

  test('stores the decoded source', async () => {
    const { ports, ready } = createBench()
    const source = 'def handler(event):\n    return "안녕 🚀"\n'
    await ready({ code: encodeCode(source) })
    const [key = ''] = await ports.objects.list('code/')
    expect(new TextDecoder().decode((await ports.objects.get(key)) ?? undefined)).toBe(source)
  })

  test('changes only the given fields', async () => {
    const { json, ready } = createBench()
    const { fn, path } = await ready({ memory: 512, description: 'before' })
    const patched = await json<FunctionConfig>(`PATCH ${path}`, {
      description: 'Updated',
      status: 'disabled',
      invocationUrl: 'fn.prod.example/run',
      lastDeployed: '2025-12-07T03:00:00Z',
    })
    expect(patched).toEqual({
      ...fn,
      description: 'Updated',
      status: 'disabled',
      invocationUrl: 'http://fn.prod.example/run',
      lastDeployed: '2025-12-07T12:00:00+09:00',
      lastModified: expect.stringContaining('+09:00') as string,
    })
  })

  test.each([
    ['2025-12-07T12:00:00+09:00', '2025-12-07T12:00:00+09:00'],
    ['2025-12-07T03:00:00.250', '2025-12-07T12:00:00.250+09:00'],
    ['2025-12-31T20:00:00-05:00', '2026-01-01T10:00:00+09:00'],
  ])('turns lastDeployed %s into Korean time', async (given, shown) => {
    const { json, ready } = createBench()
    const { path } = await ready()
    expect(await json(`PATCH ${path}`, { lastDeployed: given })).toMatchObject({
      lastDeployed: shown,
    })
    expect(await json(`PATCH ${path}`, { lastDeployed: null, invocationUrl: null })).toMatchObject({
      lastDeployed: null,
      invocationUrl: null,
    })
  })

  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'a/b' }, 'name'],
    [{ name: '..' }, 'name'],
    [{ memory: 127 }, 'memory'],
    [{ memory: 1025 }, 'memory'],
    [{ memory: 256.5 }, 'memory'],
    [{ memory: '256' }, 'memory'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 901 }, 'timeout'],
    [{ httpMethods: [] }, 'httpMethods'],
    [{ httpMethods: ['FETCH'] }, 'httpMethods.0'],
    [{ httpMethods: 'POST' }, 'httpMethods'],
    [{ environmentVariables: { A: 1 } }, 'environmentVariables.A'],
    [{ environmentVariables: { '1A': 'x' } }, 'environmentVariables.1A'],
    [{ environmentVariables: { A: 'x\u0000' } }, 'environmentVariables.A'],
    [{ environmentVariables: { A: 'x'.repeat(33_000) } }, 'environmentVariables'],
    [
      {
        environmentVariables: Object.fromEntries(
          Array.from({ length: 65 }, (_, index) => [`A${index}`, '']),
        ),
      },
      'environmentVariables',
    ],
    [{ code: '' }, 'code'],
    [{ code: 'not base64!' }, 'code'],
    [{ code: 'QQ' }, 'code'],
    [{ code: 'QR==' }, 'code'],
    [{ code: 'QUJD\n' }, 'code'],
    [{ code: '/w==' }, 'code'],
    [{ code: Buffer.alloc(1_048_577, 'a').toString('base64') }, 'code'],
    [{ status: 'paused' }, 'status'],
    [{ invocationUrl: 'ftp://x' }, 'invocationUrl'],
    [{ invocationUrl: 'javascript:1' }, 'invocationUrl'],
    [{ invocationUrl: ' JavaScript:alert(1)' }, 'invocationUrl'],
    [{ invocationUrl: 'java\nscript:1' }, 'invocationUrl'],
    [{ invocationUrl: 'data:text/html,x' }, 'invocationUrl'],
    [{ invocationUrl: 'http://' }, 'invocationUrl'],
    [{ lastDeployed: 'yesterday' }, 'lastDeployed'],
    [{ lastDeployed: '2025-02-31T00:00:00Z' }, 'lastDeployed'],
    [{ id: 'fn-12345678' }, 'id'],
    [{ workspaceId: 'ws-12345678' }, 'workspaceId'],
    [{ invocations24h: 0 }, 'invocations24h'],
  ])('refuses the change %j and names the field %s', async (body, field) => {
    const { error, json, ready } = createBench()
    const { fn, path } = await ready()
    const answer = await error(`PATCH ${path}`, body)
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: { field } })
    expect(await json(`GET ${path}`)).toEqual(fn)
  })

  test('takes a source of exactly 1 MB', async () => {
    const { ready } = createBench()
    const { fn } = await ready({ code: Buffer.alloc(1_048_576, 'a').toString('base64') })
    expect(decodeCode(fn.code)).toHaveLength(1_048_576)
  })

  test('refuses a runtime that is not there and lists those that are', async () => {
    const { error, workspace } = createBench()
    const ws = await workspace()
    const answer = await error(`POST /api/workspaces/${ws.id}/functions`, {
      name: 'a',
      code: 'QQ==',
      runtime: 'Python 2.7',
    })
    expect(answer).toMatchObject({
      status: 400,
      code: 'VALIDATION_ERROR',
      details: { field: 'runtime', available: ['Python 3.12', 'JavaScript (QuickJS)'] },
    })
  })

  test.each([
    [
      [
        { runtime: 'Python 3.9', language: 'python', version: '3.9.1' },
        { runtime: 'Python 3.14', language: 'python', version: '3.14.0' },
      ],
      'Python 3.14',
    ],
    [[{ runtime: 'JavaScript', language: 'javascript', version: '1' }], 'JavaScript'],
  ] as const)('gives a function the best runtime there is of %j', async (runtimes, best) => {
    const { json, ready } = createBench({ runner: { runtimes } })
    expect((await ready()).fn.runtime).toBe(best)
    const answer = await json('GET /api/runtimes')
    expect(answer).toEqual({ runtimes, default: best })
    expectShape('RuntimesResponse', answer)
  })

  test('says so when there is no runtime at all', async () => {
    const { error, json, workspace } = createBench({ runner: { runtimes: [] } })
    const ws = await workspace()
    expect(await json('GET /api/runtimes')).toEqual({ runtimes: [], default: null })
    expect(
      await error(`POST /api/workspaces/${ws.id}/functions`, { name: 'a', code: 'QQ==' }),
    ).toMatchObject({ details: { field: 'runtime' } })
  })

  test('holds a name once per workspace and leaves no code of the refused one', async () => {
    const { error, fn, ports, ready, workspace } = createBench()
    const { ws } = await ready()
    expect(
      await error(`POST /api/workspaces/${ws.id}/functions`, { name: 'user-auth', code: 'QQ==' }),
    ).toMatchObject({
      status: 409,
      code: 'CONFLICT',
      details: { field: 'name' },
    })
    expect(await ports.objects.list('code/')).toHaveLength(1)
    const second = await fn(ws.id, { name: 'second' })
    expect(
      await error(`PATCH /api/workspaces/${ws.id}/functions/${second.id}`, {
        name: 'user-auth',
        code: encodeCode('new'),
      }),
    ).toMatchObject({ status: 409 })
    expect(await ports.objects.list('code/')).toHaveLength(2)
    await fn((await workspace('other')).id)
  })

  test('holds two writings of one name for the same', async () => {
    const { error, fn, workspace } = createBench()
    const ws = await workspace()
    await fn(ws.id, { name: '한글'.normalize('NFD') })
    expect(
      await error(`POST /api/workspaces/${ws.id}/functions`, { name: ' 한글 ', code: 'QQ==' }),
    ).toMatchObject({ status: 409 })
  })

  test('keeps names with SQL in them as they are', async () => {
    const { json, ready } = createBench()
    const name = `x'); DROP TABLE functions;--`
    const { path } = await ready({ name })
    expect(await json(`GET ${path}`)).toMatchObject({ name })
  })

  test('does not find a function under another workspace', async () => {
    const { error, ready, workspace } = createBench()
    const { fn } = await ready()
    const other = await workspace('other')
    for (const target of ['GET', 'DELETE']) {
      expect(await error(`${target} /api/workspaces/${other.id}/functions/${fn.id}`)).toMatchObject(
        { status: 404, code: 'NOT_FOUND' },
      )
    }
    expect(await error(`GET /api/workspaces/ws-none/functions`)).toMatchObject({ status: 404 })
    expect(
      await error(`POST /api/workspaces/ws-none/functions`, { name: 'a', code: 'QQ==' }),
    ).toMatchObject({ status: 404 })
  })

  test('removes a function with its code, its logs and its instances', async () => {
    const { call, ports, json, ready, runner } = createBench()
    const { ws, fn, path } = await ready()
    await call(`POST ${path}/invoke`, '{}')
    expect((await call(`DELETE ${path}`)).status).toBe(204)
    expect(await ports.objects.list('')).toEqual([])
    expect((await ports.tables.executions.newest({ functionId: fn.id }, 1)).total).toBe(0)
    expect(runner.open).toBe(0)
    expect(await json(`GET /api/workspaces/${ws.id}`)).toMatchObject({
      functionCount: 0,
      invocations24h: 0,
    })
  })

  test('keeps one object of the code however often it changes', async () => {
    const { json, ports, ready } = createBench()
    const { path } = await ready()
    const codes = Array.from({ length: 10 }, (_, index) => encodeCode(`version ${index % 3}`))
    await Promise.all(codes.map((code) => json(`PATCH ${path}`, { code })))
    expect(await ports.objects.list('code/')).toHaveLength(1)
    expect(codes).toContain((await json<FunctionConfig>(`GET ${path}`)).code)
  })

  test('loses no field when many changes come at a time', async () => {
    const { json, ready } = createBench()
    const { path } = await ready()
    await Promise.all([
      json(`PATCH ${path}`, { description: 'd' }),
      json(`PATCH ${path}`, { memory: 1024 }),
      json(`PATCH ${path}`, { timeout: 5 }),
      json(`PATCH ${path}`, { name: 'renamed' }),
    ])
    expect(await json(`GET ${path}`)).toMatchObject({
      description: 'd',
      memory: 1024,
      timeout: 5,
      name: 'renamed',
    })
  })

  test('refuses a change to a version that is no longer the newest', async () => {
    const { call, error, ready } = createBench()
    const { path } = await ready()
    const etag = (await call(`GET ${path}`)).headers.get('etag') ?? ''
    const answers = await Promise.all(
      [1, 2, 3].map((timeout) =>
        call(`PATCH ${path}`, { timeout, code: encodeCode(String(timeout)) }, { 'if-match': etag }),
      ),
    )
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 412, 412])
    expect((await call(`GET ${path}`)).status).toBe(200)
    expect(await error(`PATCH ${path}`, { timeout: 9 }, { 'if-match': 'nonsense' })).toMatchObject({
      status: 400,
      details: { field: 'if-match' },
    })
  })
})

describe('hostile bodies', () => {
  const json = { 'content-type': 'application/json' }

  test('refuses what is not JSON', async () => {
    const { error } = createBench()
    for (const body of ['{', '', 'null,', '\ufffe', '{"name":"a"}x']) {
      expect(await error('POST /api/workspaces', body, json)).toMatchObject({
        status: 400,
        code: 'VALIDATION_ERROR',
        details: { field: 'body' },
      })
    }
    expect(await error('POST /api/workspaces', new Uint8Array([0xff, 0xfe]), json)).toMatchObject({
      status: 400,
    })
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])('refuses the type %j', async (type) => {
    const { error } = createBench()
    expect(
      await error('POST /api/workspaces', '{"name":"a"}', { 'content-type': type }),
    ).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
  })

  test('stops reading a body that does not end', async () => {
    const { error } = createBench()
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    expect(await error('POST /api/workspaces', endless, json)).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
      details: { limitBytes: 2_097_152 },
    })
    expect(pulled).toBeLessThan(3_000_000)
  })

  test('refuses a body by its announced length without reading it', async () => {
    const { api } = createBench()
    const request = new Request(`${ORIGIN}/api/workspaces`, {
      method: 'POST',
      body: '{}',
      headers: { ...json, 'content-length': '99999999' },
    })
    expect((await api.fetch(request)).status).toBe(413)
  })

  test('takes prototype keys for unknown fields and pollutes nothing', async () => {
    const { error, json: send, ready } = createBench()
    for (const body of [
      '{"name":"a","__proto__":{"x":1}}',
      '{"name":"a","constructor":{"prototype":{"x":1}}}',
    ]) {
      expect(await error('POST /api/workspaces', body, json)).toMatchObject({
        status: 400,
        code: 'VALIDATION_ERROR',
      })
    }
    const { path } = await ready({ environmentVariables: { constructor: 'mine', toString: 'own' } })
    expect(
      await error(`PATCH ${path}`, '{"environmentVariables":{"__proto__":"x"}}', json),
    ).toMatchObject({ status: 400 })
    expect(await send<FunctionConfig>(`GET ${path}`)).toMatchObject({
      environmentVariables: { constructor: 'mine', toString: 'own' },
    })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('never repeats an environment value in an error', async () => {
    const { call, ready } = createBench()
    const { path } = await ready()
    for (const environmentVariables of [
      { A: 's3cret\u0000' },
      { '1': 's3cret' },
      { A: 's3cret'.repeat(9000) },
      { A: ['s3cret'] },
    ]) {
      const response = await call(`PATCH ${path}`, { environmentVariables })
      expect(response.status).toBe(400)
      expect(await response.text()).not.toContain('s3cret')
    }
  })
})

describe('routing', () => {
  test.each([
    'GET /api',
    'GET /api/nothing',
    'POST /api/v1/build',
    'POST /api/v1/deploy',
    'GET /',
    'GET /api/workspaces/',
    'GET /fn',
    'GET /fn/ws-x',
  ])('answers %s with 404 in the error format', async (target) => {
    const { error } = createBench()
    expect(await error(target)).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      message: expect.any(String) as string,
      details: {},
    })
  })

  test('answers a method that a path does not take with 405', async () => {
    const { error } = createBench()
    const answer = await error('PUT /api/workspaces')
    expect(answer).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    expect(answer.headers.get('allow')).toBe('POST, GET')
  })

  test('refuses changes from pages of other origins', async () => {
    const { call, error } = createBench({ options: { allowedOrigins: ['http://localhost:5173'] } })
    for (const origin of ['http://evil.example', 'null', 'http://localhost:9000']) {
      expect(await error('POST /api/workspaces', { name: 'a' }, { origin })).toMatchObject({
        status: 403,
        code: 'FORBIDDEN_ORIGIN',
      })
    }
    expect((await call('POST /api/workspaces', { name: 'a' }, { origin: ORIGIN })).status).toBe(201)
    const allowed = await call(
      'POST /api/workspaces',
      { name: 'a' },
      { origin: 'http://localhost:5173' },
    )
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      201,
      'http://localhost:5173',
    ])
    const other = await call('GET /api/workspaces', undefined, { origin: 'http://evil.example' })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('turns what the store throws into the code of the route, and tells only the owner what it was', async () => {
    const tables = createMemoryTables()
    const broken = {
      ...tables,
      workspaces: {
        ...tables.workspaces,
        insert: async () => Promise.reject(new Error('disk /secret/path is full')),
      },
    }
    const { call, problems } = createBench({ ports: { tables: broken } })
    const response = await call('POST /api/workspaces', { name: 'a' })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('CREATE_ERROR')
    expect(text).not.toContain('secret')
    expect(problems.map((error) => error.message)).toEqual([
      'the tables failed: disk /secret/path is full',
    ])
  })

  test('describes every route in OpenAPI 3.1', async () => {
    const { json } = createBench()
    const document = await json<{
      openapi: string
      paths: Record<string, Record<string, { responses: object }>>
    }>('GET /api/openapi.json')
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(operations.sort()).toEqual([
      'delete /api/workspaces/{workspaceId}',
      'delete /api/workspaces/{workspaceId}/functions/{functionId}',
      'get /api/functions/{functionId}/loki-logs',
      'get /api/functions/{functionId}/metrics',
      'get /api/runtimes',
      'get /api/workspaces',
      'get /api/workspaces/{workspaceId}',
      'get /api/workspaces/{workspaceId}/functions',
      'get /api/workspaces/{workspaceId}/functions/{functionId}',
      'get /api/workspaces/{workspaceId}/functions/{functionId}/activity',
      'get /api/workspaces/{workspaceId}/functions/{functionId}/logs',
      'get /api/workspaces/{workspaceId}/functions/{functionId}/logs/stream',
      'get /api/workspaces/{workspaceId}/functions/{functionId}/logs/{executionId}',
      'get /api/workspaces/{workspaceId}/logs',
      'patch /api/workspaces/{workspaceId}',
      'patch /api/workspaces/{workspaceId}/functions/{functionId}',
      'post /api/workspaces',
      'post /api/workspaces/{workspaceId}/functions',
      'post /api/workspaces/{workspaceId}/functions/{functionId}/draft-run',
      'post /api/workspaces/{workspaceId}/functions/{functionId}/invoke',
    ])
    const create = document.paths['/api/workspaces']?.['post']
    expect(Object.keys(create?.responses ?? {})).toEqual(['201', '400', '413', '415', '500'])
  })
})

test('sweeps code that no function names, before it answers', async () => {
  const bench = createBench()
  await bench.ready()
  await bench.ports.objects.put('code/fn-gone/abc', new Uint8Array([1]))
  await bench.api.close()
  const again = createBench({
    ports: { tables: bench.ports.tables, objects: bench.ports.objects, runner: createFakeRunner() },
  })
  await again.json('GET /api/workspaces')
  const keys = await bench.ports.objects.list('code/')
  expect(keys).toHaveLength(1)
  expect(keys[0]).not.toContain('fn-gone')
})
