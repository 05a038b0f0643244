import { expect, test } from 'vitest'
import { Check, Errors } from 'typebox/value'
import {
  encodeCode,
  type ExecutionLog,
  type FunctionSummary,
  type LogsResponse,
  type LogSummaries,
} from '../../src/contract/index.ts'
import { ANSWERS, type AnswerName } from '../../src/http/schemas.ts'
import { answer, createManualClock, failure, type FakeBehaviour } from '../../src/testing/index.ts'
import { createBench, type Bench } from '../http.ts'

function expectShape(name: AnswerName, value: unknown): void {
  expect(Check(ANSWERS[name], value) ? [] : Errors(ANSWERS[name], value)).toEqual([])
}

const behaviour: FakeBehaviour = ({ print, request }) => {
  print('p'.repeat(50_000))
  return request.body === null ? failure('FUNCTION_ERROR', 't'.repeat(9000)) : answer('r')
}

/** What a list answers: its ETag, and its text unless the caller has it already. */
async function ask(bench: Bench, path: string, known?: string) {
  const headers: Record<string, string> = known === undefined ? {} : { 'if-none-match': known }
  const response = await bench.call(`GET ${path}`, undefined, headers)
  const etag = response.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f]{16}"$/)
  expect(response.headers.get('cache-control')).toBe('private, no-cache')
  return { status: response.status, etag, text: await response.text() }
}

test('summaries of functions have everything but code and environment', async () => {
  const bench = createBench({ behaviour })
  const { ws, fn, path } = await bench.ready({
    code: encodeCode('x'.repeat(100_000)),
    environmentVariables: { SECRET: 'hidden' },
  })
  await bench.call(`POST ${path}/invoke`, '{}')
  const list = `/api/workspaces/${ws.id}/functions?view=summary`
  const { text } = await ask(bench, list)
  const [summary] = JSON.parse(text) as FunctionSummary[]
  const { code: _, environmentVariables: __, ...rest } = fn
  expect(summary).toEqual({ ...rest, invocations24h: 1, avgDuration: 1 })
  expectShape('FunctionSummaries', JSON.parse(text))
  expect(text.length).toBeLessThan(600)
})

test('summaries of executions have neither bodies nor prints, and each can be read whole', async () => {
  const bench = createBench({ behaviour })
  const { ws, path } = await bench.ready()
  await bench.call(`POST ${path}/invoke?path=/a`, '{"in":1}')
  await bench.call(`POST ${path}/invoke`)
  const full = await bench.json<LogsResponse>(`GET ${path}/logs`)
  for (const list of [`${path}/logs`, `/api/workspaces/${ws.id}/logs`]) {
    const { text } = await ask(bench, `${list}?view=summary`)
    const { logs, total } = JSON.parse(text) as LogSummaries
    expectShape('LogSummaries', { logs, total })
    expect(total).toBe(2)
    expect(logs).toMatchObject([
      { status: 'error', statusCode: 500, errorCode: 'EXECUTION_ERROR', level: 'error' },
      { status: 'success', statusCode: 200, path: '/a', lastLine: 'p'.repeat(200) },
    ])
    expect(text.length).toBeLessThan(1500)
    const whole = logs.map(({ id }) => bench.json<ExecutionLog>(`GET ${path}/logs/${id}`))
    expect(await Promise.all(whole)).toEqual(full.logs)
  }
})

test('an execution is read through its own function only', async () => {
  const bench = createBench()
  const { ws, path } = await bench.ready()
  const other = await bench.fn(ws.id, { name: 'other' })
  await bench.call(`POST ${path}/invoke`, '{}')
  const { logs } = await bench.json<LogsResponse>(`GET ${path}/logs`)
  const id = logs[0]?.id ?? ''
  const wrong = [
    `/api/workspaces/${ws.id}/functions/${other.id}/logs/${id}`,
    `${path}/logs/ex-none`,
  ]
  for (const each of wrong)
    expect(await bench.error(`GET ${each}`)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})

const views = ['', '?view=summary']
const lists = views.flatMap(
  (view) =>
    [
      ['functions', (path: string) => path.replace(/\/fn-\w+$/, '') + view],
      ['logs of a function', (path: string) => `${path}/logs${view}`],
      ['logs of a workspace', (path: string) => `${path.replace(/\/functions.*/, '')}/logs${view}`],
    ] as const,
)

test.each([...lists, ['workspaces', () => '/api/workspaces'] as const])(
  'a list of %s is sent once until something in it changes',
  async (_name, pathOf) => {
    const bench = createBench({ behaviour })
    const { path } = await bench.ready()
    await bench.call(`POST ${path}/invoke`, '{}')
    const list = pathOf(path)
    const first = await ask(bench, list)
    expect(first.status).toBe(200)
    for (const known of [first.etag, `W/${first.etag}`, `"old", ${first.etag}`, '*']) {
      const again = await ask(bench, list, known)
      expect([again.status, again.text, again.etag]).toEqual([304, '', first.etag])
    }
    await bench.call(`POST ${path}/invoke`, '{}')
    const changed = await ask(bench, list, first.etag)
    expect(changed.status).toBe(200)
    expect(changed.text).not.toBe(first.text)
    expect((await ask(bench, list, changed.etag)).status).toBe(304)
  },
)

test('the full list of functions is sent again when only code or a variable changed', async () => {
  // The same moment: not even `lastModified` differs.
  const bench = createBench({ ports: { clock: createManualClock(0) } })
  const { ws, path } = await bench.ready()
  const list = `/api/workspaces/${ws.id}/functions`
  let known = (await ask(bench, list)).etag
  for (const change of [{ code: encodeCode('other') }, { environmentVariables: { A: '1' } }]) {
    await bench.json(`PATCH ${path}`, change)
    const { status, etag, text } = await ask(bench, list, known)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject([change])
    known = etag
  }
})

test('a list is sent again when an execution leaves the 24 hours', async () => {
  const clock = createManualClock(Date.UTC(2025, 11, 7))
  const bench = createBench({ ports: { clock } })
  const { ws, path } = await bench.ready()
  await bench.call(`POST ${path}/invoke`, '{}')
  const list = `/api/workspaces/${ws.id}/functions?view=summary`
  const before = await ask(bench, list)
  clock.advance(24 * 3600 * 1000)
  const after = await ask(bench, list, before.etag)
  expect(after.status).toBe(200)
  expect(JSON.parse(after.text)).toMatchObject([{ invocations24h: 0 }])
})

test('a list that has not changed reads no code', async () => {
  const bench = createBench()
  const { ws } = await bench.ready()
  const list = `/api/workspaces/${ws.id}/functions`
  const { etag } = await ask(bench, list)
  const { objects } = bench.ports
  for (const key of await objects.list('code/')) await objects.delete(key)
  expect((await ask(bench, list, etag)).status).toBe(304)
  expect((await ask(bench, `${list}?view=summary`)).status).toBe(200)
  expect(await bench.error(`GET ${list}`)).toMatchObject({ status: 500, code: 'READ_ERROR' })
})

test('refuses a view that there is not', async () => {
  const bench = createBench()
  const { ws, path } = await bench.ready()
  const wrong = ['functions?view=lean', 'logs?view=log', 'logs?view=']
  for (const each of wrong)
    expect(await bench.error(`GET /api/workspaces/${ws.id}/${each}`)).toMatchObject({
      status: 400,
      details: { field: 'view' },
    })
  expect(await bench.error(`POST ${path}/invoke?view=summary`)).toMatchObject({ status: 400 })
})
