import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectPeer, startServer, type Json, type Peer, type Running } from '../support.ts'

// The conversation of seeds/sandbox.md over a real socket, field for field.

let running: Running
let peer: Peer

beforeAll(async () => {
  running = await startServer()
  peer = await connectPeer(running.listener.url)
})

afterAll(() => running.stop())

const ask = (request: { id: number; method: string; params: unknown }): Promise<Json> => {
  peer.send({ jsonrpc: '2.0', ...request })
  return peer.wait((message) => message.id === request.id)
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/u
let sessionId = ''

test('session.create answers the documented members', async () => {
  const answer = await ask({
    id: 1,
    method: 'session.create',
    params: {
      language: 'python',
      idleTimeoutMinutes: 30,
      maxLifetimeMinutes: 120,
      memoryLimitMB: 512,
    },
  })
  expect(answer).toEqual({
    jsonrpc: '2.0',
    id: 1,
    result: {
      sessionId: expect.stringMatching(/^[0-9a-f]{32}$/u),
      containerId: expect.any(String),
      language: 'python',
      createdAt: expect.stringMatching(ISO),
      state: 'Active',
      config: { idleTimeoutMinutes: 30, maxLifetimeMinutes: 120 },
      engine: 'fake',
      runtime: 'Python 3.12',
    },
  })
  sessionId = answer.result.sessionId
})

test('write_file answers the absolute path and the number of bytes', async () => {
  const answer = await ask({
    id: 2,
    method: 'session.execute',
    params: {
      sessionId,
      command: {
        type: 'write_file',
        path: '/workspace/hello.py',
        content: "print('Hello, World!')",
        mode: 'Create',
      },
    },
  })
  expect(answer).toEqual({
    jsonrpc: '2.0',
    id: 2,
    result: {
      success: true,
      result: { path: '/workspace/hello.py', bytes: 22 },
      error: null,
      durationMs: expect.any(Number),
    },
  })
})

test('execute_shell runs the script that was written and answers its output', async () => {
  await ask({
    id: 3,
    method: 'session.execute',
    params: {
      sessionId,
      command: {
        type: 'write_file',
        path: '/workspace/script.py',
        content: 'x = 10\nprint(x * 2)',
      },
    },
  })
  const answer = await ask({
    id: 4,
    method: 'session.execute',
    params: {
      sessionId,
      command: { type: 'execute_shell', commandName: 'python3', args: ['/workspace/script.py'] },
    },
  })
  expect(answer.result).toEqual({
    success: true,
    result: {
      stdout: '20\n',
      stderr: '',
      exitCode: 0,
      durationMs: expect.any(Number),
      cpuMs: expect.any(Number),
    },
    error: null,
    durationMs: expect.any(Number),
  })
})

test('session.list answers count and every documented member', async () => {
  const answer = await ask({ id: 5, method: 'session.list', params: {} })
  expect(answer.result).toEqual({
    count: 1,
    sessions: [
      {
        sessionId,
        containerId: expect.any(String),
        language: 'python',
        createdAt: expect.stringMatching(ISO),
        lastActivity: expect.stringMatching(ISO),
        state: 'Idle',
        executionCount: 3,
        idleMinutes: expect.any(Number),
        lifetimeMinutes: expect.any(Number),
        engine: 'fake',
        runtime: 'Python 3.12',
      },
    ],
  })
})

test('session.close answers the id and closed, and the session is gone', async () => {
  const answer = await ask({ id: 6, method: 'session.close', params: { sessionId } })
  expect(answer).toEqual({ jsonrpc: '2.0', id: 6, result: { sessionId, closed: true } })
  expect((await ask({ id: 7, method: 'session.list', params: {} })).result).toEqual({
    count: 0,
    sessions: [],
  })
})

test('nothing but the answers is sent to a client that asked for no stream', () => {
  expect(peer.received.map((message) => message.id)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('GET /health tells status, uptime, sessions, engines and version', async () => {
  const response = await fetch(`http://127.0.0.1:${running.listener.port}/health`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/u),
    uptimeSeconds: expect.any(Number),
    sessions: 0,
    connections: 1,
    store: { status: 'ok' },
    engines: [
      {
        name: 'fake',
        isolation: expect.any(String),
        runtimes: ['Python 3.12', 'JavaScript ES2023'],
      },
    ],
  })
})
