import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'
import { createNodePorts } from '../../src/registry/node/index.ts'
import { missingRegistry, startDebianRegistry, type DebianRegistry } from './debian-registry.ts'
import { aContainer, sha256, someModule } from './modules.ts'

describe.skipIf(missingRegistry !== '')('against Debian docker-registry', () => {
  let server: DebianRegistry
  beforeAll(async () => {
    server = await startDebianRegistry()
  })
  afterAll(() => server.stop())

  const client = (options: Partial<RegistryClientOptions> = {}): RegistryClient =>
    createRegistryClient({ registry: server.origin, store: createMemoryStore(), ...options })

  test('a pushed container is pulled with the same bytes and everything said about it', async () => {
    const data = aContainer({
      description: 'Adds numbers',
      author: 'Kim',
      license: 'MIT',
      repository: 'https://example.com/math',
      keywords: ['math', '수학'],
      dependencies: ['base:^1'],
      exports: [
        {
          name: 'add',
          parameters: [{ name: 'a', type: { type: 'number' } }],
          returnType: { type: 'number' },
        },
      ],
      permissions: { network: ['example.com'] },
      limits: { maxMemory: 65536 },
      createdAt: new Date('2025-01-02T03:04:05Z'),
    })
    const pushed = await client().push(data)
    const { bytes, metadata } = await client().resolve('team/math-utils:1.0.0')
    expect(bytes).toEqual(data.bytes)
    expect(metadata).toEqual(pushed)
    const { permissions: _, limits: __, bytes: ___, ...said } = data
    expect(metadata).toMatchObject({ ...said, size: data.bytes.length, hash: sha256(data.bytes) })
  })

  test('the artifact has the layout of CNCF: config, layer, and our manifest only when there is something to say', async () => {
    const bytes = someModule(80)
    await client().push(aContainer({ name: 'layout/plain', bytes }))
    await client().push(aContainer({ name: 'layout/full', bytes, dependencies: ['x:1'] }))
    const plain = await manifestOf('layout/plain')
    const full = await manifestOf('layout/full')
    expect(plain.config.mediaType).toBe('application/vnd.wasm.config.v0+json')
    expect(plain.layers).toEqual([
      { mediaType: 'application/wasm', digest: sha256(bytes), size: bytes.length },
    ])
    expect(full.layers.map((layer) => layer.mediaType)).toEqual([
      'application/wasm',
      'application/vnd.gaesup.manifest.v1+json',
    ])
    const config = await (
      await fetch(`${server.origin}/v2/layout/full/blobs/${full.config.digest}`)
    ).json()
    expect(config).toMatchObject({
      architecture: 'wasm',
      os: 'wasip1',
      layerDigests: full.layers.map((layer) => layer.digest),
    })
  })

  test('versions are found by tag, digest, range, and none at all', async () => {
    const one = client()
    const hashes: Record<string, string> = {}
    for (const version of ['1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1']) {
      const bytes = someModule(50, version.length * 7 + Number(version[2]))
      hashes[version] = (await one.push(aContainer({ name: 'ranges', version, bytes }))).hash
    }
    const found = async (reference: string): Promise<string> =>
      (await client().resolve(reference)).metadata.version
    expect(await found('ranges:1.2.0')).toBe('1.2.0')
    expect(await found('ranges:^1.0.0')).toBe('1.10.0')
    expect(await found('ranges:1.x')).toBe('1.10.0')
    expect(await found('ranges:1')).toBe('1.10.0')
    expect(await found('ranges:>=1.1 <1.5')).toBe('1.2.0')
    expect(await found('ranges')).toBe('1.10.0')
    const { digest } = await client().pull('ranges', '~1.2')
    expect((await client().resolve(`ranges@${digest}`)).metadata.hash).toBe(hashes['1.2.0'])
    expect(await found(`${server.host}/ranges:1.0.0`)).toBe('1.0.0')
    await expect(found('ranges:^3')).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'NOT_FOUND',
    })
    await expect(found('ranges:9.9.9')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a large module goes up in chunks and comes down whole', async () => {
    const bytes = someModule(3_000_000)
    const methods: string[] = []
    const counting: typeof fetch = (input, init) => {
      methods.push(init?.method ?? 'GET')
      return fetch(input, init)
    }
    await client({ chunkBytes: 1_000_000, fetch: counting }).push(
      aContainer({ name: 'large', bytes }),
    )
    expect(methods.filter((method) => method === 'PATCH').length).toBe(4)
    expect((await client().resolve('large:1.0.0')).bytes).toEqual(bytes)
  })

  test('an upload whose answers got lost begins again and ends well', async () => {
    const bytes = someModule(3_000_000, 5)
    let patches = 0
    const breaking: typeof fetch = async (input, init) => {
      if (init?.method !== 'PATCH') return fetch(input, init)
      patches++
      const answer = await fetch(input, init)
      // The registry has the second piece, yet its answer never arrives.
      if (patches === 2) throw new TypeError('fetch failed')
      return answer
    }
    const options = { chunkBytes: 1_000_000, fetch: breaking }
    await client(options).push(aContainer({ name: 'broken-upload', bytes }))
    expect(patches).toBe(2 + 4)
    expect((await client().resolve('broken-upload:1.0.0')).bytes).toEqual(bytes)
  })

  test('a blob that the registry has is not sent again', async () => {
    await client().push(aContainer({ name: 'twice' }))
    const methods: string[] = []
    const counting: typeof fetch = (input, init) => {
      methods.push(init?.method ?? 'GET')
      return fetch(input, init)
    }
    await client({ fetch: counting }).push(aContainer({ name: 'twice', createdAt: new Date(0) }))
    expect(methods.filter((method) => method === 'POST').length).toBe(1)
  })

  test('search looks at names, descriptions and keywords', async () => {
    const one = client()
    await one.push(aContainer({ name: 'search/fibonacci', description: 'Numbers' }))
    await one.push(aContainer({ name: 'search/other', description: 'Not like Fibonacci' }))
    await one.push(aContainer({ name: 'search/third', keywords: ['fibonacci'] }))
    const found = await one.search('Fibonacci')
    expect(found.map(({ name }) => name)).toEqual([
      'search/fibonacci',
      'search/other',
      'search/third',
    ])
    expect((await one.search('Fibonacci', { maxResults: 1 })).length).toBe(1)
    expect(await one.search('no such thing')).toEqual([])
  })

  test('search tells the version that a pull without one takes', async () => {
    const one = client()
    for (const version of ['1.0.0', '1.2.0', '2.0.0-rc.1'])
      await one.push(aContainer({ name: 'search/versions', version }))
    const [found] = await one.search('search/versions')
    expect(found?.version).toBe('1.2.0')
    expect((await one.pull('search/versions')).version).toBe('1.2.0')
    await one.push(aContainer({ name: 'search/early', version: '1.0.0-rc.1' }))
    expect((await one.search('search/early'))[0]?.version).toBe('1.0.0-rc.1')
  })

  test('a version to remove may stand in the name, as it may for a pull', async () => {
    const one = client()
    for (const version of ['1.0.0', '1.1.0']) {
      await one.push(aContainer({ name: 'removal/named', version }))
      await one.pull('removal/named', version)
    }
    await one.remove('removal/named:1.0.0')
    expect((await one.list()).map(({ version }) => version)).toEqual(['1.1.0'])
    await expect(one.remove(undefined as never)).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
    })
  })

  test('what is no container is not pushed, and what is no query not searched for', async () => {
    const one = client()
    const good = aContainer({ name: 'typed' })
    const wrong = [undefined, null, 5, [], {}, { ...good, bytes: 'AGFzbQ==' }]
    for (const data of [...wrong, { ...good, keywords: 'x' }, { ...good, createdAt: 'today' }])
      await expect(one.push(data as never)).rejects.toThrow(TypeError)
    for (const query of [undefined, null, 5])
      await expect(one.search(query as never)).rejects.toThrow(TypeError)
    for (const options of [{ maxResults: Number.NaN }, { maxResults: '1' }, { maxResult: 1 }])
      await expect(one.search('typed', options as never)).rejects.toThrow(TypeError)
    for (const name of [undefined, null, {}])
      await expect(one.pull(name as never)).rejects.toMatchObject({ code: 'REFERENCE_INVALID' })
    // What a pull told may be pushed again.
    const metadata = await one.push(good)
    await one.push({ ...metadata, bytes: good.bytes })
    expect(await one.search('typed')).toHaveLength(1)
  })

  test('remove and prune touch the store alone, unless the registry is named too', async () => {
    const one = client()
    await one.push(aContainer({ name: 'removal', bytes: someModule(70, 9) }))
    await one.pull('removal', '1.0.0')
    expect((await one.list()).map(({ name }) => name)).toEqual(['removal'])
    await one.remove('removal', '1.0.0')
    expect(await one.list()).toEqual([])
    expect(await one.prune()).toEqual({ removed: 1, freedBytes: someModule(70, 9).length })
    await one.pull('removal', '1.0.0')
    await one.remove('removal', '1.0.0', { remote: true })
    await expect(one.pull('removal', '1.0.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(one.remove('removal', undefined, { remote: true })).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
    })
  })

  test('what was pulled by digest needs no registry any more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gaesup-store-'))
    try {
      const ports = createNodePorts(folder)
      await client().push(aContainer({ name: 'offline' }))
      const { digest } = await client(ports).pull('offline', '1.0.0')
      const offline: typeof fetch = () => Promise.reject(new TypeError('no network'))
      const { bytes } = await client({ ...ports, fetch: offline }).resolve(`offline@${digest}`)
      expect(bytes).toEqual(someModule())
      const prefer = client({ ...ports, fetch: offline, cache: 'prefer' })
      expect((await prefer.resolve('offline:1.0.0')).bytes).toEqual(someModule())
      await expect(
        client({ ...ports, fetch: offline }).resolve('offline:1.0.0'),
      ).rejects.toMatchObject({
        code: 'REGISTRY_FAILED',
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  async function manifestOf(repository: string): Promise<{
    config: { mediaType: string; digest: string }
    layers: { mediaType: string; digest: string }[]
  }> {
    const answer = await fetch(`${server.origin}/v2/${repository}/manifests/1.0.0`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    })
    return (await answer.json()) as Awaited<ReturnType<typeof manifestOf>>
  }
})
