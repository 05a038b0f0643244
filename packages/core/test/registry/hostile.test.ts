import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/registry/index.ts'
import {
  clientOf,
  fakeArtifact,
  serving,
  startServer,
  type HostileServer,
} from './hostile-server.ts'
import { sha256, someModule } from './modules.ts'

const module = someModule(300_000)
const artifact = fakeArtifact(module)

/**
 * Until the client, which lives in this process, has taken what was written: after turns of the loop that both share, not
 * after a time in which a busy machine may have run neither.
 */
async function onceRead(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setTimeout(resolve, 2))
}

const isBlob = (url: string | undefined): boolean => url?.includes('/blobs/') ?? false

test('other bytes than the digest says are refused and not kept', async () => {
  const wrong = Uint8Array.from(module)
  wrong[5000] = (wrong[5000] ?? 0) ^ 1
  await using server = await startServer(
    serving({ ...artifact, blobs: new Map([[artifact.layer, wrong]]) }),
  )
  const store = createMemoryStore()
  await expect(clientOf(server, { store }).pull('x', '1.0.0')).rejects.toMatchObject({
    name: 'RegistryError',
    code: 'INTEGRITY',
  })
  expect([
    await store.list('blobs'),
    await store.list('partial'),
    await store.list('entries'),
  ]).toEqual([[], [], []])
})

test('a manifest that is not the one of the digest is refused, and one that the server says it is not', async () => {
  await using server = await startServer(serving(artifact))
  await expect(clientOf(server).pull('x', sha256(module))).rejects.toMatchObject({
    code: 'INTEGRITY',
  })
  await using liar = await startServer((_, response) => {
    response.writeHead(200, { 'docker-content-digest': sha256(module) }).end(artifact.manifest)
  })
  await expect(clientOf(liar).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'INTEGRITY' })
})

test('a download that breaks goes on where it stopped, with a range', async () => {
  const ranges: (string | undefined)[] = []
  await using server = await startServer(
    serving(artifact, (request, response) => {
      if (!isBlob(request.url)) return false
      ranges.push(request.headers.range)
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, {
        'content-length': module.length - start,
        ...(start === 0
          ? {}
          : { 'content-range': `bytes ${start}-${module.length - 1}/${module.length}` }),
      })
      const end = Math.min(start + 120_000, module.length)
      response.write(module.subarray(start, end), () => {
        if (end === module.length) response.end()
        else void onceRead().then(() => response.destroy())
      })
      return true
    }),
  )
  expect((await clientOf(server).resolve('x:1.0.0')).bytes).toEqual(module)
  // A slow reader may lose what a broken connection brought last, so the exact places differ.
  expect(ranges[0]).toBeUndefined()
  expect(ranges.length).toBeGreaterThanOrEqual(3)
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d{4,5}-$/.test(range ?? ''))).toBe(true)
})

test('an aborted download is taken up by the next pull, also when the kept part turns out wrong', async () => {
  const stop = new AbortController()
  let stalls = true
  const ranges: (string | undefined)[] = []
  await using server = await startServer(
    serving(artifact, (request, response) => {
      if (!isBlob(request.url)) return false
      ranges.push(request.headers.range)
      if (stalls) {
        response.writeHead(200, { 'content-length': module.length })
        response.write(module.subarray(0, 200_000), () => void onceRead().then(() => stop.abort()))
        return true
      }
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const range = `bytes ${start}-${module.length - 1}/${module.length}`
      response
        .writeHead(start === 0 ? 200 : 206, { 'content-range': range })
        .end(module.subarray(start))
      return true
    }),
  )
  const store = createMemoryStore()
  const client = clientOf(server, { store })
  await expect(client.pull('x', '1.0.0', { signal: stop.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  stalls = false
  const [name = ''] = await store.list('partial')
  const part = (await store.read('partial', name)) ?? new Uint8Array()
  expect(part.length).toBeGreaterThanOrEqual(65_536)
  part[10] = (part[10] ?? 0) ^ 1
  await store.write('partial', name, part)
  expect((await client.resolve('x:1.0.0')).bytes).toEqual(module)
  expect(ranges).toEqual([undefined, `bytes=${part.length}-`, undefined])
  expect(await store.list('partial')).toEqual([])
})

test('a body that is always cut ends with an error after the allowed resumptions', async () => {
  await using server = await startServer(
    serving(artifact, (request, response) => {
      if (!isBlob(request.url)) return false
      response.writeHead(200, { 'content-length': module.length })
      response.write(module.subarray(0, 1000), () => void onceRead().then(() => response.destroy()))
      return true
    }),
  )
  await expect(clientOf(server, { resumes: 2 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(server.seen.filter(isBlob).length).toBeLessThanOrEqual(3)
})

test('a body without end is cut at the announced size', async () => {
  await using server = await startServer(
    serving(artifact, async (request, response) => {
      if (!isBlob(request.url)) return false
      response.writeHead(200)
      const junk = Buffer.alloc(64 * 1024)
      while (!response.destroyed && !response.closed) {
        response.write(junk)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return true
    }),
  )
  await expect(clientOf(server).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
})

test('a manifest without end and a module above the limit are refused', async () => {
  await using endless = await startServer(async (_, response) => {
    response.writeHead(200)
    while (!response.destroyed && !response.closed) {
      response.write(Buffer.alloc(256 * 1024, 32))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  await expect(clientOf(endless).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
  await using server = await startServer(serving(artifact))
  await expect(clientOf(server, { maxBytes: 299_999 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
  expect(server.seen.filter(isBlob)).toEqual([])
})

test('a body that unpacks to far more than announced is cut', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(250_000)
  await using server = await startServer(
    serving(artifact, (request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      return request.url !== undefined
    }),
  )
  await expect(clientOf(server).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
})

test('a server that says nothing, or one byte at a time, is left after the limits', async () => {
  await using silent = await startServer(() => undefined)
  await expect(clientOf(silent, { timeoutMs: 100 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'TIME_LIMIT',
  })
  await using stalled = await startServer((_, response) => {
    response.writeHead(200).write('{')
  })
  await expect(clientOf(stalled, { timeoutMs: 100 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'TIME_LIMIT',
  })
  await using drip = await startServer(async (_, response) => {
    response.writeHead(200)
    while (!response.destroyed && !response.closed) {
      response.write(' ')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  await expect(clientOf(drip, { deadlineMs: 300 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'TIME_LIMIT',
  })
})

test('an abort ends a call that waits for a head, a body or a repetition', async () => {
  const aborts = async (server: HostileServer, options = {}): Promise<void> => {
    const stop = new AbortController()
    const pull = clientOf(server, options).pull('x', '1.0.0', { signal: stop.signal })
    setTimeout(() => stop.abort(), 50)
    await expect(pull).rejects.toMatchObject({ code: 'ABORTED' })
  }
  await using silent = await startServer(() => undefined)
  await aborts(silent)
  await using stalled = await startServer((_, response) => void response.writeHead(200).write('{'))
  await aborts(stalled)
  await using busy = await startServer((_, response) => void response.writeHead(503).end())
  await aborts(busy, { retryDelayMs: 10_000 })
  const gone = AbortSignal.abort()
  await expect(clientOf(silent).resolve('x:1', gone)).rejects.toMatchObject({ code: 'ABORTED' })
})

test('429 and 5xx are repeated with growing waits or as told; other answers are not', async () => {
  const waits: number[] = []
  const clock = {
    nowMs: () => 0,
    sleep: async (ms: number) => void waits.push(ms),
  }
  let left = 3
  await using server = await startServer(
    serving(artifact, (_, response) => {
      if (left-- <= 0) return false
      response.writeHead(left === 1 ? 429 : 503, left === 1 ? { 'retry-after': '7' } : {}).end()
      return true
    }),
  )
  await clientOf(server, { clock, retryDelayMs: 100 }).pull('x', '1.0.0')
  expect(waits).toEqual([100, 7000, 400])
  await using broken = await startServer((_, response) => void response.writeHead(500).end())
  await expect(clientOf(broken, { clock, retries: 2 }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    details: { status: 500 },
  })
  expect(broken.seen.length).toBe(3)
  await using patient = await startServer((_, response) => {
    response.writeHead(429, { 'retry-after': '3600' }).end()
  })
  await expect(clientOf(patient, { clock }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    details: { status: 429 },
  })
  expect(patient.seen.length).toBe(1)
  await using missing = await startServer((_, response) => void response.writeHead(404).end())
  await expect(clientOf(missing).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await using odd = await startServer((_, response) => void response.writeHead(400).end())
  await expect(clientOf(odd).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'REGISTRY_FAILED' })
  expect([missing.seen.length, odd.seen.length]).toEqual([1, 1])
  await using closed = await startServer((request) => void request.socket.destroy())
  await expect(clientOf(closed).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(closed.seen.length).toBe(1)
})

test('a million tags are refused, in one page or in pages without end', async () => {
  const tags = Array.from({ length: 1_000_000 }, (_, at) => `1.0.${at}`)
  const body = Buffer.from(JSON.stringify({ name: 'x', tags }))
  await using server = await startServer((_, response) => void response.writeHead(200).end(body))
  await expect(clientOf(server).pull('x', '^1.0.0')).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
  let page = 0
  await using pages = await startServer((_, response) => {
    const link = `</v2/x/tags/list?n=1000&last=${page++}>; rel="next"`
    response.writeHead(200, { link }).end(JSON.stringify({ tags: tags.slice(0, 1000) }))
  })
  await expect(clientOf(pages).pull('x', '^1.0.0')).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
  expect(pages.seen.length).toBe(21)
})

test('pages that lead in a circle or away end the list', async () => {
  await using circle = await startServer(
    serving(artifact, (request, response) => {
      if (request.url?.includes('/tags/') !== true) return false
      response.writeHead(200, { link: '</v2/x/tags/list?n=1000>; rel="next"' })
      response.end(JSON.stringify({ tags: ['1.0.0'] }))
      return true
    }),
  )
  expect((await clientOf(circle).pull('x', '^1.0.0')).version).toBe('1.0.0')
  await using other = await startServer((_, response) => void response.writeHead(200).end('{}'))
  await using away = await startServer(
    serving(artifact, (request, response) => {
      if (request.url?.includes('/tags/') !== true) return false
      response.writeHead(200, { link: `<${other.origin}/v2/x/tags/list>; rel="next"` })
      response.end(JSON.stringify({ tags: ['1.0.0'] }))
      return true
    }),
  )
  await clientOf(away).pull('x', '^1.0.0')
  expect(other.seen).toEqual([])
})

const auth = { username: 'kim', password: 'secret' }

test('a redirect of a blob is followed without credentials, and only to listed private hosts', async () => {
  await using target = await startServer((_, response) => void response.writeHead(200).end(module))
  await using server = await startServer(
    serving(artifact, (request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
        return true
      }
      if (!isBlob(request.url)) return false
      response.writeHead(307, { location: `${target.origin}/blob` }).end()
      return true
    }),
  )
  await expect(clientOf(server, { auth }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(target.seen).toEqual([])
  const allowed = clientOf(server, { auth, hosts: [target.host] })
  expect((await allowed.resolve('x:1.0.0')).bytes).toEqual(module)
  expect(target.credentials).toEqual([undefined])
})

test('manifests and uploads are not redirected to other hosts, and circles end', async () => {
  await using target = await startServer(serving(artifact))
  const location = (path: string): { location: string } => ({ location: `${target.origin}${path}` })
  await using server = await startServer((request, response) => {
    if (request.method === 'POST') response.writeHead(202, location('/v2/x/blobs/uploads/1')).end()
    else if (request.method === 'HEAD') response.writeHead(404).end()
    else response.writeHead(302, location(request.url ?? '')).end()
  })
  const client = clientOf(server, { hosts: [target.host] })
  await expect(client.pull('x', '1.0.0')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(client.push({ name: 'x', version: '1.0.0', bytes: module })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
  })
  expect(target.seen).toEqual([])
  await using circle = await startServer((request, response) => {
    response.writeHead(302, { location: request.url ?? '' }).end()
  })
  await expect(clientOf(circle).pull('x', '1.0.0')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(circle.seen.length).toBe(6)
})

test('a server that wants credentials forever is asked twice', async () => {
  await using basic = await startServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
  })
  await expect(clientOf(basic, { auth }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
  })
  expect(basic.seen.length).toBe(2)
  await expect(clientOf(basic).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
  })
  expect(basic.seen.length).toBe(3)
  await using bearer = await startServer((request, response) => {
    if (request.url?.startsWith('/token') === true)
      response.end(JSON.stringify({ token: 'no-use' }))
    else {
      const realm = `http://${request.headers.host}/token`
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` }).end()
    }
  })
  await expect(clientOf(bearer, { auth }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
  })
  expect(bearer.seen.length).toBe(3)
})

test('a token is fetched for the repository, used, kept, and fetched anew when it ended', async () => {
  let now = 1_000_000
  let tokens = 0
  const clock = { nowMs: () => now, sleep: async () => undefined }
  await using server = await startServer(
    serving(artifact, (request, response) => {
      if (request.url?.startsWith('/token') === true) {
        tokens++
        response.end(JSON.stringify({ access_token: `t${tokens}`, expires_in: 300 }))
        return true
      }
      if (request.headers.authorization === `Bearer t${tokens}` && tokens > 0) return false
      const realm = `http://${request.headers.host}/token?given=1`
      const challenge = `Bearer realm="${realm}",service="reg, istry",scope="other"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
      return true
    }),
  )
  const client = clientOf(server, { auth, clock })
  await client.pull('team/x', '1.0.0')
  await client.pull('team/x', '1.0.0')
  expect(tokens).toBe(1)
  const asked = server.seen.find((line) => line.includes('/token')) ?? ''
  const query = new URL(asked.slice(4), server.origin).searchParams
  expect(Object.fromEntries(query)).toEqual({
    given: '1',
    service: 'reg, istry',
    scope: 'repository:team/x:pull',
  })
  const at = server.seen.indexOf(asked)
  expect(server.credentials[at]).toBe(`Basic ${Buffer.from('kim:secret').toString('base64')}`)
  now += 300_000
  await client.pull('team/x', '1.0.0')
  expect(tokens).toBe(2)
})

test('a token is not fetched from a private host that a server names, nor taken when it is none', async () => {
  await using thief = await startServer((_, response) => void response.end('{"token":"t"}'))
  await using server = await startServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${thief.origin}/token"` }).end()
  })
  await expect(clientOf(server, { auth }).pull('x', '1.0.0')).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(thief.seen).toEqual([])
  for (const answer of [
    '{"token":"a\\r\\nb: c"}',
    '{"token":5}',
    'no json',
    `"${'x'.repeat(70_000)}"`,
  ]) {
    await using odd = await startServer((request, response) => {
      if (request.url === '/token') response.end(answer)
      else {
        const challenge = `Bearer realm="http://${request.headers.host}/token"`
        response.writeHead(401, { 'www-authenticate': challenge }).end()
      }
    })
    await expect(clientOf(odd).pull('x', '1.0.0')).rejects.toMatchObject({ name: 'RegistryError' })
  }
})

test('credentials are for the own registry alone, unless a function gives them', async () => {
  const handler = serving(artifact, (request, response) => {
    if (request.headers.authorization !== undefined) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
    return true
  })
  await using own = await startServer(handler)
  await using other = await startServer(handler)
  await expect(clientOf(own, { auth }).pull(`${other.host}/x`, '1.0.0')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
  })
  expect(other.credentials).toEqual([undefined])
  const client = clientOf(own, { auth: (host) => (host === other.host ? auth : undefined) })
  expect((await client.pull(`${other.host}/x`, '1.0.0')).name).toBe(`${other.host}/x`)
})

test('with a list of hosts no other one is asked', async () => {
  await using server = await startServer(serving(artifact))
  await using other = await startServer(serving(artifact))
  const client = clientOf(server, { hosts: ['*.example.com'] })
  await client.pull('x', '1.0.0')
  for (const name of [
    `${other.host}/x`,
    `${other.origin}/x.wasm`,
    'example.org/x',
    'https://example.com/x.wasm',
  ]) {
    await expect(client.pull(name), name).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
  expect(other.seen).toEqual([])
  await expect(clientOf(server).pull('http://example.org/x.wasm')).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
})

test('what is no artifact with one module is refused', async () => {
  const digest = sha256(module)
  const layer = { mediaType: 'application/wasm', digest, size: module.length }
  const cases: [Record<string, unknown>, string][] = [
    [{ layers: [] }, 'MODULE_INVALID'],
    [{ layers: [layer, layer] }, 'MODULE_INVALID'],
    [{ layers: [{ ...layer, digest: 'sha256:x' }] }, 'REGISTRY_FAILED'],
    [{ layers: [{ ...layer, digest: `../${digest}` }] }, 'REGISTRY_FAILED'],
    [{ layers: [{ ...layer, size: -1 }] }, 'REGISTRY_FAILED'],
    [{ schemaVersion: 1 }, 'REGISTRY_FAILED'],
    [{ layers: 'none' }, 'REGISTRY_FAILED'],
    [{ layers: [{ ...layer, digest: sha256(Buffer.from('{}')), size: 2 }] }, 'MODULE_INVALID'],
  ]
  for (const [changes, code] of cases) {
    const wrong = fakeArtifact(module, changes)
    await using server = await startServer(serving(wrong))
    await expect(
      clientOf(server).pull('x', '1.0.0'),
      JSON.stringify(changes),
    ).rejects.toMatchObject({ code })
  }
})

test('the older layer type and an index are read', async () => {
  const older = fakeArtifact(module, {
    config: {
      mediaType: 'application/vnd.wasm.config.v1+json',
      digest: sha256(Buffer.from('{}')),
      size: 2,
    },
    layers: [
      {
        mediaType: 'application/vnd.wasm.content.layer.v1+wasm',
        digest: sha256(module),
        size: module.length,
      },
    ],
  })
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'm',
          digest: sha256(Buffer.from('other')),
          size: 5,
          platform: { architecture: 'amd64' },
        },
        {
          mediaType: 'm',
          digest: sha256(older.manifest),
          size: older.manifest.length,
          platform: { architecture: 'wasm' },
        },
      ],
    }),
  )
  await using server = await startServer(
    serving(older, (request, response) => {
      if (request.url?.endsWith('/manifests/1.0.0') !== true) return false
      response.end(index)
      return true
    }),
  )
  const { bytes, metadata } = await clientOf(server).resolve('x:1.0.0')
  expect(bytes).toEqual(module)
  expect(metadata.digest).toBe(sha256(index))
})

test('a registry that refuses the configuration type gets the empty one', async () => {
  const manifests: { config: { mediaType: string }; artifactType?: string }[] = []
  await using server = await startServer((request, response) => {
    if (request.method === 'HEAD') return void response.writeHead(404).end()
    if (request.method === 'POST')
      return void response.writeHead(202, { location: '/up?a=1' }).end()
    if (request.url?.startsWith('/up') === true) return void response.writeHead(201).end()
    const manifest = JSON.parse(request.body.toString()) as (typeof manifests)[0]
    manifests.push(manifest)
    if (manifest.artifactType !== undefined) return void response.writeHead(201).end()
    return void response
      .writeHead(400)
      .end(JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID', message: 'm' }] }))
  })
  await clientOf(server).push({ name: 'x', version: '1.0.0', bytes: module })
  expect(manifests.map(({ config }) => config.mediaType)).toEqual([
    'application/vnd.wasm.config.v0+json',
    'application/vnd.oci.empty.v1+json',
  ])
  expect(manifests[1]?.artifactType).toBe('application/vnd.wasm.config.v0+json')
})

test('an interrupted upload asks how far it came and sends the rest', async () => {
  const received: Buffer[] = []
  let patches = 0
  await using server = await startServer((request, response) => {
    const location = { location: `/up?n=${received.length}` }
    const length = Buffer.concat(received).length
    if (request.method === 'HEAD') return void response.writeHead(404).end()
    if (request.method === 'POST') return void response.writeHead(202, location).end()
    if (request.method === 'GET') {
      return void response.writeHead(204, { ...location, range: `0-${length - 1}` }).end()
    }
    if (request.method === 'PATCH') {
      patches++
      if (patches === 2) {
        received.push(request.body.subarray(0, 30_000))
        return void request.socket.destroy()
      }
      received.push(request.body)
      return void response.writeHead(202, location).end()
    }
    return void response.writeHead(201).end()
  })
  await clientOf(server, { chunkBytes: 100_000 }).push({
    name: 'x',
    version: '1.0.0',
    bytes: module,
  })
  expect(Buffer.concat(received).equals(module)).toBe(true)
  expect(patches).toBe(4)
})

test('bytes in the store that changed on the disk are fetched again', async () => {
  await using server = await startServer(serving(artifact))
  const store = createMemoryStore()
  const client = clientOf(server, { store })
  const { digest = '' } = await client.pull('x', '1.0.0')
  const [name = ''] = await store.list('blobs')
  await store.write('blobs', name, new Uint8Array(5))
  expect((await client.resolve(`x@${digest}`)).bytes).toEqual(module)
  expect(sha256((await store.read('blobs', name)) ?? new Uint8Array())).toBe(sha256(module))
})

test('the store is not pruned while a pull of the same client is under way', async () => {
  let goOn: () => void = () => undefined
  const isAsked = new Promise<void>((asked) => {
    goOn = asked
  })
  let answer: () => void = () => undefined
  await using server = await startServer(
    serving(artifact, async (request) => {
      if (!isBlob(request.url)) return false
      goOn()
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return false
    }),
  )
  const client = clientOf(server)
  const pull = client.pull('x', '1.0.0')
  await isAsked
  await expect(client.prune()).rejects.toMatchObject({ code: 'REGISTRY_FAILED' })
  answer()
  await pull
  expect(await client.prune()).toEqual({ removed: 0, freedBytes: 0 })
})
