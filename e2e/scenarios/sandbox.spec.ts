import { once } from 'node:events'
import { expect, test } from '@playwright/test'
import { WebSocket } from 'ws'
import { connect, execute, type BareClient } from '../support/bare-client.ts'
import { newDataDir, removeDataDir, startDaemon, type RunningDaemon } from '../support/daemon.ts'

let daemon: RunningDaemon
let client: BareClient

test.beforeAll(async () => {
  daemon = await startDaemon()
  client = await connect(daemon.sandboxUrl)
})

test.afterAll(async () => {
  client?.close()
  await daemon?.stop()
  await removeDataDir(daemon?.dataDir ?? (await newDataDir()))
})

const open = async (language: string): Promise<string> => {
  const { result } = await client.call('session.create', { language })
  return String(result?.['sessionId'])
}

test("SBX-1 the seed's conversation runs as written", async () => {
  const created = await client.call('session.create', {
    language: 'python',
    idleTimeoutMinutes: 30,
    maxLifetimeMinutes: 120,
    memoryLimitMB: 512,
  })
  expect(created).toMatchObject({
    jsonrpc: '2.0',
    id: 1,
    result: {
      language: 'python',
      state: 'Active',
      config: { idleTimeoutMinutes: 30, maxLifetimeMinutes: 120 },
    },
  })
  const sessionId = created.result?.['sessionId']
  expect(typeof created.result?.['containerId']).toBe('string')
  expect(new Date(String(created.result?.['createdAt'])).toISOString().slice(0, 10)).toHaveLength(
    10,
  )

  const hello = await client.call('session.execute', {
    sessionId,
    command: {
      type: 'write_file',
      path: '/workspace/hello.py',
      content: "print('Hello, World!')",
      mode: 'Create',
    },
  })
  expect(hello.result).toEqual({
    success: true,
    result: { path: '/workspace/hello.py', bytes: 22 },
    error: null,
    durationMs: expect.any(Number),
  })

  await client.call('session.execute', {
    sessionId,
    command: { type: 'write_file', path: '/workspace/script.py', content: 'x = 10\nprint(x * 2)' },
  })
  const ran = await client.call('session.execute', {
    sessionId,
    command: { type: 'execute_shell', commandName: 'python3', args: ['/workspace/script.py'] },
  })
  expect(ran.result).toMatchObject({
    success: true,
    result: { stdout: '20\n', stderr: '', exitCode: 0 },
    error: null,
  })

  const listed = await client.call('session.list', {})
  expect(listed.result).toMatchObject({
    count: 1,
    sessions: [
      {
        sessionId,
        language: 'python',
        state: 'Idle',
        executionCount: 3,
        idleMinutes: expect.any(Number),
        lifetimeMinutes: expect.any(Number),
      },
    ],
  })
  expect((await client.call('session.close', { sessionId })).result).toEqual({
    sessionId,
    closed: true,
  })
  expect((await client.call('session.list', {})).result).toEqual({ count: 0, sessions: [] })
})

for (const { language, file, content, run } of [
  {
    language: 'python',
    file: 'main.py',
    content: 'import sys\nprint(sys.argv[1], open("note.txt").read())',
    run: 'python3',
  },
  {
    language: 'javascript',
    file: 'main.js',
    content: 'console.log(process.argv[2], require("fs").readFileSync("note.txt", "utf8"))',
    run: 'node',
  },
]) {
  test(`SBX-2 the seven commands work together for ${language}`, async () => {
    const id = await open(language)
    const ok = async (command: Record<string, unknown>) => {
      const answer = await execute(client, id, command)
      expect(answer, JSON.stringify(command)).toMatchObject({ success: true, error: null })
      return answer.result ?? {}
    }
    await ok({ type: 'create_directory', path: '/workspace/src' })
    await ok({ type: 'write_file', path: '/workspace/src/note.txt', content: '한글 ' })
    await ok({
      type: 'write_file',
      path: '/workspace/src/note.txt',
      content: 'note',
      mode: 'Append',
    })
    await ok({ type: 'write_file', path: `/workspace/src/${file}`, content })
    const ran = await ok({
      type: 'execute_shell',
      commandName: run,
      args: [file, 'says'],
      workingDirectory: '/workspace/src',
    })
    expect(ran).toMatchObject({ stdout: 'says 한글 note\n', exitCode: 0 })
    await ok({
      type: 'copy_file',
      sourcePath: '/workspace/src/note.txt',
      destinationPath: '/workspace/copy.txt',
    })
    expect(await ok({ type: 'read_file', path: '/workspace/copy.txt' })).toMatchObject({
      content: '한글 note',
    })
    const listed = JSON.stringify(await ok({ type: 'list_directory', path: '/workspace' }))
    expect(listed).toContain('copy.txt')
    await ok({ type: 'delete_file', path: '/workspace/copy.txt' })
    expect(
      await execute(client, id, { type: 'read_file', path: '/workspace/copy.txt' }),
    ).toMatchObject({ success: false })
    await client.call('session.close', { sessionId: id })
  })
}

for (const [language, name, code] of [
  ['python', 'python3', 'while True: pass'],
  ['javascript', 'node', 'for (;;) {}'],
] as const) {
  test(`SBX-3 an endless ${language} loop ends at its timeout and the session goes on`, async () => {
    const id = await open(language)
    const flag = language === 'python' ? '-c' : '-e'
    const stopped = await execute(client, id, {
      type: 'execute_shell',
      commandName: name,
      args: [flag, code],
      timeoutMs: 1000,
    })
    expect(stopped.success).toBe(false)
    expect(stopped.error).toMatch(/time/i)
    const print = language === 'python' ? 'print(1+1)' : 'console.log(1+1)'
    const next = await execute(client, id, {
      type: 'execute_shell',
      commandName: name,
      args: [flag, print],
    })
    expect(next).toMatchObject({ success: true, result: { stdout: '2\n', exitCode: 0 } })
    await client.call('session.close', { sessionId: id })
  })
}

test('SBX-4 health answers on the sandbox port', async () => {
  const url = daemon.sandboxUrl.replace(/^ws/, 'http').replace('/ws/jsonrpc', '/health')
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
})

test('SBX-5 a page of another origin cannot open a session', async () => {
  const socket = new WebSocket(daemon.sandboxUrl, { origin: 'https://evil.example' })
  const [error] = await once(socket, 'error')
  expect(String(error)).toContain('403')
})
