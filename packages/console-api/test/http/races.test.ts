import { expect, test } from 'vitest'
import { encodeCode, type ExecutionLog, type FunctionConfig } from '../../src/contract/index.ts'
import { answer, createFakeRunner, type FakeBehaviour } from '../../src/testing/index.ts'
import { createBench } from '../http.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('runs a call that waited while its code changed, with the new code', async () => {
  const release: (() => void)[] = []
  const slow: FakeBehaviour = ({ spec }) =>
    new Promise((resolve) => release.push(() => resolve(answer(spec.code))))
  const { json, ready, runner } = createBench({
    behaviour: slow,
    options: { host: { maxInstances: 1 } },
  })
  const { path } = await ready({ code: encodeCode('old') })
  const first = json<ExecutionLog>(`POST ${path}/invoke?view=log`)
  while (release.length < 1) await turn()
  // Both wait for the only place, the second on a revision whose object is gone by the time it starts.
  const second = json<ExecutionLog>(`POST ${path}/draft-run`, { code: encodeCode('draft') })
  const third = json<ExecutionLog>(`POST ${path}/invoke?view=log`)
  while ((await json<FunctionConfig>(`GET ${path}`)).code !== encodeCode('old')) await turn()
  await json(`PATCH ${path}`, { code: encodeCode('new') })
  for (let done = 0; done < 3; done += 1) {
    while (release.length <= done) await turn()
    release[done]?.()
  }
  expect((await first).responseBody).toBe('old')
  expect((await second).responseBody).toBe('draft')
  expect((await third).responseBody).toBe('new')
  expect(runner.mostOpen).toBe(1)
})

test('lists functions while their code changes', async () => {
  const { json, ready } = createBench()
  const { ws, path } = await ready()
  const changes = Array.from({ length: 50 }, (_, index) =>
    json(`PATCH ${path}`, { code: encodeCode(String(index)) }),
  )
  const lists = Array.from({ length: 50 }, () =>
    json<FunctionConfig[]>(`GET /api/workspaces/${ws.id}/functions`),
  )
  await Promise.all(changes)
  expect((await Promise.all(lists)).every((list) => list.length === 1)).toBe(true)
})

test('makes a function or removes its workspace, never a function without one', async () => {
  const { call, ports, workspace } = createBench()
  for (let round = 0; round < 20; round += 1) {
    const ws = await workspace()
    await Promise.all([
      call(`POST /api/workspaces/${ws.id}/functions`, { name: 'a', code: 'QQ==' }),
      call(`DELETE /api/workspaces/${ws.id}`),
    ])
  }
  expect(await ports.tables.functions.codeKeys()).toEqual(new Set())
  expect(await ports.objects.list('')).toEqual([])
})

test('says that stored code is damaged or missing instead of running something else', async () => {
  const { error, ports, ready, runner } = createBench()
  const { path } = await ready()
  const [key = ''] = await ports.objects.list('code/')
  await ports.objects.put(key, new TextEncoder().encode('changed on disk'))
  expect(await error(`GET ${path}`)).toMatchObject({
    status: 500,
    code: 'READ_ERROR',
    message: expect.stringContaining('damaged') as string,
  })
  expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
    status: 503,
    code: 'INVOCATION_ERROR',
  })
  await ports.objects.delete(key)
  expect(await error(`GET ${path}`)).toMatchObject({
    status: 500,
    code: 'READ_ERROR',
    message: expect.stringContaining('missing') as string,
  })
  expect(runner.open).toBe(0)
})

test('says which runtimes there are when that of a function is gone', async () => {
  const before = createBench()
  const { path } = await before.ready()
  const runtimes = [{ runtime: 'Python 3.14', language: 'python', version: '3.14.0' }] as const
  const { tables, objects } = before.ports
  const after = createBench({ ports: { tables, objects, runner: createFakeRunner({ runtimes }) } })
  const gone = { status: 503, code: 'INVOCATION_ERROR', details: { available: ['Python 3.14'] } }
  expect(await after.error(`POST ${path}/invoke`, {})).toMatchObject(gone)
  expect(await after.error(`POST ${path}/draft-run`, { code: 'QQ==' })).toMatchObject(gone)
  expect(await after.json(`PATCH ${path}`, { runtime: 'Python 3.14' })).toMatchObject({
    runtime: 'Python 3.14',
  })
  await after.json(`POST ${path}/invoke`, {})
})

test('hands on redirects of a deployed function, undoes its encoding, and cuts off an answer without end', async () => {
  let respond = (): Response =>
    new Response(null, { status: 302, headers: { location: 'http://elsewhere' } })
  const { call, error, json, ready } = createBench({
    ports: { fetch: async () => respond() },
    options: { maxResponseBytes: 1000 },
  })
  const { path } = await ready()
  await json(`PATCH ${path}`, { invocationUrl: 'http://fn.example' })
  const redirect = await call(`POST ${path}/invoke`, {})
  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://elsewhere'])
  respond = () => new Response('plain', { headers: { 'content-encoding': 'gzip' } })
  expect((await call(`POST ${path}/invoke`, {})).headers.get('content-encoding')).toBeNull()
  let pulled = 0
  respond = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => ((pulled += 1), controller.enqueue(new Uint8Array(500))),
      }),
    )
  expect(await error(`POST ${path}/invoke`, {})).toMatchObject({
    status: 500,
    code: 'OUTPUT_LIMIT',
  })
  expect(pulled).toBeLessThan(10)
})

test('answers the question of a browser before it sends, only to allowed origins', async () => {
  const { call } = createBench({ options: { allowedOrigins: ['http://localhost:5173'] } })
  const ask = (origin: string): Promise<Response> =>
    call('OPTIONS /api/workspaces', undefined, { origin, 'access-control-request-method': 'POST' })
  expect((await ask('http://localhost:5173')).headers.get('access-control-allow-origin')).toBe(
    'http://localhost:5173',
  )
  expect((await ask('http://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
})
