import { createMemoryStore } from '../../src/registry/index.ts'
import { equal, of, refused, within, type Case } from '../both/case.ts'
import { silence } from './fake-registry.ts'
import { isBlob, keyPair, name, serve, serveNpm } from './registry-served.ts'

/** Times, sizes and numbers of a registry client, and its methods. */
export const registryCases: readonly Case[] = [
  {
    title: 'fetch, timeoutMs and deadlineMs: what fails is told, what is silent or drips is left',
    attacks: of('RegistryClientOptions', 'fetch timeoutMs deadlineMs'),
    async run(load) {
      const broken = (): never => {
        throw new TypeError('no network')
      }
      const { other } = await serve(load, silence)
      await refused(other({ fetch: broken }).resolve(name), 'REGISTRY_FAILED')
      await within(20_000, () => refused(other({ timeoutMs: 50 }).resolve(name), 'TIME_LIMIT'))
      const drip = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10))
          controller.enqueue(Uint8Array.of(32))
        },
      })
      const dripping = await serve(load, () => new Response(drip))
      const call = dripping.other({ deadlineMs: 200 }).resolve(name)
      await within(20_000, () => refused(call, 'TIME_LIMIT'))
    },
  },
  {
    title: 'maxBytes, maxListItems and maxArchiveBytes: one more is refused',
    attacks: of('RegistryClientOptions', 'maxBytes maxListItems maxArchiveBytes'),
    async run(load) {
      const { other, asked, bytes } = await serve(load)
      await refused(other({ maxBytes: bytes.length - 1 }).resolve(name), 'SIZE_LIMIT')
      equal(asked.filter(isBlob), [])
      await refused(other({ maxListItems: 1 }).resolve('team/counter:^1.0.0'), 'SIZE_LIMIT')
      await refused(other({ maxListItems: 0 }).search('counter'), 'SIZE_LIMIT')
      const npm = await serveNpm(load)
      await refused(
        npm.other({ maxArchiveBytes: 1000 }).resolve('npm:pkg@1.0.0/a.wasm'),
        'SIZE_LIMIT',
      )
    },
  },
  {
    title: 'cache: prefer asks nothing twice, revalidate asks whether a tag moved',
    attacks: of('RegistryClientOptions', 'cache'),
    async run(load) {
      for (const [cache, most] of [
        ['prefer', 0],
        ['revalidate', 1],
      ] as const) {
        const { other, asked } = await serve(load)
        const client = other({ cache })
        await client.resolve(name)
        asked.length = 0
        await client.resolve(name)
        equal([asked.length, asked.filter(isBlob).length], [most, 0])
      }
    },
  },
  {
    title: 'chunkBytes: no request carries more, and a place at another server is refused',
    attacks: [...of('RegistryClientOptions', 'chunkBytes'), ...of('RegistryClient', 'push')],
    async run(load) {
      const { other, asked, bytes } = await serve(load)
      const data = { name: 'team/large', version: '1.0.0', bytes: withPadding(bytes, 1000) }
      await other({ chunkBytes: 300 }).push(data)
      const pieces = asked.filter(({ method }) => method === 'PATCH')
      if (pieces.length < 4) throw new Error('it went up at once')
      equal(
        pieces.filter(({ body }) => body.length > 300),
        [],
      )
      equal((await other().resolve('team/large:1.0.0')).bytes.length, data.bytes.length)
      const leading = await serve(load, ({ method }) => {
        if (method !== 'POST') return undefined
        const headers = { location: 'https://elsewhere.example/uploads/1' }
        return new Response(null, { status: 202, headers })
      })
      await refused(leading.other().push(data), 'REGISTRY_FAILED')
      for (const wrong of [{ name: '../x' }, { version: '^1' }, { name: 'X' }])
        await refused(other().push({ ...data, ...wrong }), 'REFERENCE_INVALID')
      await refused(other().push({ ...data, bytes: new Uint8Array(9) }), 'MODULE_INVALID')
    },
  },
  {
    title: 'retries, retryDelayMs and clock: a busy server is asked so often, with growing waits',
    attacks: [
      ...of('RegistryClientOptions', 'retries retryDelayMs clock'),
      ...of('RegistryClock', 'nowMs sleep'),
    ],
    async run(load) {
      const waits: number[] = []
      const clock = { nowMs: () => 0, sleep: async (ms: number) => void waits.push(ms) }
      const { other, asked } = await serve(load, () => new Response(null, { status: 503 }))
      await refused(
        other({ clock, retries: 3, retryDelayMs: 100 }).resolve(name),
        'REGISTRY_FAILED',
      )
      equal([asked.length, waits], [4, [100, 200, 400]])
      const headers = { 'retry-after': '86400' }
      const patient = await serve(load, () => new Response(null, { status: 429, headers }))
      await refused(patient.other({ clock }).resolve(name), 'REGISTRY_FAILED')
      equal(patient.asked.length, 1)
      const broken = { ...clock, sleep: () => Promise.reject(new RangeError('no timers')) }
      await refused(other({ clock: broken }).resolve(name), 'REGISTRY_FAILED')
    },
  },
  {
    title: 'resumes: a transfer that always breaks is given up',
    attacks: of('RegistryClientOptions', 'resumes'),
    async run(load) {
      const { other, asked, bytes } = await serve(load, (one) => {
        if (!isBlob(one)) return undefined
        const cut = new ReadableStream({
          start(controller) {
            controller.enqueue(bytes.slice(0, 10))
            setTimeout(() => controller.error(new TypeError('the line is dead')), 5)
          },
        })
        return new Response(cut, { headers: { 'content-length': String(bytes.length) } })
      })
      await refused(other({ resumes: 2 }).resolve(name), 'REGISTRY_FAILED')
      if (asked.filter(isBlob).length > 3) throw new Error('it goes on and on')
    },
  },
  {
    title: 'signal of every call of a client: it ends the call at once',
    attacks: [
      ...of('CallOptions', 'signal'),
      ...of('PushOptions', 'signal'),
      ...of('RemoveOptions', 'signal'),
      ...of('SearchOptions', 'signal'),
      ...of('RegistryClient', 'pull'),
    ],
    async run(load) {
      const { other, bytes } = await serve(load, silence)
      const client = other()
      const key = (await keyPair()).privateKey
      const data = { name: 'team/x', version: '1.0.0', bytes }
      const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
        (signal) => client.resolve(name, signal),
        (signal) => client.pull('team/counter', '1.4.2', { signal }),
        (signal) => client.push(data, { signal }),
        (signal) => client.sign(name, key, { signal }),
        (signal) => client.search('x', { signal }),
        (signal) => client.remove('team/counter', '1.4.2', { remote: true, signal }),
      ]
      for (const call of calls) {
        await refused(call(AbortSignal.abort()), 'ABORTED')
        const stop = new AbortController()
        const ended = refused(call(stop.signal), 'ABORTED')
        setTimeout(() => stop.abort(), 10)
        await within(20_000, () => ended)
      }
    },
  },
  {
    title:
      'search, list, remove and prune: limits hold, and the registry is touched only when it is named',
    attacks: [
      ...of('RegistryClient', 'search list remove prune'),
      ...of('SearchOptions', 'maxResults maxInspected'),
      ...of('RemoveOptions', 'remote'),
    ],
    async run(load) {
      const { client, other, asked, bytes } = await serve(load)
      for (const one of ['team/a', 'team/b', 'team/c'])
        await client.push({ name: one, version: '1.0.0', bytes })
      asked.length = 0
      equal((await client.search('team', { maxResults: 2 })).length, 2)
      asked.length = 0
      await client.search('nothing like it', { maxInspected: 1 })
      equal(asked.filter(({ url }) => url.pathname.includes('/manifests/')).length, 1)
      const mine = other()
      await mine.pull('team/a', '1.0.0')
      asked.length = 0
      await mine.remove('team/a', '1.0.0')
      equal([(await mine.list()).length, (await mine.prune()).removed, asked.length], [0, 1, 0])
      equal((await mine.pull('team/a', '1.0.0')).name, 'team/a')
      await refused(mine.remove('team/a', undefined, { remote: true }), 'REFERENCE_INVALID')
      await mine.remove('team/a', '1.0.0', { remote: true })
      await refused(other().pull('team/a', '1.0.0'), 'NOT_FOUND')
    },
  },
  {
    title: 'maxBytes of a store in memory: what is more goes, and is pulled again',
    attacks: of('MemoryStoreOptions', 'maxBytes'),
    async run(load) {
      const { other, asked, bytes } = await serve(load)
      const store = createMemoryStore({ maxBytes: bytes.length - 1 })
      await other({ store }).resolve(name)
      equal(await store.list('blobs'), [])
      await other({ store, cache: 'prefer' }).resolve(name)
      equal(asked.filter(isBlob).length, 2)
    },
  },
]

/** The module with a custom section behind it. */
function withPadding(bytes: Uint8Array, length: number): Uint8Array {
  const size = length + 2
  return Uint8Array.from([
    ...bytes,
    0,
    (size & 127) | 128,
    size >> 7,
    1,
    120,
    ...new Uint8Array(length),
  ])
}
