import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryStore, createRegistryClient } from '../../src/registry/index.ts'
import { createNodePorts } from '../../src/registry/node/index.ts'
import { startServer } from './hostile-server.ts'
import { sha256, someModule } from './modules.ts'

const module = someModule(500)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaesup-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = { registry: 'localhost:1', store: createMemoryStore() }

test('bytes resolve to themselves, copied and described', async () => {
  const given = Uint8Array.from(module)
  const { bytes, metadata } = await createRegistryClient(options).resolve(given)
  given.fill(0)
  expect(bytes).toEqual(module)
  expect(metadata).toMatchObject({
    name: 'bytes',
    version: '0.0.0',
    hash: sha256(module),
    size: module.length,
  })
  await expect(createRegistryClient(options).resolve(new Uint8Array(8))).rejects.toMatchObject({
    code: 'MODULE_INVALID',
  })
})

test('a URL resolves, and a digest in its fragment pins it', async () => {
  await using server = await startServer((request, response) => {
    if (request.url === '/a.wasm?q=secret') {
      response.writeHead(200, { 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT' }).end(module)
    } else response.writeHead(404).end()
  })
  const client = createRegistryClient(options)
  const url = `${server.origin}/a.wasm?q=secret`
  const { bytes, metadata } = await client.resolve(url)
  expect(bytes).toEqual(module)
  expect(metadata).toMatchObject({
    name: `${server.origin}/a.wasm`,
    createdAt: new Date('2025-01-01'),
  })
  expect((await client.resolve(`${url}#${sha256(module)}`)).bytes).toEqual(module)
  await expect(client.resolve(`${url}#${sha256(new Uint8Array())}`)).rejects.toMatchObject({
    code: 'INTEGRITY',
  })
  await expect(client.resolve(`${server.origin}/b.wasm`)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  const small = createRegistryClient({ ...options, maxBytes: 100 })
  await expect(small.resolve(url)).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
})

test('a file resolves where the client may read files', async () => {
  const path = join(folder, 'a.wasm')
  await writeFile(path, module)
  const url = pathToFileURL(path).href
  const ports = createNodePorts(join(folder, 'store'))
  const client = createRegistryClient({ ...options, ...ports })
  expect((await client.resolve(url)).bytes).toEqual(module)
  await expect(createRegistryClient(options).resolve(url)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  const small = createRegistryClient({ ...options, ...ports, maxBytes: 100 })
  await expect(small.resolve(url)).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
})

test('a signal ends the reading of a file', async () => {
  const path = join(folder, 'signal.wasm')
  await writeFile(path, module)
  const client = createRegistryClient({ ...options, ...createNodePorts(join(folder, 'store')) })
  const url = pathToFileURL(path).href
  await expect(client.resolve(url, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
  const { readFile } = createNodePorts(join(folder, 'store'))
  const reading = readFile(new URL(url), { maxBytes: 1e6, signal: AbortSignal.abort('enough') })
  await expect(reading).rejects.toBe('enough')
})

test('folders, sockets and what is absent are no files', async () => {
  const socket = createServer()
  await new Promise<void>((resolve) => socket.listen(join(folder, 'socket'), resolve))
  const client = createRegistryClient({ ...options, ...createNodePorts(join(folder, 'store')) })
  for (const name of ['', 'socket', 'absent']) {
    const url = pathToFileURL(join(folder, name)).href
    await expect(client.resolve(url)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  }
  socket.close()
})

test('an option that is none is refused when the client is made', () => {
  const wrong = [
    { registry: '' },
    { registry: 'https://a/b' },
    { registry: 'a b' },
    { npmRegistry: 'registry.npmjs.org' },
    { npmRegistry: 'https://a/?b' },
    { timeoutMs: -1 },
    { retries: 0.5 },
  ]
  for (const one of wrong) {
    expect(() => createRegistryClient({ ...options, ...one }), JSON.stringify(one)).toThrow(
      TypeError,
    )
  }
})

test('a component, what is no module and what is no name are not pushed', async () => {
  const client = createRegistryClient(options)
  const component = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])
  const push = (changes: object): Promise<unknown> =>
    client.push({ name: 'x', version: '1.0.0', bytes: module, ...changes })
  await expect(push({ bytes: component })).rejects.toMatchObject({ code: 'MODULE_UNSUPPORTED' })
  await expect(push({ bytes: new Uint8Array(9) })).rejects.toMatchObject({ code: 'MODULE_INVALID' })
  for (const changes of [
    { name: 'X' },
    { name: 'x:1' },
    { version: '^1' },
    { version: '1.0.0+b' },
    { name: '../x' },
  ]) {
    await expect(push(changes), JSON.stringify(changes)).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
    })
  }
})
