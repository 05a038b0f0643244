import { request } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createApiKeyAuthenticator,
  createSandboxServer,
  type SandboxServerOptions,
} from '../../src/index.ts'
import { toBase64Url } from '../../src/protocol/index.ts'
import { createFakeEngine } from '../../src/testing/index.ts'
import { connectPeer, startServer, type Json, type Running } from '../support.ts'

const running: Running[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

const start = async (
  options: Partial<SandboxServerOptions> = {},
  listen: Record<string, unknown> = {},
): Promise<Running> => {
  const server = await createSandboxServer({ engines: [createFakeEngine()], ...options })
  const listener = await server.listen({ port: 0, ...listen })
  const entry = { server, listener, stop: () => server.close() }
  running.push(entry)
  return entry
}

/** Status of a request for an upgrade; 101 when it is granted. */
const upgrade = (
  port: number,
  headers: Record<string, string>,
  path = '/ws/jsonrpc',
): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request({
      port,
      path,
      host: '127.0.0.1',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    sent.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })

const get = (
  port: number,
  path: string,
  { method = 'GET', ...headers }: Record<string, string> = {},
): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request({ port, path, method, host: '127.0.0.1', headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })

describe('Host', () => {
  test.each([
    ['localhost', 101],
    ['LOCALHOST:5000', 101],
    ['127.0.0.1:1', 101],
    ['127.9.8.7', 101],
    ['[::1]:5000', 101],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['0.0.0.0', 403],
    ['sandbox.example', 403],
  ])('%s is answered with %i, by both faces', async (host, status) => {
    const { listener } = await start()
    expect(await upgrade(listener.port, { Host: host })).toBe(status)
    expect(await get(listener.port, '/health', { Host: host })).toBe(status === 101 ? 200 : 403)
  })

  test('a name that is allowed is served', async () => {
    const { listener } = await start({}, { allowedHosts: ['Sandbox.example'] })
    expect(await upgrade(listener.port, { Host: 'sandbox.example:80' })).toBe(101)
    expect(await upgrade(listener.port, { Host: 'other.example' })).toBe(403)
  })
})

describe('Origin', () => {
  test('no Origin and the same origin are let in, another one is not', async () => {
    const { listener } = await start()
    const { port } = listener
    const host = `localhost:${port}`
    expect(await upgrade(port, { Host: host })).toBe(101)
    expect(await upgrade(port, { Host: host, Origin: `http://localhost:${port}` })).toBe(101)
    for (const origin of [
      'https://evil.example',
      'http://localhost:1',
      'null',
      'file://',
      `http://localhost:${port}.evil.example`,
    ])
      expect(await upgrade(port, { Host: host, Origin: origin })).toBe(403)
  })

  test('a page that is allowed is let in', async () => {
    const { listener } = await start({}, { allowedOrigins: ['http://localhost:8000'] })
    expect(
      await upgrade(listener.port, { Host: 'localhost', Origin: 'http://localhost:8000' }),
    ).toBe(101)
    expect(
      await upgrade(listener.port, { Host: 'localhost', Origin: 'http://localhost:8001' }),
    ).toBe(403)
  })
})

describe('keys', () => {
  const KEY = 'correct-horse-battery'
  const authenticator = createApiKeyAuthenticator([
    { key: KEY, principalId: 'ann' },
    { key: 'another-long-secret', principalId: 'bob' },
  ])

  test('a request without a key or with a wrong one is refused with 401 and noted', async () => {
    const events: Json[] = []
    const { listener } = await start({
      authenticator,
      audit: { record: (event) => events.push(event) },
    })
    expect(await upgrade(listener.port, {})).toBe(401)
    expect(await upgrade(listener.port, { Authorization: 'Bearer wrong' })).toBe(401)
    expect(await upgrade(listener.port, { 'X-API-Key': '' })).toBe(401)
    expect(await upgrade(listener.port, {}, `/ws/jsonrpc?key=${KEY}`)).toBe(401)
    expect(events.filter(({ type }) => type === 'connection.refused')).toHaveLength(4)
    expect(JSON.stringify(events)).not.toContain('wrong')
  })

  test('the key is read from either header or the subprotocol', async () => {
    const { listener } = await start({ authenticator })
    expect(await upgrade(listener.port, { Authorization: `Bearer ${KEY}` })).toBe(101)
    expect(await upgrade(listener.port, { 'X-API-Key': KEY })).toBe(101)
    const peer = await connectPeer(listener.url, {}, [
      'sandbox.jsonrpc.v1',
      `sandbox.key.${toBase64Url(Buffer.from(KEY))}`,
    ])
    expect(peer.socket.protocol).toBe('sandbox.jsonrpc.v1')
    expect((await peer.call('session.list')).result.count).toBe(0)
  })

  test('a page without a valid key is told by close code 4401, since browsers hide the status', async () => {
    const { listener } = await start({ authenticator })
    const peer = await connectPeer(listener.url, {
      headers: { Origin: `http://127.0.0.1:${listener.port}` },
    })
    expect(await peer.closed).toMatchObject({ code: 4401 })
  })

  test('principals do not see, use or close the sessions of others', async () => {
    const { listener } = await start({ authenticator })
    const ann = await connectPeer(listener.url, { headers: { 'X-API-Key': KEY } })
    const bob = await connectPeer(listener.url, { headers: { 'X-API-Key': 'another-long-secret' } })
    const { sessionId } = (await ann.call('session.create', { language: 'python' })).result
    expect((await bob.call('session.list')).result.count).toBe(0)
    const command = { type: 'list_directory' }
    expect((await bob.call('session.execute', { sessionId, command })).error?.code).toBe(-32001)
    expect((await bob.call('session.close', { sessionId })).error?.code).toBe(-32001)
    expect((await ann.call('session.close', { sessionId })).result.closed).toBe(true)
    expect((await bob.call('session.close', { sessionId })).error?.code).toBe(-32001)
    expect((await ann.call('session.close', { sessionId })).error?.code).toBe(-32002)
  })

  test('an authenticator that fails lets nobody in', async () => {
    const { listener } = await start({
      authenticator: { authenticate: () => Promise.reject(new Error('down')) },
    })
    expect(await upgrade(listener.port, { 'X-API-Key': KEY })).toBe(503)
  })

  test('a short key is a mistake', () => {
    expect(() => createApiKeyAuthenticator([{ key: 'short', principalId: 'x' }])).toThrow(TypeError)
  })
})

describe('listening', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])(
    '%s without an authenticator is refused',
    async (host) => {
      const server = await createSandboxServer({ engines: [createFakeEngine()] })
      await expect(server.listen({ host, port: 0 })).rejects.toMatchObject({
        name: 'SandboxError',
        code: 'INSECURE_BIND',
      })
    },
  )

  test('0.0.0.0 with an authenticator listens', async () => {
    const authenticator = createApiKeyAuthenticator([
      { key: 'a-long-enough-secret', principalId: 'x' },
    ])
    const { listener } = await start({ authenticator }, { host: '0.0.0.0' })
    expect(await upgrade(listener.port, { 'X-API-Key': 'a-long-enough-secret' })).toBe(101)
  })

  test('a port that is taken is a typed error that names it', async () => {
    const { listener } = await start()
    const server = await createSandboxServer({ engines: [createFakeEngine()] })
    await expect(server.listen({ port: listener.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      details: { port: listener.port, reason: 'EADDRINUSE' },
    })
  })

  test('other paths and methods are answered as what they are', async () => {
    const { listener } = await start()
    expect(await get(listener.port, '/')).toBe(404)
    expect(await get(listener.port, '/ws/jsonrpc')).toBe(426)
    expect(await get(listener.port, '/health', { method: 'POST' })).toBe(405)
    expect(await upgrade(listener.port, {}, '/other')).toBe(404)
  })

  test('a server that is there already keeps its other upgrades', async () => {
    const server = await createSandboxServer({ engines: [createFakeEngine()] })
    const http = createServer()
    http.on('upgrade', (incoming, socket) => {
      if (incoming.url === '/mine') socket.end('HTTP/1.1 418 Mine\r\nContent-Length: 0\r\n\r\n')
    })
    const detach = server.attach(http)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const { port } = http.address() as AddressInfo
    expect(await upgrade(port, {}, '/mine')).toBe(418)
    const peer = await connectPeer(`ws://127.0.0.1:${port}/ws/jsonrpc`)
    expect((await peer.call('session.list')).result.count).toBe(0)
    detach()
    await server.close()
    expect((await peer.closed).code).toBe(1001)
    http.closeAllConnections()
    http.close()
  })

  test('closing ends connections with 1001 and destroys the containers', async () => {
    const engine = createFakeEngine()
    const { server, listener } = await startServer({ engines: [engine] })
    const peer = await connectPeer(listener.url)
    await peer.call('session.create', { language: 'python' })
    await server.close()
    expect((await peer.closed).code).toBe(1001)
    expect(engine.containers.size).toBe(0)
    await expect(get(listener.port, '/health')).rejects.toThrow('ECONNREFUSED')
  })
})
