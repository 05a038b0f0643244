import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ContainerManager, type ContainerInstance, type NetworkAccess } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'

/** In a thread of its own: the one that asks stands still meanwhile. */
const server = `
const { createServer } = require('node:http')
const { parentPort } = require('node:worker_threads')
createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    if (request.url === '/silent') return
    if (request.url === '/away') return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    if (request.url === '/large') return response.end(Buffer.alloc(2_000_000))
    response.writeHead(request.url === '/bytes' ? 203 : 200, { 'x-seen': request.method })
    response.end(request.url === '/bytes' ? Buffer.from([0, 255]) : 'got ' + Buffer.concat(parts))
  })
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })
`
let origin = ''
let worker: Worker | undefined

beforeAll(async () => {
  worker = new Worker(server, { eval: true })
  const port = await new Promise<number>((resolve) => worker?.once('message', resolve))
  origin = `http://127.0.0.1:${port}`
})

afterAll(async () => {
  await worker?.terminate()
})

describe.each(['in-thread', 'worker'] as const)('%s', (execution) => {
  const manager = new ContainerManager({ maxContainers: 20 })
  afterAll(() => manager.cleanup())

  async function start(
    name: string,
    access: Partial<NetworkAccess> = {},
    maxCpuTime = 10_000,
  ): Promise<ContainerInstance> {
    const networkAccess = { hosts: [origin], ...access }
    return manager.run(fixture(`${name}.wasm`), { execution, networkAccess, maxCpuTime })
  }

  test('the native ABI asks with gaesup.http', async () => {
    const container = await start('http-native')
    const request = { url: `${origin}/x`, method: 'PUT', body: '한글' }
    expect(await container.call('ask', [request])).toMatchObject({
      url: `${origin}/x`,
      status: 200,
      headers: { 'x-seen': 'PUT' },
      body: 'got 한글',
    })
    const bytes = { url: `${origin}/bytes`, encoding: 'base64' }
    expect(await container.call('ask', [bytes])).toMatchObject({ status: 203, body: 'AP8=' })
  })

  test('an Extism plugin asks with http_request', async () => {
    const container = await start('http-plugin')
    const request = { url: origin, method: 'POST', headers: { a: 'b' } }
    expect(await container.call('post', request)).toBe(`got ${JSON.stringify(request)}`)
    expect(await container.call('status')).toBe('200')
    expect(JSON.parse(await container.call('headers'))).toMatchObject({ 'x-seen': 'POST' })
    expect(await container.call('ask', { url: `${origin}/bytes` }, { as: 'bytes' })).toEqual(
      Uint8Array.of(0, 255),
    )
  })

  test('hosts, redirects, sizes and times that are not allowed end the call, and the container lives on', async () => {
    for (const name of ['http-native', 'http-plugin']) {
      const container = await start(name, { maxResponseBytes: 1_000_000 })
      const ask = (url: string): Promise<unknown> => container.call('ask', [{ url }])
      const refused = (code: string): object => ({ code })
      await expect(ask('http://127.0.0.1:1/')).rejects.toMatchObject(refused('FORBIDDEN'))
      await expect(ask('https://example.com/')).rejects.toMatchObject(refused('FORBIDDEN'))
      await expect(ask('file:///etc/passwd')).rejects.toMatchObject(refused('FORBIDDEN'))
      await expect(ask(`${origin}/away`)).rejects.toMatchObject(refused('FORBIDDEN'))
      await expect(ask(`${origin}/large`)).rejects.toMatchObject(refused('SIZE_LIMIT'))
      await expect(container.call('ask', [{}])).rejects.toMatchObject(refused('GUEST_FAILED'))
      await ask(`${origin}/x`)
      const hasty = await start(name, { timeoutMs: 300 })
      for (let n = 0; n < 2; n += 1) {
        const silent = hasty.call('ask', [{ url: `${origin}/silent` }])
        await expect(silent).rejects.toMatchObject(refused('TIME_LIMIT'))
      }
    }
  })

  test('a request ends with the time of its call', async () => {
    const container = await start('http-native', {}, 200)
    await expect(container.call('ask', [{ url: `${origin}/silent` }])).rejects.toMatchObject({
      code: 'TIME_LIMIT',
    })
  })

  test('without networkAccess a module that asks is refused', async () => {
    for (const networkAccess of [undefined, false] as const) {
      const option = networkAccess === undefined ? {} : { networkAccess }
      for (const name of ['http-native', 'http-plugin']) {
        const container = await manager.run(fixture(`${name}.wasm`), { execution, ...option })
        await expect(container.call('ask', [{ url: origin }])).rejects.toMatchObject({
          name: 'ContainerSecurityError',
          code: 'FORBIDDEN',
        })
        await container.stop()
      }
    }
  })
})
