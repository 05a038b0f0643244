import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  connectSandbox,
  createSandboxClient,
  SandboxError,
  type ClientTransport,
  type SandboxClient,
  type SocketLike,
} from '../../src/client/index.ts'
import { createApiKeyAuthenticator } from '../../src/index.ts'
import { createFakeEngine, type FakeProgram } from '../../src/testing/index.ts'
import { startServer, type Json } from '../support.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const connect = async (programs: Record<string, FakeProgram> = {}, limits = {}) => {
  const running = await startServer({ engines: [createFakeEngine({ programs })], limits })
  const sandbox = await connectSandbox(running.listener.url)
  cleanups.push(running.stop, () => sandbox.close())
  return { ...running, sandbox }
}

describe('a session', () => {
  test('runs code, keeps files and closes', async () => {
    const { sandbox } = await connect()
    const session = await sandbox.createSession({ language: 'py' })
    expect(session.language).toBe('python')
    expect(await session.run('x = 10\nprint(x * 2)')).toMatchObject({
      stdout: '20\n',
      exitCode: 0,
      error: null,
    })
    expect(await session.run('print(nope)')).toMatchObject({ exitCode: 1, error: null })
    expect(await session.writeFile('a/größe.txt', 'größe')).toEqual({
      path: '/workspace/a/größe.txt',
      bytes: 7,
    })
    expect(await session.readFile('a/größe.txt')).toBe('größe')
    await session.writeFile('b', Uint8Array.of(0, 255, 128))
    expect(await session.readBytes('b')).toEqual(Uint8Array.of(0, 255, 128))
    await session.createDirectory('c')
    await session.copyFile('b', 'c/d')
    expect(
      (await session.listDirectory('c')).map(({ name, sizeBytes }) => [name, sizeBytes]),
    ).toEqual([['d', 3]])
    await session.deleteFile('c', { recursive: true })
    expect((await session.listDirectory()).map(({ name }) => name)).toEqual(['.run.py', 'a', 'b'])
    await session.close()
    await session.close()
    await expect(session.run('print(1)')).rejects.toMatchObject({
      name: 'SandboxError',
      code: 'SESSION_CLOSED',
    })
  })

  test('closes at the end of a block', async () => {
    const { sandbox } = await connect()
    {
      await using session = await sandbox.createSession({ language: 'python' })
      expect((await sandbox.listSessions()).map(({ sessionId }) => sessionId)).toEqual([
        session.sessionId,
      ])
    }
    expect(await sandbox.listSessions()).toEqual([])
  })

  test('hands output over while the program runs', async () => {
    const talk: FakeProgram = async ({ write, stdin, env, cwd }) => {
      await write('stdout', 'one')
      await write('stderr', `${new TextDecoder().decode(stdin)} ${env['A']} ${cwd}`)
      return 3
    }
    const { sandbox } = await connect({ talk })
    const session = await sandbox.createSession({ language: 'python' })
    const seen: string[] = []
    const result = await session.exec('talk', [], {
      stdin: 'in',
      env: { A: 'b' },
      workingDirectory: '/',
      onOutput: (data, stream) => seen.push(`${stream}:${data}`),
    })
    expect(seen).toEqual(['stdout:one', 'stderr:in b /'])
    expect(result).toMatchObject({ stdout: 'one', stderr: 'in b /', exitCode: 3, error: null })
  })

  test('tells a limit apart from an exit', async () => {
    const { sandbox } = await connect({}, { maxOutputBytes: 100 })
    const session = await sandbox.createSession({ language: 'python' })
    expect(await session.exec('sleep', ['60000'], { timeoutMs: 20 })).toMatchObject({
      exitCode: null,
      limit: 'time',
      error: 'The command was stopped by the time limit of 20 ms.',
    })
    expect(await session.exec('yes')).toMatchObject({
      limit: 'output',
      truncated: true,
      exitCode: null,
    })
  })

  test('an abort stops the program at the server', async () => {
    let stopped = false
    const abort = new AbortController()
    const wait: FakeProgram = ({ signal, sleep }) => {
      signal.addEventListener('abort', () => (stopped = true))
      abort.abort()
      return sleep(60_000).then(() => 0)
    }
    const { sandbox } = await connect({ wait })
    const session = await sandbox.createSession({ language: 'python' })
    await expect(session.exec('wait', [], { signal: abort.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await expect.poll(() => stopped).toBe(true)
    await expect(session.exec('true', [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    expect(await session.exec('true')).toMatchObject({ exitCode: 0 })
  })

  test('what the file system refuses is COMMAND_FAILED with a readable message', async () => {
    const { sandbox } = await connect()
    const session = await sandbox.createSession({ language: 'python' })
    await expect(session.readFile('no')).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'read_file no: no such file or folder (ENOENT).',
      details: { command: 'read_file' },
    })
    await expect(session.exec('true', [], { workingDirectory: 'no' })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    })
    expect(await session.execute({ type: 'read_file', path: 'no' })).toMatchObject({
      success: false,
    })
  })

  test('run() of a language it does not know is a mistake', async () => {
    const runtimes = [{ language: 'go', runtime: 'Go 1', version: '1.0.0', aliases: [] }]
    const running = await startServer({ engines: [createFakeEngine({ runtimes })] })
    const sandbox = await connectSandbox(running.listener.url)
    cleanups.push(running.stop, () => sandbox.close())
    const session = await sandbox.createSession({ language: 'go' })
    await expect(session.run('x')).rejects.toThrow(TypeError)
  })
})

describe('a connection', () => {
  test('errors come with their code and details', async () => {
    const { sandbox } = await connect()
    const error: SandboxError = await sandbox.createSession({ language: 'cobol' }).then(
      () => expect.unreachable(),
      (thrown: SandboxError) => thrown,
    )
    expect(error).toBeInstanceOf(SandboxError)
    expect(error.code).toBe('LANGUAGE_UNAVAILABLE')
    expect(error.details['available']).toHaveLength(2)
    expect((await sandbox.listLanguages()).map(({ language }) => language)).toEqual([
      'python',
      'javascript',
    ])
    expect((await sandbox.initialize()).serverInfo.name).toBe('@gaesup-state/sandbox')
  })

  test('its end rejects what is open; sessions outlive it and are found again', async () => {
    const { sandbox, listener, server } = await connect()
    const session = await sandbox.createSession({ language: 'python' })
    await session.writeFile('f', 'kept')
    const pending = session.exec('sleep', ['60000'])
    sandbox.close()
    await expect(pending).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect(session.exec('true')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await sandbox.closed).toMatchObject({ code: expect.any(Number) })

    const again = await connectSandbox(listener.url)
    cleanups.push(() => again.close())
    const found = await again.openSession(session.sessionId)
    expect(found.language).toBe('python')
    expect(await found.readFile('f')).toBe('kept')
    await expect(again.openSession('0'.repeat(32))).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    })
    await found.close()
    await expect(again.openSession(session.sessionId)).rejects.toMatchObject({
      code: 'SESSION_CLOSED',
    })
    expect(server.health().sessions).toBe(0)
  })

  test('a server that is not there is CONNECT_FAILED', async () => {
    await expect(connectSandbox('ws://127.0.0.1:1/ws/jsonrpc')).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    })
  })

  test('a server that never answers the handshake is CONNECT_FAILED', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => silent.close())
    const { port } = silent.address() as AddressInfo
    const url = `ws://127.0.0.1:${port}/ws/jsonrpc`
    await expect(connectSandbox(url, { connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    })
  })

  test('a key is sent, and a wrong one is refused', async () => {
    const authenticator = createApiKeyAuthenticator([
      { key: 'schlüssel-ünd-schloß', principalId: 'x' },
    ])
    const { listener, stop } = await startServer({ authenticator })
    cleanups.push(stop)
    await expect(connectSandbox(listener.url, { apiKey: 'wrong' })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    })
    const sandbox = await connectSandbox(listener.url, { apiKey: 'schlüssel-ünd-schloß' })
    cleanups.push(() => sandbox.close())
    expect(await sandbox.listSessions()).toEqual([])
  })

  test('any WebSocket will do', async () => {
    const { listener } = await connect()
    const createSocket = (url: string, protocols: string[]): SocketLike =>
      new WebSocket(url, protocols)
    const sandbox = await connectSandbox(listener.url, { createSocket })
    cleanups.push(() => sandbox.close())
    expect(await sandbox.listSessions()).toEqual([])
  })
})

describe('a server that answers wrongly', () => {
  const createScripted = (
    answer: (text: string) => string | undefined,
    options = {},
  ): { sandbox: SandboxClient; sent: Json[] } => {
    const sent: Json[] = []
    let listener: Parameters<ClientTransport['listen']>[0] | undefined
    const transport: ClientTransport = {
      send: (text) => {
        sent.push(JSON.parse(text))
        const reply = answer(text)
        if (reply !== undefined) queueMicrotask(() => listener?.onText(reply))
      },
      close: () => listener?.onClose(1000, ''),
      listen: (next) => {
        listener = next
      },
    }
    return { sandbox: createSandboxClient(transport, options), sent }
  }

  test.each([
    'nonsense',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"result":1,"error":null}',
  ])('%s ends the connection with BAD_ANSWER', async (reply) => {
    const { sandbox } = createScripted(() => reply)
    await expect(sandbox.listSessions()).rejects.toMatchObject({ code: 'BAD_ANSWER' })
    await expect(sandbox.listSessions()).rejects.toMatchObject({ code: 'BAD_ANSWER' })
  })

  test('an unknown number is BAD_ANSWER', async () => {
    const { sandbox } = createScripted(
      () => '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"odd"}}',
    )
    await expect(sandbox.listSessions()).rejects.toMatchObject({ code: 'BAD_ANSWER' })
  })

  test('silence is TIMEOUT, and the server is told', async () => {
    const { sandbox, sent } = createScripted(() => undefined, { answerTimeoutMs: 20 })
    await expect(sandbox.listSessions()).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(sent.at(-1)).toEqual({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
  })
})
