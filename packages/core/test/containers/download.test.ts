import { createServer, type RequestListener } from 'node:http'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { ContainerManager } from '../../src/index.ts'
import { native } from './modules.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([
  'http://127.0.0.1/latest/meta-data',
  'http://169.254.169.254/latest/meta-data',
  'https://169.254.169.254/',
  'https://10.0.0.1/a.wasm',
  'https://localhost./a.wasm',
  'https://db.internal/a.wasm',
  'https://[::ffff:7f00:1]/a.wasm',
  'file:///etc/passwd',
  'data:application/wasm,x',
])('a server on the internet that redirects to %s leads nowhere', async (location) => {
  const asked: string[] = []
  const fetchIt: typeof fetch = async (input, options) => {
    asked.push(new Request(input).url)
    // What `fetch` does unless it is told otherwise.
    if (options?.redirect !== 'manual') asked.push(location)
    return new Response(null, { status: 302, headers: { location } })
  }
  const manager = new ContainerManager({ fetch: fetchIt })
  await expect(manager.run('https://modules.example/a.wasm')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(asked).toEqual(['https://modules.example/a.wasm'])
})

test('a redirect is followed with its own address, and not without end', async () => {
  const fetchIt: typeof fetch = async (input) => {
    const { url } = new Request(input)
    if (url === 'https://cdn.example/b.wasm') return new Response(new Uint8Array(native))
    const isEndless = url.includes('endless')
    const location = isEndless ? '/endless' : '//cdn.example/b.wasm'
    return new Response(null, { status: 307, headers: { location } })
  }
  const manager = new ContainerManager({ fetch: fetchIt })
  const container = await manager.run('https://modules.example/a.wasm')
  expect(container.status).toBe('running')
  await expect(manager.run('https://modules.example/endless')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    message: expect.stringContaining('5 redirects') as string,
  })
  await manager.cleanup()
})

test('whoever asks for a module of this machine gets it by a redirect to it as well', async () => {
  const host = await serve((request, response) => {
    if (request.url === '/b.wasm') response.end(native)
    else response.writeHead(302, { location: '/b.wasm' }).end()
  })
  const manager = new ContainerManager()
  expect((await manager.run(`http://${host}/a.wasm`)).status).toBe('running')
  await manager.cleanup()
})

test('a file that is too large, or none, is not read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-source-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const large = join(folder, 'large.wasm')
  writeFileSync(large, '')
  truncateSync(large, (256 << 20) + 1)
  const manager = new ContainerManager()
  for (const path of [large, folder, '/dev/zero'])
    await expect(manager.run(pathToFileURL(path).href)).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
    })
})

test.each([
  ['https://cdn.example/b.wasm', true],
  ['https://10.0.0.1/b.wasm', false],
])('in a page, which sees only the end of redirects, %s is taken: %s', async (end, isTaken) => {
  const fetchIt: typeof fetch = async (_, options) => {
    if (options?.redirect === 'manual')
      return Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    return Object.defineProperty(new Response(new Uint8Array(native)), 'url', { value: end })
  }
  const manager = new ContainerManager({ fetch: fetchIt })
  const started = await manager.run('https://modules.example/a.wasm').then(
    () => true,
    () => false,
  )
  expect(started).toBe(isTaken)
  await manager.cleanup()
})
