import { expect, test } from 'vitest'
import { createHostPolicy, isPrivateHost } from '../../src/registry/host-policy.ts'
import { createMemoryStore } from '../../src/registry/index.ts'
import { clientOf, fakeArtifact, serving, startServer } from './hostile-server.ts'
import { sha256, someModule } from './modules.ts'

const module = someModule(3000)
const artifact = fakeArtifact(module)
const auth = { username: 'kim', password: 'secret' }

test('a host that a blob was redirected to learns no password, whatever it asks for', async () => {
  for (const scheme of ['Basic realm="r"', 'Bearer realm="THIEF/token",service="s"']) {
    await using thief = await startServer((request, response) => {
      const challenge = scheme.replace('THIEF', `http://${request.headers.host}`)
      if (request.url === '/stolen')
        response.writeHead(401, { 'www-authenticate': challenge }).end()
      else response.end('{"token":"t"}')
    })
    await using server = await startServer(
      serving(artifact, (request, response) => {
        if (request.url?.includes('/blobs/') !== true) return false
        response.writeHead(307, { location: `${thief.origin}/stolen` }).end()
        return true
      }),
    )
    const client = clientOf(server, { auth, hosts: [thief.host] })
    await expect(client.pull('x', '1.0.0')).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
    expect(thief.credentials.filter((one) => one !== undefined)).toEqual([])
    expect(thief.seen).toEqual(['GET /stolen'])
  }
})

test('what cannot be a tag or a repository is in no list, and leads to no other address', async () => {
  const tags = ['../../../v2/secret/manifests/x', 'a/b', 'x?y', '', '1.0.0', ' ', 'y'.repeat(129)]
  const repositories = ['../secret', 'x:pull repository:secret', 'UPPER', 'x', 'a'.repeat(256)]
  await using server = await startServer(
    serving(artifact, ({ url = '' }, response) => {
      if (url.includes('/tags/list')) response.end(JSON.stringify({ tags }))
      else if (url.includes('/_catalog')) response.end(JSON.stringify({ repositories }))
      else return false
      return true
    }),
  )
  const found = await clientOf(server).search('')
  expect(found.map(({ name, version }) => `${name}:${version}`)).toEqual(['x:1.0.0'])
  expect(server.seen.filter((one) => one.includes('secret'))).toEqual([])
})

test('a release of npm is the version that was asked for', async () => {
  const integrity = `sha512-${'A'.repeat(86)}==`
  await using npm = await startServer((_, response) => {
    const dist = { tarball: 'https://npm.example/p.tgz', integrity }
    response.end(JSON.stringify({ version: '2.0.0', dist }))
  })
  const client = clientOf(npm, { npmRegistry: npm.origin })
  await expect(client.resolve('npm:p@1.0.0/a.wasm')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(npm.seen).toEqual(['GET /p/1.0.0'])
})

test('a default that nests without end is refused with a typed error, and the store stays readable', async () => {
  const deep = 100_000
  const signature =
    '{"name":"f","parameters":[{"name":"a","type":{"type":"object"},"default":DEEP}],"returnType":{"type":"object"}}'
  const contract = Buffer.from(
    `{"schemaVersion":1,"exports":[${signature.replace('DEEP', '['.repeat(deep) + ']'.repeat(deep))}]}`,
  )
  const type = 'application/vnd.gaesup.manifest.v1+json'
  const { layers } = JSON.parse(String(artifact.manifest)) as { layers: object[] }
  const bad = fakeArtifact(module, {
    layers: [...layers, { mediaType: type, digest: sha256(contract), size: contract.length }],
  })
  const blobs = new Map([...bad.blobs, [sha256(contract), contract] as const])
  await using server = await startServer(serving({ ...bad, blobs }))
  const client = clientOf(server)
  await expect(client.pull('x', '1.0.0')).rejects.toMatchObject({
    name: 'RegistryError',
    code: 'REGISTRY_FAILED',
  })
  expect(await client.list()).toEqual([])
})

test('an entry of the store without a digest is not trusted under a policy', async () => {
  await using server = await startServer(
    serving(artifact, ({ url = '' }, response) => {
      if (!url.endsWith('.sig')) return false
      response.writeHead(404).end()
      return true
    }),
  )
  const store = createMemoryStore()
  await clientOf(server, { store }).pull('x', '1.0.0')
  const [name = ''] = await store.list('entries')
  const entry = JSON.parse(new TextDecoder().decode(await store.read('entries', name))) as {
    metadata: { digest?: string }
  }
  delete entry.metadata.digest
  await store.write('entries', name, new TextEncoder().encode(JSON.stringify(entry)))
  const key = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'
  const client = clientOf(server, { store, cache: 'prefer', policy: { keys: [key] } })
  await expect(client.pull('x', '1.0.0')).rejects.toMatchObject({ code: 'UNTRUSTED' })
})

test('every spelling of a private host is one', () => {
  const hosts = [
    'localhost',
    'localhost.',
    'a.localhost.',
    'printer.local.',
    'db.internal.',
    '127.1.2.3',
    '169.254.169.254',
    '198.18.0.1',
    '192.0.0.8',
    '[::1]',
    '[::ffff:7f00:1]',
    '[2002:7f00:1::]',
    '[fd00::1]',
    '[64:ff9b::7f00:1]',
  ]
  expect(hosts.filter((host) => !isPrivateHost(host))).toEqual([])
  expect(['registry.example', '8.8.8.8', '[2606:4700::1]', 'locals'].filter(isPrivateHost)).toEqual(
    [],
  )
})

test('hosts are listed as people write them, and with the port that they have', () => {
  const hosts = ['*.example:8443', 'Bücher.example', '*.straße.example', 'no host']
  const check = createHostPolicy({ ownOrigins: [], hosts })
  const isAsked = (url: string): boolean => {
    try {
      check(new URL(url), 'caller')
      return true
    } catch {
      return false
    }
  }
  const good = ['https://a.example:8443', 'https://bücher.example', 'https://a.straße.example']
  const bad = [
    'https://a.example',
    'https://example:8443',
    'https://a.bücher.example',
    'https://no',
  ]
  expect(good.filter((url) => !isAsked(url))).toEqual([])
  expect(bad.filter(isAsked)).toEqual([])
})
