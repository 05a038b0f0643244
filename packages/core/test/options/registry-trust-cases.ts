import { ContainerManager } from '../../src/index.ts'
import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryStore,
  type StreamingHash,
} from '../../src/registry/index.ts'
import { equal, of, refused, throws, type Case } from '../both/case.ts'
import { createFakeRegistry, origin } from './fake-registry.ts'
import { isBlob, keyPair, name, serve, serveNpm } from './registry-served.ts'

/** What servers, stores and keys say to a registry client is not believed. */
export const registryTrustCases: readonly Case[] = [
  {
    title:
      'registry through a manager: by address and by client, ranges, absent names and other bytes',
    attacks: [
      ...of('ContainerManagerConfig', 'registry fetch'),
      ...of('RegistryClient', 'resolve'),
    ],
    async run(load) {
      let isLying = false
      const { other, bytes } = await serve(load, (one) =>
        isLying && isBlob(one) ? new Response(Uint8Array.from(bytes).fill(1, 50, 60)) : undefined,
      )
      const manager = new ContainerManager({ registry: other() })
      const container = await manager.run('team/counter:^1.0.0')
      equal([container.name, container.version], ['team/counter', '1.4.2'])
      equal(await container.call('increment'), 1)
      await refused(manager.run('team/counter:^2.0.0'), 'NOT_FOUND')
      await refused(manager.run('team/absent:1.0.0'), 'NOT_FOUND')
      await refused(manager.run('../x'), 'REFERENCE_INVALID')
      const { fetch } = createFakeRegistry()
      await refused(new ContainerManager({ registry: origin, fetch }).run(name), 'NOT_FOUND')
      isLying = true
      await refused(new ContainerManager({ registry: other() }).run(name), 'INTEGRITY')
      equal(manager.list().length, 1)
    },
  },
  {
    title: 'registry, npmRegistry and numbers: what is none is refused when the client is made',
    attacks: of('RegistryClientOptions', 'registry npmRegistry'),
    async run() {
      const store = createMemoryStore()
      for (const wrong of [
        { registry: '' },
        { registry: 'https://a/b' },
        { registry: 'https://u:p@a' },
        { npmRegistry: 'ftp://a' },
        { npmRegistry: 'https://a/?b' },
        { registry: undefined },
        { store: undefined },
        { store: {} },
        { polciy: { keys: [] } },
        { policy: {} },
        { policy: 'cosign' },
        { policy: { keys: 'pem' } },
        { policy: { keys: [], require: 'both' } },
        { policy: { keys: [], requires: 'all' } },
        { hosts: 'a.example' },
        { auth: 'secret' },
        { cache: 'always' },
        { fetch: {} },
        { clock: {} },
        { timeoutMs: 2 ** 31 },
        { deadlineMs: 2 ** 31 },
        ...['timeoutMs', 'deadlineMs', 'maxBytes', 'maxArchiveBytes', 'maxListItems']
          .concat(['chunkBytes', 'retries', 'retryDelayMs', 'resumes'])
          .flatMap((field) => [{ [field]: -1 }, { [field]: 0.5 }, { [field]: Number.NaN }]),
      ])
        throws(
          () => createRegistryClient({ registry: origin, store, ...(wrong as object) }),
          'TypeError',
        )
      for (const none of [undefined, null, 'https://a.example', []])
        throws(() => createRegistryClient(none as never), 'TypeError')
    },
  },
  {
    title: 'auth: a name, password or token goes to its own registry and nowhere else',
    attacks: [
      ...of('RegistryClientOptions', 'auth'),
      ...of('RegistryClientOptions.auth', 'username password token'),
    ],
    async run(load) {
      for (const auth of [{ username: 'kim', password: 'secret' }, { token: 'secret' }]) {
        const { other, asked } = await serve(load, ({ headers }) => {
          if (headers.has('authorization')) return undefined
          const challenge = { 'www-authenticate': 'Basic realm="r"' }
          return new Response(null, { status: 401, headers: challenge })
        })
        const client = other({ auth })
        await client.resolve(name).catch(() => undefined)
        await client.resolve('other.example/team/x:1.0.0').catch(() => undefined)
        const sentTo = asked.filter(({ headers }) => headers.has('authorization'))
        if (sentTo.length === 0 && 'username' in auth) throw new Error('it was never shown')
        equal(
          [...new Set(sentTo.map(({ url }) => url.host))].filter(
            (one) => one !== 'registry.example',
          ),
          [],
        )
      }
      const { other } = await serve(load, () => new Response(null, { status: 401 }))
      await refused(other().resolve(name), 'REGISTRY_DENIED')
    },
  },
  {
    title: 'hosts: no reference and no redirect leads to another one',
    attacks: of('RegistryClientOptions', 'hosts'),
    async run(load) {
      const { other, asked } = await serve(load, (one) => {
        if (one.url.origin !== origin || !isBlob(one)) return undefined
        const location = { location: 'https://elsewhere.example/blob' }
        return new Response(null, { status: 307, headers: location })
      })
      const client = other({ hosts: ['*.listed.example'] })
      for (const reference of [
        name,
        'elsewhere.example/x:1.0.0',
        'https://elsewhere.example/x.wasm',
        'https://listed.example/x.wasm',
        'https://a.listed.example:444/x.wasm',
        'http://a.listed.example/x.wasm',
      ])
        await refused(client.resolve(reference), 'FORBIDDEN')
      equal(
        asked.filter(({ url }) => url.origin !== origin),
        [],
      )
      for (const host of ['127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', 'a.internal']) {
        const location = { location: `https://${host}/blob` }
        const inward = await serve(load, (one) =>
          isBlob(one) ? new Response(null, { status: 307, headers: location }) : undefined,
        )
        await refused(inward.other().resolve(name), 'FORBIDDEN')
      }
    },
  },
  {
    title: 'store: bytes, entries and names that changed in it are not believed',
    attacks: [
      ...of('RegistryClientOptions', 'store'),
      ...of('RegistryStore', 'read write remove list'),
    ],
    async run(load) {
      const { other, bytes } = await serve(load)
      const store = createMemoryStore()
      await other({ store }).resolve(name)
      for (const area of ['blobs', 'entries'] as const)
        for (const one of await store.list(area)) await store.write(area, one, Uint8Array.of(1, 2))
      equal((await other({ store }).resolve(name)).bytes.length, bytes.length)
      const broken = (): Promise<never> => Promise.reject(new RangeError('the disk is full'))
      const full: RegistryStore = { ...createMemoryStore(), write: broken }
      const failed = await other({ store: full })
        .resolve(name)
        .catch((error: unknown) => error)
      if (!(failed instanceof Error)) throw new Error('a full store was not told')
      const odd: RegistryStore = {
        ...store,
        list: () => Promise.resolve(['../../etc', '__proto__']),
      }
      equal(await other({ store: odd }).list(), [])
    },
  },
  {
    title: 'createHash: one that lies makes nothing pass for something else',
    attacks: [
      ...of('RegistryClientOptions', 'createHash'),
      ...of('StreamingHash', 'update digestHex'),
    ],
    async run(load) {
      const { other } = await serve(load)
      const createHash = (): StreamingHash => ({
        update: () => undefined,
        digestHex: () => '0'.repeat(64),
      })
      await refused(other({ createHash }).resolve(name), 'INTEGRITY')
    },
  },
  {
    title: 'readFile: without it no file is read; one that gives too much or no module is refused',
    attacks: of('RegistryClientOptions', 'readFile'),
    async run(load) {
      const { other, bytes } = await serve(load)
      await refused(other().resolve('file:///etc/passwd'), 'FORBIDDEN')
      const modifiedAt = new Date()
      const reading = (given: Uint8Array, maxBytes = 1_000_000): RegistryClient =>
        other({ maxBytes, readFile: async () => ({ bytes: Uint8Array.from(given), modifiedAt }) })
      await refused(reading(new Uint8Array(9)).resolve('file:///a.wasm'), 'MODULE_INVALID')
      await refused(reading(bytes, bytes.length - 1).resolve('file:///a.wasm'), 'SIZE_LIMIT')
      equal((await reading(bytes).resolve('file:///a.wasm')).bytes.length, bytes.length)
    },
  },
  {
    title: 'npmRegistry: a package with another checksum or at a private address is refused',
    attacks: of('RegistryClientOptions', 'npmRegistry'),
    async run(load) {
      const right = await serveNpm(load)
      const auth = { username: 'kim', password: 'secret' }
      const { bytes } = await right.other({ auth }).resolve('npm:pkg@1.0.0/a.wasm')
      equal(bytes.length, right.bytes.length)
      equal(
        right.asked.some(({ headers }) => headers.has('authorization')),
        false,
      )
      await refused(right.other().resolve('npm:pkg@1.0.0/b.wasm'), 'NOT_FOUND')
      const wrong = await serveNpm(load, { integrity: `sha512-${btoa('x'.repeat(64))}` })
      await refused(wrong.other().resolve('npm:pkg@1.0.0/a.wasm'), 'INTEGRITY')
      const none = await serveNpm(load, { integrity: 'sha1-AAAA' })
      await refused(none.other().resolve('npm:pkg@1.0.0/a.wasm'), 'INTEGRITY')
      const inward = await serveNpm(load, { tarball: 'http://127.0.0.1/pkg.tgz' })
      await refused(inward.other().resolve('npm:pkg@1.0.0/a.wasm'), 'FORBIDDEN')
    },
  },
  {
    title: 'policy: nothing passes that a trusted key, or each of them, did not sign',
    attacks: [
      ...of('RegistryClientOptions', 'policy'),
      ...of('SignaturePolicy', 'keys require'),
      ...of('PushOptions', 'signWith'),
      ...of('RegistryClient', 'sign'),
    ],
    async run(load) {
      const { client, other, bytes } = await serve(load)
      const [mine, theirs] = [await keyPair(), await keyPair()]
      const policy = { keys: [mine.publicKey] }
      await refused(other({ policy }).resolve(name), 'UNTRUSTED')
      await client.sign(name, theirs.privateKey)
      await refused(other({ policy }).resolve(name), 'UNTRUSTED')
      const both = { keys: [mine.publicKey, theirs.publicKey], require: 'all' as const }
      await refused(other({ policy: both }).resolve(name), 'UNTRUSTED')
      await client.sign(name, mine.privateKey)
      await other({ policy: both }).resolve(name)
      await refused(other({ policy: { keys: ['no key'] } }).resolve(name), 'UNTRUSTED')
      await refused(other({ policy: { keys: [] } }).resolve(name), 'UNTRUSTED')
      await refused(other({ policy }).resolve('npm:pkg@1.0.0/a.wasm'), 'UNTRUSTED')
      const signed = { name: 'team/signed', version: '1.0.0', bytes }
      await client.push(signed, { signWith: mine.privateKey })
      await other({ policy }).resolve('team/signed:1.0.0')
      await refused(client.push(signed, { signWith: 'no key' }), 'UNTRUSTED')
      await refused(client.sign('team/absent:1.0.0', mine.privateKey), 'NOT_FOUND')
    },
  },
]
