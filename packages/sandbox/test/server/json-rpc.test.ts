import { expect, test } from 'vitest'
import { createWorld } from '../memory.ts'

// The examples of the JSON-RPC 2.0 specification, section 7, and what it says between them.

const settle = () => new Promise((resolve) => setImmediate(resolve))

const exchange = async (text: string): Promise<unknown> => {
  const { peer } = await createWorld()
  peer.client.send(text)
  await settle()
  expect(peer.client.received.length).toBeLessThanOrEqual(1)
  const [answer] = peer.client.received
  return answer === undefined ? undefined : JSON.parse(answer)
}

const error = (id: unknown, code: number) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message: expect.any(String), data: expect.any(Object) },
})

test('a call of an unknown method is answered with -32601 and its id', async () => {
  expect(await exchange('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}')).toEqual(
    error('1', -32601),
  )
})

test.each(['constructor', '__proto__', 'toString', 'rpc.', 'session.Create'])(
  '%s is no method',
  async (method) => {
    expect(await exchange(JSON.stringify({ jsonrpc: '2.0', method, id: 1 }))).toEqual(
      error(1, -32601),
    )
  },
)

test('invalid JSON is answered with -32700 and id null', async () => {
  expect(await exchange('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]')).toEqual(
    error(null, -32700),
  )
})

test('an invalid request is answered with -32600 and id null', async () => {
  expect(await exchange('{"jsonrpc": "2.0", "method": 1, "params": "bar"}')).toEqual(
    error(null, -32600),
  )
})

test('a batch of invalid JSON is answered with one -32700', async () => {
  expect(
    await exchange(
      '[{"jsonrpc": "2.0", "method": "session.list", "id": "1"}, {"jsonrpc": "2.0", "method"]',
    ),
  ).toEqual(error(null, -32700))
})

test('an empty array is answered with one -32600', async () => {
  expect(await exchange('[]')).toEqual(error(null, -32600))
})

test('a batch of invalid elements is answered with one error each', async () => {
  expect(await exchange('[1,2,3]')).toEqual([
    error(null, -32600),
    error(null, -32600),
    error(null, -32600),
  ])
})

test('a mixed batch is answered by one array without the notifications', async () => {
  const answer = await exchange(
    JSON.stringify([
      { jsonrpc: '2.0', method: 'session.list', id: '1' },
      { jsonrpc: '2.0', method: 'session.list', params: {} },
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      { jsonrpc: '2.0', method: 'language.list', id: '9' },
    ]),
  )
  expect(answer).toEqual([
    { jsonrpc: '2.0', id: '1', result: { count: 0, sessions: [] } },
    error(null, -32600),
    error('5', -32601),
    { jsonrpc: '2.0', id: '9', result: { languages: expect.any(Array) } },
  ])
})

test('a batch of notifications is not answered', async () => {
  expect(
    await exchange('[{"jsonrpc":"2.0","method":"session.list"},{"jsonrpc":"2.0","method":"nope"}]'),
  ).toBeUndefined()
})

test.each([
  '{"jsonrpc":"2.0","method":"session.list"}',
  '{"jsonrpc":"2.0","method":"nope"}',
  '{"jsonrpc":"2.0","method":"session.close","params":[]}',
])('the notification %s is not answered, not even with an error', async (text) => {
  expect(await exchange(text)).toBeUndefined()
})

test('id null makes a request', async () => {
  expect(await exchange('{"jsonrpc":"2.0","method":"session.list","id":null}')).toEqual({
    jsonrpc: '2.0',
    id: null,
    result: { count: 0, sessions: [] },
  })
})

test('a number beyond 2^53 comes back digit for digit', async () => {
  const { peer } = await createWorld()
  peer.client.send('{"jsonrpc":"2.0","method":"session.list","id":98765432109876543210}')
  expect(await peer.client.receive(0)).toContain('"id":98765432109876543210,')
})

test('an answer never has both result and error', async () => {
  const { peer } = await createWorld()
  await peer.call('session.list')
  await peer.call('session.close', { sessionId: 'x' })
  for (const answer of peer.received) expect('result' in answer).not.toBe('error' in answer)
})

test('wrong parameters are answered with -32602 and a pointer', async () => {
  const { peer } = await createWorld()
  const { error: refused } = await peer.call('session.execute', {
    sessionId: 's',
    command: { type: 'shell', command: '' },
  })
  expect(refused).toMatchObject({
    code: -32602,
    data: { code: 'INVALID_PARAMS', pointer: '/command/command' },
  })
})

test('parameters by position mean the same', async () => {
  const { peer } = await createWorld()
  expect((await peer.call('session.create', ['python', 7])).result.config).toEqual({
    idleTimeoutMinutes: 7,
    maxLifetimeMinutes: 120,
  })
})

test('rpc.discover describes every method and command', async () => {
  const { peer } = await createWorld()
  const { result } = await peer.call('rpc.discover')
  expect(result.openrpc).toBe('1.3.2')
  expect(result.methods.map(({ name }: { name: string }) => name)).toEqual([
    'session.create',
    'session.execute',
    'session.list',
    'session.close',
    'initialize',
    'language.list',
    'rpc.discover',
    'execution.run',
    'execution.status',
    '$/cancelRequest',
  ])
  const refs = result.methods[1].params[1].schema.oneOf.map(({ $ref }: { $ref: string }) =>
    $ref.split('/').at(-1),
  )
  expect(Object.keys(result.components.schemas)).toEqual(refs)
  expect(refs).toHaveLength(7)
})

test('initialize and language.list tell what there is', async () => {
  const { peer } = await createWorld()
  expect(
    (await peer.call('initialize', { clientInfo: { name: 'x' }, capabilities: {} })).result,
  ).toMatchObject({
    protocolVersion: '1.0',
    serverCapabilities: {
      supportsStreaming: true,
      supportedLanguages: ['python', 'javascript'],
      limits: { maxTimeout: 300, maxConcurrency: 100 },
    },
  })
  expect((await peer.call('language.list')).result.languages[0]).toEqual({
    language: 'python',
    runtime: 'Python 3.12',
    version: '3.12.0',
    engine: 'fake',
    aliases: ['py', 'python3'],
  })
})
