import jaysonModule from 'jayson'
import { JSONRPCClient } from 'json-rpc-2.0'
import { Client as RpcWebSocketsClient } from 'rpc-websockets'
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
} from 'vscode-jsonrpc/node'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type Json, type Running } from '../support.ts'

// Clients that other people wrote, over real sockets.

// Its types know callbacks of other shapes than its code.
const jayson: Json = jaysonModule

let running: Running
beforeAll(async () => {
  running = await startServer()
})
afterAll(() => running.stop())

/** Opens a socket for clients that bring none. */
const open = (): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(running.listener.url)
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })

type Call = (method: string, params: unknown) => Promise<Json>

/** The seed's way: create, write, run, close; then an error. */
const converse = async (
  call: Call,
  codeOf: (error: Json) => unknown = (error) => error.code,
): Promise<void> => {
  const { sessionId } = await call('session.create', { language: 'python' })
  const execute = (command: object) => call('session.execute', { sessionId, command })
  expect(
    await execute({
      type: 'write_file',
      path: '/workspace/script.py',
      content: 'x = 10\nprint(x * 2)',
    }),
  ).toMatchObject({ success: true })
  const { result } = await execute({
    type: 'execute_shell',
    commandName: 'python3',
    args: ['/workspace/script.py'],
  })
  expect(result.stdout).toBe('20\n')
  expect((await call('session.close', { sessionId })).closed).toBe(true)
  const error = await execute({ type: 'list_directory' }).catch((thrown: unknown) => thrown)
  expect(codeOf(error)).toBe(-32002)
}

test('json-rpc-2.0', async () => {
  const socket = await open()
  const client = new JSONRPCClient((request) => socket.send(JSON.stringify(request)))
  socket.on('message', (data) => client.receive(JSON.parse((data as Buffer).toString())))
  await converse(async (method, params) => client.request(method, params as object))
  socket.close()
})

describe('jayson', () => {
  test('speaks the conversation', async () => {
    const socket = await open()
    const client = jayson.Client.websocket({ ws: socket })
    const call: Call = (method, params) =>
      new Promise((resolve, reject) =>
        client.request(method, params, (failure: unknown, error: unknown, result: unknown) => {
          if (failure || error) reject(failure ?? error)
          else resolve(result)
        }),
      )
    await converse(call)
    socket.close()
  })

  test('sends batches', async () => {
    const socket = await open()
    const client = jayson.Client.websocket({ ws: socket })
    const batch = [
      client.request('session.list', {}),
      client.request('nope', {}),
      client.request('language.list', []),
    ]
    const answers: Json = await new Promise((resolve, reject) =>
      client.request(batch, (error: unknown, responses: unknown) =>
        error ? reject(error as Error) : resolve(responses),
      ),
    )
    expect(answers.map(({ error, result }: Json) => error?.code ?? Object.keys(result)[0])).toEqual(
      ['count', -32601, 'languages'],
    )
    socket.close()
  })
})

test('rpc-websockets', async () => {
  const client = new RpcWebSocketsClient(running.listener.url, { reconnect: false })
  await new Promise((resolve) => client.on('open', () => resolve(undefined)))
  await converse((method, params) => client.call(method, params as Record<string, unknown>))
  client.close()
})

test('vscode-jsonrpc, with cancelling and notifications', async () => {
  const socket = await open()
  class Reader extends AbstractMessageReader {
    listen(callback: DataCallback): Disposable {
      socket.on('message', (data) => callback(JSON.parse((data as Buffer).toString()) as Message))
      return { dispose: () => {} }
    }
  }
  class Writer extends AbstractMessageWriter {
    write(message: Message): Promise<void> {
      socket.send(JSON.stringify(message))
      return Promise.resolve()
    }
    end(): void {}
  }
  const connection = createMessageConnection(new Reader(), new Writer())
  connection.listen()
  await converse((method, params) => connection.sendRequest(method, params))

  const outputs: Json[] = []
  connection.onNotification('session.output', (params: Json) => {
    outputs.push(params)
  })
  const { sessionId }: Json = await connection.sendRequest('session.create', { language: 'python' })
  const execute = (command: object): Promise<Json> =>
    connection.sendRequest('session.execute', { sessionId, command })
  await execute({ type: 'shell', command: 'echo', args: ['hi'], stream: true })
  expect(outputs).toMatchObject([{ stream: 'stdout', data: 'hi\n', seq: 0 }])

  const { CancellationTokenSource } = await import('vscode-jsonrpc/node')
  const source = new CancellationTokenSource()
  const slow = connection.sendRequest(
    'session.execute',
    { sessionId, command: { type: 'shell', command: 'sleep', args: ['60000'] } },
    source.token,
  )
  source.cancel()
  await expect(slow).rejects.toMatchObject({ code: -32800 })
  connection.dispose()
  socket.close()
})

test("Node's own WebSocket", async () => {
  const socket = new globalThis.WebSocket(running.listener.url)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const answer = new Promise<string>((resolve) =>
    socket.addEventListener('message', ({ data }) => resolve(String(data))),
  )
  socket.send('{"jsonrpc":"2.0","id":1,"method":"session.list","params":{}}')
  expect(JSON.parse(await answer)).toMatchObject({ id: 1, result: { count: expect.any(Number) } })
  socket.close()
})
