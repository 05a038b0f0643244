import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'
import { tar } from './archive.ts'
import { startServer, type HostileServer } from './hostile-server.ts'
import { sha256, someModule } from './modules.ts'

const module = someModule(5000)
const tarball = gzipSync(
  tar([
    { name: 'package/package.json', bytes: Buffer.from('{}') },
    { name: 'package/build/a.wasm', bytes: module },
    { name: 'package/build/text.txt', bytes: Buffer.from('text') },
  ]),
)
const sri = (bytes: Uint8Array): string =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`

interface FakePackage {
  readonly tarball?: Uint8Array
  readonly integrity?: string | undefined
  /** Instead of the address at the same registry. */
  readonly address?: string
}

/** An npm registry with `@team/pkg` in the versions 1.0.0, 1.2.0 and 2.0.0-rc.1. */
function startNpm(fake: FakePackage = {}): Promise<HostileServer> {
  const packed = fake.tarball ?? tarball
  return startServer((request, response) => {
    const release = (version: string): object => ({
      name: '@team/pkg',
      version,
      description: 'A package',
      license: 'MIT',
      author: { name: 'Kim' },
      repository: { type: 'git', url: 'https://example.com/repo.git' },
      keywords: ['wasm'],
      dist: {
        tarball: fake.address ?? `http://${request.headers.host}/pkg.tgz`,
        ...('integrity' in fake ? { integrity: fake.integrity } : { integrity: sri(packed) }),
      },
    })
    const versions = ['1.0.0', '1.2.0', '2.0.0-rc.1']
    const [, name, version] = (request.url ?? '').split('/')
    if (name === 'pkg.tgz') response.end(packed)
    else if (name?.toLowerCase() !== '@team%2fpkg') response.writeHead(404).end('{}')
    else if (version !== undefined) response.end(JSON.stringify(release(version)))
    else {
      const all = Object.fromEntries(versions.map((one) => [one, release(one)]))
      response.end(
        JSON.stringify({ 'dist-tags': { latest: '1.2.0', next: '2.0.0-rc.1' }, versions: all }),
      )
    }
  })
}

const clientOf = (
  server: HostileServer,
  options: Partial<RegistryClientOptions> = {},
): RegistryClient =>
  createRegistryClient({
    registry: 'localhost:1',
    npmRegistry: server.origin,
    store: createMemoryStore(),
    timeoutMs: 2_000,
    ...options,
  })

test('a file of a package is pulled by version, range and dist-tag', async () => {
  await using server = await startNpm()
  const client = clientOf(server)
  const { bytes, metadata } = await client.resolve('npm:@team/pkg@1.0.0/build/a.wasm')
  expect(bytes).toEqual(module)
  expect(metadata).toMatchObject({
    name: 'npm:@team/pkg',
    version: '1.0.0',
    description: 'A package',
    license: 'MIT',
    author: 'Kim',
    repository: 'https://example.com/repo.git',
    keywords: ['wasm'],
    hash: sha256(module),
    size: module.length,
  })
  const version = async (text: string): Promise<string> =>
    (await client.pull(`npm:@team/pkg@${text}/build/a.wasm`)).version
  expect(await version('^1.0.0')).toBe('1.2.0')
  expect(await version('latest')).toBe('1.2.0')
  expect(await version('next')).toBe('2.0.0-rc.1')
  expect((await client.list()).map((one) => one.version)).toEqual(['1.0.0', '1.2.0', '2.0.0-rc.1'])
  await expect(version('^9')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(version('constructor')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('an npm registry below a path is asked there', async () => {
  await using below = await startServer((_, response) => void response.end('{}'))
  const client = clientOf(below, { npmRegistry: `${below.origin}/api/npm/` })
  await expect(client.pull('npm:@team/pkg@1.0.0/build/a.wasm')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(below.seen).toEqual(['GET /api/npm/@team%2fpkg/1.0.0'])
})

test('an exact version comes from the store the second time', async () => {
  await using server = await startNpm()
  const store = createMemoryStore()
  await clientOf(server, { store }).pull('npm:@team/pkg@1.0.0/build/a.wasm')
  const before = server.seen.length
  const { bytes } = await clientOf(server, { store }).resolve('npm:@team/pkg@1.0.0/build/a.wasm')
  expect(bytes).toEqual(module)
  expect(server.seen.length).toBe(before)
})

test('a tarball without, with a weak or with another integrity is refused', async () => {
  const weak = `sha1-${createHash('sha1').update(tarball).digest('base64')}`
  for (const integrity of [undefined, weak, sri(module), 'sha512-AAAA', '']) {
    await using server = await startNpm({ integrity })
    await expect(clientOf(server).pull('npm:@team/pkg@1.0.0/build/a.wasm')).rejects.toMatchObject({
      code: 'INTEGRITY',
    })
  }
  await using both = await startNpm({ integrity: `${weak} ${sri(tarball)}` })
  expect((await clientOf(both).pull('npm:@team/pkg@1.0.0/build/a.wasm')).version).toBe('1.0.0')
})

test('an absent package or file, what is no module, and what is no archive are told apart', async () => {
  await using server = await startNpm()
  const pull = (reference: string): Promise<unknown> => clientOf(server).pull(reference)
  await expect(pull('npm:other@1.0.0/a.wasm')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(pull('npm:@team/pkg@1.0.0/b.wasm')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(pull('npm:@team/pkg@1.0.0/build/text.txt')).rejects.toMatchObject({
    code: 'MODULE_INVALID',
  })
  for (const broken of [
    Buffer.from('no gzip'),
    tarball.subarray(0, 2000),
    gzipSync(Buffer.from('no tar')),
  ]) {
    await using other = await startNpm({ tarball: broken })
    await expect(clientOf(other).pull('npm:@team/pkg@1.0.0/build/a.wasm')).rejects.toMatchObject({
      code: 'INTEGRITY',
    })
  }
})

test('a package that unpacks to more than the limit is left', async () => {
  const bomb = gzipSync(tar([{ name: 'package/zeros', bytes: Buffer.alloc(50 * 1024 * 1024) }]))
  expect(bomb.length).toBeLessThan(100_000)
  await using server = await startNpm({ tarball: bomb })
  const small = clientOf(server, { maxArchiveBytes: 1024 * 1024 })
  await expect(small.pull('npm:@team/pkg@1.0.0/build/a.wasm')).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
  await using normal = await startNpm()
  await expect(
    clientOf(normal, { maxBytes: 4000 }).pull('npm:@team/pkg@1.0.0/build/a.wasm'),
  ).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
})

test('a tarball at a private host that the registry names is not fetched', async () => {
  await using thief = await startServer((_, response) => void response.end(tarball))
  await using server = await startNpm({ address: `${thief.origin}/pkg.tgz` })
  await expect(clientOf(server).pull('npm:@team/pkg@1.0.0/build/a.wasm')).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(thief.seen).toEqual([])
  const listed = clientOf(server, { hosts: [thief.host] })
  expect((await listed.pull('npm:@team/pkg@1.0.0/build/a.wasm')).version).toBe('1.0.0')
})
