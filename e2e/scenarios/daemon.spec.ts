import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { connect, execute } from '../support/bare-client.ts'
import { newDataDir, removeDataDir, startDaemon } from '../support/daemon.ts'

let dataDir: string
test.beforeEach(async () => {
  dataDir = await newDataDir()
})
test.afterEach(() => removeDataDir(dataDir))

const json = async (url: string, init?: RequestInit) => {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { headers, ...init })).json() as Promise<Record<string, unknown>>
}
const code = (source: string) => Buffer.from(source).toString('base64')
const hello =
  'import json\ndef handler(event):\n    print("called with", json.dumps(event))\n    return {"hello": event.get("name")}\n'

test('KEEP-1 a killed daemon finds everything it had acknowledged', async () => {
  const first = await startDaemon({ dataDir })
  const client = await connect(first.sandboxUrl)
  const { result } = await client.call('session.create', { language: 'python' })
  const sessionId = String(result?.['sessionId'])
  await execute(client, sessionId, {
    type: 'write_file',
    path: '/workspace/kept.txt',
    content: 'from a command',
  })
  await execute(client, sessionId, {
    type: 'execute_shell',
    commandName: 'python3',
    args: ['-c', 'open("made.txt", "w").write("from Python")'],
  })
  const api = `${first.consoleUrl}/api/workspaces`
  const workspace = await json(api, { method: 'POST', body: JSON.stringify({ name: 'Kept' }) })
  const functions = `${api}/${String(workspace['id'])}/functions`
  const made = await json(functions, {
    method: 'POST',
    body: JSON.stringify({ name: 'kept', httpMethods: ['POST'], code: code(hello) }),
  })
  const invoked = await fetch(`${functions}/${String(made['id'])}/invoke`, {
    method: 'POST',
    body: '{"name":"again"}',
  })
  expect(await invoked.json()).toEqual({ hello: 'again' })
  await first.kill()

  const second = await startDaemon({ dataDir })
  const again = await connect(second.sandboxUrl)
  for (const [name, content] of [
    ['kept.txt', 'from a command'],
    ['made.txt', 'from Python'],
  ]) {
    expect(
      await execute(again, sessionId, { type: 'read_file', path: `/workspace/${name}` }),
    ).toMatchObject({ success: true, result: { content } })
  }
  const functionUrl = `${second.consoleUrl}/api/workspaces/${String(workspace['id'])}/functions/${String(made['id'])}`
  expect(await json(functionUrl)).toMatchObject({
    name: 'kept',
    invocations24h: 1,
    errors24h: 0,
    code: code(hello),
  })
  expect(await json(`${functionUrl}/logs`)).toMatchObject({
    total: 1,
    logs: [{ status: 'success', statusCode: 200 }],
  })
  again.close()
  expect(await second.stop()).toBe(0)
})

test('FN-1 a function is created, changed, invoked and logged; FN-2 errors have the seed format', async () => {
  const daemon = await startDaemon({ dataDir })
  const api = `${daemon.consoleUrl}/api/workspaces`
  expect(await json(`${api}/ws-missing1`)).toMatchObject({
    error: { code: 'NOT_FOUND', message: expect.any(String) },
  })
  expect(await json(api, { method: 'POST', body: '{"name":""}' })).toMatchObject({
    error: { code: 'VALIDATION_ERROR', details: { field: 'name' } },
  })
  const workspace = await json(api, {
    method: 'POST',
    body: '{"name":"Production","description":"Customer facing"}',
  })
  expect(workspace).toMatchObject({
    name: 'Production',
    functionCount: 0,
    invocations24h: 0,
    errorRate: 0,
    createdAt: expect.stringMatching(/\+09:00$/),
  })
  const functions = `${api}/${String(workspace['id'])}/functions`
  const made = await json(functions, {
    method: 'POST',
    body: JSON.stringify({
      name: 'user-auth',
      runtime: 'Python 3.12',
      memory: 256,
      timeout: 30,
      httpMethods: ['POST'],
      environmentVariables: { JWT_SECRET: 's' },
      code: code(hello),
    }),
  })
  expect(made).toMatchObject({
    name: 'user-auth',
    runtime: 'Python 3.12',
    memory: 256,
    timeout: 30,
    status: 'active',
  })
  const url = `${functions}/${String(made['id'])}`
  expect(await json(`${url}/invoke`, { method: 'POST', body: '{"name":"세상"}' })).toEqual({
    hello: '세상',
  })
  await json(url, {
    method: 'PATCH',
    body: JSON.stringify({ code: code('def handler(event):\n    raise ValueError("no")\n') }),
  })
  const failed = await fetch(`${url}/invoke`, { method: 'POST', body: '{}' })
  expect(failed.status).toBe(500)
  expect(await failed.json()).toMatchObject({ error: { code: 'EXECUTION_ERROR' } })
  const { logs } = (await json(`${url}/logs`)) as { logs: { status: string; logs: string[] }[] }
  expect(logs.map((log) => log.status)).toEqual(['error', 'success'])
  expect(logs[1]?.logs.join('\n')).toContain('called with')
  expect(await json(url)).toMatchObject({ invocations24h: 2, errors24h: 1 })
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(204)
  await daemon.stop()
})

test('FN-3 HTML from a function is opened as an untrusted document', async () => {
  const daemon = await startDaemon({ dataDir })
  const api = `${daemon.consoleUrl}/api/workspaces`
  const workspace = await json(api, { method: 'POST', body: '{"name":"Pages"}' })
  const source =
    'def handler(event):\n    return {"statusCode": 200, "headers": {"content-type": "text/html", "set-cookie": "a=b"}, "body": "<script>1</script>"}\n'
  const functions = `${api}/${String(workspace['id'])}/functions`
  await json(functions, {
    method: 'POST',
    body: JSON.stringify({ name: 'page', httpMethods: ['GET'], code: code(source) }),
  })
  const shown = await fetch(`${daemon.consoleUrl}/fn/${String(workspace['id'])}/page/`)
  expect(await shown.text()).toBe('<script>1</script>')
  expect(shown.headers.get('content-security-policy')).toMatch(/^sandbox/)
  expect(shown.headers.get('set-cookie')).toBeNull()
  await daemon.stop()
})

for (const [flag, setting] of [
  ['--port', 'GAESUP_PORT'],
  ['--sandbox-port', 'GAESUP_SANDBOX_PORT'],
] as const) {
  test(`RUN-1 a port that is taken is answered with the setting ${setting}`, async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const failure = await startDaemon({ dataDir, args: [flag, String(port)] }).catch(
      (error: unknown) => String(error),
    )
    expect(failure).toContain('ended with 1')
    expect(failure).toContain(
      `Port ${port} is taken by another program. Choose another one with ${flag} or ${setting}.`,
    )
    other.close()
  })
}

test('RUN-2 SIGTERM ends the daemon and all it started, also while code runs', async () => {
  const daemon = await startDaemon({ dataDir })
  const client = await connect(daemon.sandboxUrl)
  const { result } = await client.call('session.create', { language: 'python' })
  void client.call('session.execute', {
    sessionId: result?.['sessionId'],
    command: { type: 'execute_shell', commandName: 'python3', args: ['-c', 'while True: pass'] },
  })
  await expect.poll(() => childrenOf(daemon.pid).length).toBeGreaterThan(0)
  const children = childrenOf(daemon.pid)
  expect(await daemon.stop()).toBe(0)
  await expect.poll(() => children.filter(isAlive)).toEqual([])
})

test('RUN-2 kill -9 leaves no process behind', async () => {
  const daemon = await startDaemon({ dataDir })
  await expect.poll(() => childrenOf(daemon.pid).length).toBeGreaterThan(0)
  const children = childrenOf(daemon.pid)
  await daemon.kill()
  await expect.poll(() => children.filter(isAlive)).toEqual([])
})

test('RUN-3 the status says what there is', async () => {
  const daemon = await startDaemon({ dataDir })
  const status = await json(`${daemon.consoleUrl}/status`)
  expect(status).toMatchObject({
    dataDir,
    endpoints: { console: daemon.consoleUrl, sandbox: daemon.sandboxUrl },
  })
  const runtimes = (status['runtimes'] as { language: string }[]).map((runtime) => runtime.language)
  expect(runtimes).toEqual(expect.arrayContaining(['python', 'javascript']))
  expect(await json(`${daemon.consoleUrl}/health`)).toMatchObject({ status: 'ok' })
  await daemon.stop()
})

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(pid))
    .map(Number)
}

function isAlive(pid: number): boolean {
  const state = statOf(String(pid))?.[0]
  return state !== undefined && state !== 'Z'
}

/** State and parent of a process, from the fields after its name. */
function statOf(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
  } catch {
    return undefined
  }
}

test('KEEP-1 a database that is none is named, and left as it is', async () => {
  writeFileSync(
    join(dataDir, 'functions.db'),
    'this is not a database, but someone may want it back',
  )
  const failure = await startDaemon({ dataDir }).catch((error: unknown) => String(error))
  expect(failure).toContain('ended with 1')
  expect(failure).toContain('DATA_UNUSABLE')
  expect(readFileSync(join(dataDir, 'functions.db'), 'utf8')).toContain('someone may want it back')
})

test('KEEP-1 what is kept is readable by its owner only', async () => {
  const daemon = await startDaemon({ dataDir })
  expect(statSync(join(dataDir, 'functions.db')).mode & 0o077).toBe(0)
  await daemon.stop()
})

test('RUN-2 a call that runs at SIGTERM is answered, not cut off', async () => {
  const daemon = await startDaemon({ dataDir })
  const api = `${daemon.consoleUrl}/api/workspaces`
  const workspace = await json(api, { method: 'POST', body: '{"name":"Slow"}' })
  const source = 'import time\ndef handler(event):\n    time.sleep(60)\n'
  const functions = `${api}/${String(workspace['id'])}/functions`
  const body = JSON.stringify({
    name: 'slow',
    timeout: 90,
    httpMethods: ['POST'],
    code: code(source),
  })
  const made = await json(functions, { method: 'POST', body })
  const slow = `${functions}/${String(made['id'])}`
  const call = fetch(`${slow}/invoke`, { method: 'POST', body: '{}' })
  await expect.poll(() => json(`${slow}/activity`)).toMatchObject({ running: 1 })
  expect(await daemon.stop()).toBe(0)
  const answer = await call
  expect(answer.status).toBeGreaterThanOrEqual(499)
  expect(await answer.json()).toMatchObject({ error: { code: expect.any(String) } })
})
