import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { performRequest, type Resolve } from '../../src/network/perform.ts'
import { resolveNetwork } from '../../src/network/resolve-policy.ts'
import type { HttpOutcome, HttpRequest, NetworkAccess } from '../../src/network/types.ts'

const servers: Server[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function ask(
  request: HttpRequest,
  access: NetworkAccess | true,
  resolve?: Resolve,
): Promise<HttpOutcome> {
  const policy = resolveNetwork(access)
  if (policy === undefined) throw new Error('no policy')
  return performRequest(request, {
    policy,
    timeoutMs: policy.timeoutMs,
    ...(resolve === undefined ? {} : { resolve }),
  })
}

function codeOf(outcome: HttpOutcome): string {
  return 'failure' in outcome ? outcome.failure.code : `status ${outcome.response.status}`
}

test('an allowed server is asked with method, headers and body', async () => {
  const origin = await serve((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      response.writeHead(201, { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'] })
      response.end(JSON.stringify([request.method, request.headers, String(Buffer.concat(parts))]))
    })
  })
  const outcome = await ask(
    {
      url: `${origin}/p`,
      method: 'POST',
      headers: { 'X-Mine': 'yes', Host: 'other.example', 'Content-Length': '1' },
      body: new TextEncoder().encode('한글'),
    },
    { hosts: [origin] },
  )
  if (!('response' in outcome)) throw new Error(outcome.failure.message)
  const { response } = outcome
  expect([response.status, response.headers['x-a'], response.headers['set-cookie']]).toEqual([
    201,
    '1',
    'a=1, b=2',
  ])
  const [method, headers, body] = JSON.parse(new TextDecoder().decode(response.body)) as [
    string,
    Record<string, string>,
    string,
  ]
  expect([method, headers['x-mine'], headers['host'], body]).toEqual([
    'POST',
    'yes',
    new URL(origin).host,
    '한글',
  ])
})

test('a redirect to a server that is not allowed is not followed', async () => {
  let asked = 0
  const inner = await serve((_, response) => {
    asked += 1
    response.end('secret')
  })
  const outer = await serve((_, response) => response.writeHead(302, { location: inner }).end())
  expect(codeOf(await ask({ url: outer }, { hosts: [outer] }))).toBe('FORBIDDEN')
  expect(asked).toBe(0)
  expect(codeOf(await ask({ url: outer }, { hosts: [outer, inner] }))).toBe('status 200')
})

test('credentials do not follow a redirect to another origin, nor a body one that becomes GET', async () => {
  const seen: unknown[] = []
  const inner = await serve((request, response) => {
    seen.push([request.method, request.headers.authorization, request.headers['x-other']])
    response.end()
  })
  const outer = await serve((request, response) => {
    const status = request.url === '/see' ? 303 : 307
    response.writeHead(status, { location: inner }).end()
  })
  const request = {
    method: 'POST',
    headers: { Authorization: 'Bearer x', 'X-Other': 'y' },
    body: new Uint8Array(3),
  }
  for (const path of ['/see', '/same'])
    await ask({ ...request, url: outer + path }, { hosts: [outer, inner] })
  expect(seen).toEqual([
    ['GET', undefined, 'y'],
    ['POST', undefined, 'y'],
  ])
})

test('redirects in a circle end', async () => {
  const origin = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
  const outcome = await ask({ url: origin }, { hosts: [origin], maxRedirects: 3 })
  expect(outcome).toMatchObject({ failure: { code: 'NETWORK_FAILED' } })
  expect('failure' in outcome && outcome.failure.message).toContain('3 redirects')
})

test('an answer ends at maxResponseBytes, a request before maxRequestBytes', async () => {
  const origin = await serve((_, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536)));
      response.once('drain', more)
    }
    more()
  })
  const access = { hosts: [origin], maxResponseBytes: 1 << 20, maxRequestBytes: 10 }
  expect(codeOf(await ask({ url: origin }, access))).toBe('SIZE_LIMIT')
  const request = { url: origin, method: 'POST', body: new Uint8Array(11) }
  expect(codeOf(await ask(request, access))).toBe('SIZE_LIMIT')
})

test('a server that drips or is silent is left at timeoutMs', async () => {
  const dripping = await serve((_, response) => {
    const timer = setInterval(() => response.write('x'), 10)
    response.on('close', () => clearInterval(timer))
  })
  const silent = await serve(() => undefined)
  for (const url of [dripping, silent]) {
    expect(codeOf(await ask({ url }, { hosts: [url], timeoutMs: 200 }))).toBe('TIME_LIMIT')
  }
})

test('a name that leads to a private address is refused, also when it did not before', async () => {
  let asked = 0
  const origin = await serve((_, response) => {
    asked += 1
    response.end()
  })
  const port = new URL(origin).port
  const answers = ['93.184.215.14', '127.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', 'fd00::1']
  for (const address of answers.slice(1)) {
    const resolve: Resolve = (_, callback) =>
      callback(null, [
        { address: '93.184.215.14', family: 4 },
        { address, family: address.includes(':') ? 6 : 4 },
      ])
    const url = `http://rebound.example:${port}/`
    const outcome = await ask({ url }, { hosts: [`http://rebound.example:${port}`] }, resolve)
    expect(codeOf(outcome)).toBe('FORBIDDEN')
    expect('failure' in outcome && outcome.failure.message).toContain(address)
  }
  expect(asked).toBe(0)
})

test('what cannot be reached is told', async () => {
  const origin = await serve(() => undefined)
  await new Promise((resolve) => servers.at(-1)?.close(resolve))
  expect(codeOf(await ask({ url: origin }, { hosts: [origin] }))).toBe('NETWORK_FAILED')
  const none: Resolve = (_, callback) => callback(null, [])
  expect(codeOf(await ask({ url: 'https://none.example' }, true, none))).toBe('NETWORK_FAILED')
  expect(codeOf(await ask({ url: 'no address' }, true))).toBe('NETWORK_FAILED')
})

test('a server that answers with another protocol ends the request, and not only when time is over', async () => {
  const origin = await serve(() => undefined)
  const [server] = servers
  server?.on('connection', (socket) => {
    socket.removeAllListeners('data')
    socket.on('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
    })
  })
  const outcome = await ask({ url: origin }, { hosts: [origin], timeoutMs: 300_000 })
  expect(outcome).toMatchObject({ failure: { code: 'NETWORK_FAILED' } })
})

test('no tunnel is asked for, and nothing that fetch would not ask for', async () => {
  let asked = 0
  const origin = await serve((_, response) => {
    asked += 1
    response.end()
  })
  for (const method of ['CONNECT', 'trace', 'TRACK']) {
    const outcome = await ask({ url: origin, method }, { hosts: [origin] })
    expect(outcome).toMatchObject({ failure: { code: 'NETWORK_FAILED' } })
  }
  expect(asked).toBe(0)
})
