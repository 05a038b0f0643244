import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'
import { fromDer, signDer, toDer, verifyDer } from '../../src/registry/signing-keys.ts'
import { missingRegistry, startDebianRegistry, type DebianRegistry } from './debian-registry.ts'
import { aContainer, sha256, someModule } from './modules.ts'

interface Pair {
  readonly publicKey: string
  readonly privateKey: string
}

function keyPair(): Pair {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

const kim = keyPair()
const lee = keyPair()
const hasOpenssl = ((): boolean => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL')
  } catch {
    console.warn('Skipped: openssl is not installed')
    return false
  }
})()

test('signatures of node:crypto verify, others and changed ones do not', async () => {
  const bytes = new TextEncoder().encode('payload')
  const signature = new Uint8Array(nodeSign('sha256', bytes, kim.privateKey))
  expect(await verifyDer(kim.publicKey, { bytes, signature })).toBe(true)
  expect(await verifyDer(lee.publicKey, { bytes, signature })).toBe(false)
  expect(await verifyDer(kim.publicKey, { bytes: bytes.slice(1), signature })).toBe(false)
  expect(await verifyDer(kim.publicKey, { bytes, signature: signature.slice(1) })).toBe(false)
})

test('a key that is none is named as such', async () => {
  const bytes = new Uint8Array(1)
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  for (const key of ['', kim.publicKey, rsa.privateKey]) {
    await expect(signDer(key, bytes)).rejects.toMatchObject({ code: 'UNTRUSTED' })
  }
})

test('DER and raw signatures become each other, and other bytes are no signature', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.uint8Array({ maxLength: 80 }),
      (raw, junk) => {
        expect(fromDer(toDer(raw))).toEqual(raw)
        const read = fromDer(junk)
        if (read !== undefined) expect(toDer(read)).toEqual(junk)
      },
    ),
  )
  expect(fromDer(Uint8Array.from([0x30, 6, 2, 1, 0, 2, 1, 0]))).toEqual(new Uint8Array(64))
  expect(fromDer(Uint8Array.from([0x30, 7, 2, 2, 0, 1, 2, 1, 1]))).toBeUndefined()
})

describe.skipIf(missingRegistry !== '')('against Debian docker-registry', () => {
  let server: DebianRegistry
  beforeAll(async () => {
    server = await startDebianRegistry()
  })
  afterAll(() => server.stop())

  const client = (options: Partial<RegistryClientOptions> = {}): RegistryClient =>
    createRegistryClient({ registry: server.origin, store: createMemoryStore(), ...options })
  const trusting = (keys: Pair[], require?: 'any' | 'all'): RegistryClient =>
    client({
      policy: {
        keys: keys.map((pair) => pair.publicKey),
        ...(require === undefined ? {} : { require }),
      },
    })

  test('a policy lets through what a trusted key signed, and nothing else', async () => {
    await client().push(aContainer({ name: 'signed' }), { signWith: kim.privateKey })
    await client().push(aContainer({ name: 'unsigned', bytes: someModule(77) }))
    expect((await trusting([kim]).resolve('signed:1.0.0')).bytes).toEqual(someModule())
    expect((await trusting([lee, kim]).pull('signed', '1.0.0')).name).toBe('signed')
    const refused: [RegistryClient, string][] = [
      [trusting([lee]), 'signed:1.0.0'],
      [trusting([kim, lee], 'all'), 'signed:1.0.0'],
      [trusting([]), 'signed:1.0.0'],
      [trusting([], 'all'), 'signed:1.0.0'],
      [trusting([kim]), 'unsigned:1.0.0'],
    ]
    for (const [one, reference] of refused) {
      await expect(one.resolve(reference)).rejects.toMatchObject({
        name: 'RegistryError',
        code: 'UNTRUSTED',
      })
    }
  })

  test('a second signature joins the first', async () => {
    await client().push(aContainer({ name: 'both' }), { signWith: kim.privateKey })
    await client().sign('both:1.0.0', lee.privateKey)
    expect((await trusting([kim, lee], 'all').pull('both', '1.0.0')).name).toBe('both')
  })

  test('the signature of another manifest does not pass', async () => {
    const good = await client().push(aContainer({ name: 'swap', version: '1.0.0' }), {
      signWith: kim.privateKey,
    })
    const evil = await client().push(
      aContainer({ name: 'swap', version: '2.0.0', bytes: someModule(99) }),
    )
    const from = `${server.origin}/v2/swap/manifests/${tagOf(good.digest)}`
    const accept = 'application/vnd.oci.image.manifest.v1+json'
    const signature = await (await fetch(from, { headers: { accept } })).text()
    const to = `${server.origin}/v2/swap/manifests/${tagOf(evil.digest)}`
    const put = await fetch(to, {
      method: 'PUT',
      body: signature,
      headers: { 'content-type': accept },
    })
    expect(put.status).toBe(201)
    await expect(trusting([kim]).pull('swap', '2.0.0')).rejects.toMatchObject({ code: 'UNTRUSTED' })
  })

  test('what is in the store meets the policy again, also without a network', async () => {
    const store = createMemoryStore()
    const { digest = '' } = await client().push(aContainer({ name: 'kept' }), {
      signWith: kim.privateKey,
    })
    const policy = { keys: [kim.publicKey] }
    await client({ store, policy }).pull('kept', '1.0.0')
    const offline: typeof fetch = () => Promise.reject(new TypeError('no network'))
    expect(
      (await client({ store, policy, fetch: offline }).resolve(`kept@${digest}`)).bytes,
    ).toEqual(someModule())
    const other = { keys: [lee.publicKey] }
    await expect(
      client({ store, policy: other, fetch: offline }).resolve(`kept@${digest}`),
    ).rejects.toMatchObject({
      code: 'UNTRUSTED',
    })
    const unchecked = createMemoryStore()
    await client({ store: unchecked }).pull('kept', '1.0.0')
    expect((await client({ store: unchecked, policy }).resolve(`kept@${digest}`)).bytes).toEqual(
      someModule(),
    )
    await expect(
      client({ store: unchecked, policy: other, cache: 'prefer' }).resolve('kept:1.0.0'),
    ).rejects.toMatchObject({ code: 'UNTRUSTED' })
  })

  test('sources without signatures are refused under a policy', async () => {
    for (const reference of [
      'https://example.com/a.wasm',
      'npm:a@1.0.0/a.wasm',
      'file:///a.wasm',
    ]) {
      await expect(trusting([kim]).resolve(reference)).rejects.toMatchObject({ code: 'UNTRUSTED' })
    }
  })

  test.skipIf(!hasOpenssl)(
    'openssl verifies what was signed, in the layout of cosign',
    async () => {
      const { digest = '' } = await client().push(aContainer({ name: 'interop' }), {
        signWith: kim.privateKey,
      })
      const base = `${server.origin}/v2/interop`
      const manifest = (await (
        await fetch(`${base}/manifests/${tagOf(digest)}`, {
          headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
        })
      ).json()) as {
        layers: { mediaType: string; digest: string; annotations: Record<string, string> }[]
      }
      const [layer] = manifest.layers
      expect(layer?.mediaType).toBe('application/vnd.dev.cosign.simplesigning.v1+json')
      const payload = Buffer.from(
        await (await fetch(`${base}/blobs/${layer?.digest}`)).arrayBuffer(),
      )
      expect(sha256(payload)).toBe(layer?.digest)
      expect(JSON.parse(payload.toString())).toEqual({
        critical: {
          identity: { 'docker-reference': `${server.host}/interop` },
          image: { 'docker-manifest-digest': digest },
          type: 'cosign container image signature',
        },
        optional: null,
      })
      const signature = layer?.annotations['dev.cosignproject.cosign/signature'] ?? ''
      expect(await opensslVerifies({ payload, signature, publicKey: kim.publicKey })).toBe(
        'Verified OK',
      )
    },
  )
})

test.skipIf(!hasOpenssl || missingRegistry !== '')(
  'a signature made by openssl passes the policy',
  async () => {
    const server = await startDebianRegistry()
    const folder = await mkdtemp(join(tmpdir(), 'gaesup-openssl-'))
    try {
      const options = { registry: server.origin, store: createMemoryStore() }
      const { digest = '' } = await createRegistryClient(options).push(
        aContainer({ name: 'by-openssl' }),
      )
      const payload = JSON.stringify({
        critical: {
          identity: { 'docker-reference': '' },
          image: { 'docker-manifest-digest': digest },
          type: 'cosign container image signature',
        },
        optional: { creator: 'openssl' },
      })
      await writeFile(join(folder, 'key.pem'), kim.privateKey)
      await writeFile(join(folder, 'payload'), payload)
      const args = ['dgst', '-sha256', '-sign', 'key.pem', 'payload']
      const signature = execFileSync('openssl', args, { cwd: folder }).toString('base64')
      const layer = await upload(server, payload)
      const config = await upload(server, '{}')
      const manifest = {
        schemaVersion: 2,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [
          {
            mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
            ...layer,
            annotations: { 'dev.cosignproject.cosign/signature': signature },
          },
        ],
      }
      await fetch(`${server.origin}/v2/by-openssl/manifests/${tagOf(digest)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
        body: JSON.stringify(manifest),
      })
      const policy = { keys: [kim.publicKey] }
      const pulled = await createRegistryClient({ ...options, policy }).pull('by-openssl', '1.0.0')
      expect(pulled.digest).toBe(digest)
    } finally {
      await rm(folder, { recursive: true })
      await server.stop()
    }
  },
)

async function upload(
  server: DebianRegistry,
  text: string,
): Promise<{ digest: string; size: number }> {
  const begun = await fetch(`${server.origin}/v2/by-openssl/blobs/uploads/`, { method: 'POST' })
  const digest = sha256(Buffer.from(text))
  const place = new URL(begun.headers.get('location') ?? '')
  place.searchParams.set('digest', digest)
  const put = await fetch(place, {
    method: 'PUT',
    body: text,
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(put.status).toBe(201)
  return { digest, size: text.length }
}

function tagOf(digest = ''): string {
  return `${digest.replace(':', '-')}.sig`
}

async function opensslVerifies(signed: {
  payload: Buffer
  signature: string
  publicKey: string
}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gaesup-openssl-'))
  try {
    await writeFile(join(folder, 'key.pem'), signed.publicKey)
    await writeFile(join(folder, 'payload'), signed.payload)
    await writeFile(join(folder, 'signature'), Buffer.from(signed.signature, 'base64'))
    const args = ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature', 'payload']
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' }).trim()
  } finally {
    await rm(folder, { recursive: true })
  }
}
