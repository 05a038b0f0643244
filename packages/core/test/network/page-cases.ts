import { ContainerManager, type ContainerInstance, type NetworkAccess } from '../../src/index.ts'
import { equal, refused, within, type Case, type Load } from '../both/case.ts'

/** Set by the test before a case runs. */
interface Origins {
  /** The page's own. */
  readonly own: string
  /** One that allows every other. */
  readonly open: string
  /** One that allows none. */
  readonly closed: string
}

const origins = (): Origins => (globalThis as unknown as { origins: Origins }).origins
const names = ['http-native', 'http-plugin'] as const

interface Opening {
  readonly execution: 'in-thread' | 'worker'
  readonly load: Load
}

async function start(
  { execution, load }: Opening,
  name: (typeof names)[number],
  { maxCpuTime = 10_000, ...access }: Partial<NetworkAccess> & { maxCpuTime?: number } = {},
): Promise<ContainerInstance> {
  const { own, open, closed } = origins()
  const networkAccess = { hosts: [own, open, closed], ...access }
  const bytes = await load(`${name}.wasm`)
  return new ContainerManager().run(bytes, { execution, networkAccess, maxCpuTime })
}

const casesIn = (execution: 'in-thread' | 'worker'): Case[] => [
  {
    title: 'the native ABI asks with gaesup.http, of the page’s own origin and of another',
    async run(load) {
      const container = await start({ execution, load }, 'http-native')
      for (const origin of [origins().own, origins().open]) {
        const request = { url: `${origin}/x`, method: 'PUT', body: '한글', headers: { 'x-a': 'b' } }
        const { url, status, body, headers } = await container.call('ask', [request])
        equal([url, status, body], [`${origin}/x`, 200, 'got 한글'])
        equal(headers['x-seen'], 'PUT')
      }
      const bytes = { url: `${origins().open}/bytes`, encoding: 'base64' }
      const { status, body } = await container.call('ask', [bytes])
      equal([status, body], [203, 'AP8='])
    },
  },
  {
    title: 'an Extism plugin asks with http_request',
    async run(load) {
      const container = await start({ execution, load }, 'http-plugin')
      const request = { url: origins().open, method: 'POST', headers: { a: 'b' } }
      equal(await container.call('post', request), `got ${JSON.stringify(request)}`)
      equal(await container.call('status'), '200')
      equal((JSON.parse(await container.call('headers')) as { 'x-seen': string })['x-seen'], 'POST')
    },
  },
  {
    title:
      'what is not listed, redirects, sizes and times end the call, and the container lives on',
    async run(load) {
      const limits = { maxResponseBytes: 1_000_000, maxRequestBytes: 10 }
      const { own, open } = origins()
      for (const name of names) {
        const container = await start({ execution, load }, name, limits)
        const ask = (url: string): Promise<unknown> => container.call('ask', [{ url }])
        await refused(ask('http://127.0.0.1:1/'), 'FORBIDDEN')
        await refused(ask('https://example.com/'), 'FORBIDDEN')
        await refused(ask(`${own.replace('//', '//me:secret@')}/x`), 'FORBIDDEN')
        await refused(ask('file:///etc/passwd'), 'FORBIDDEN')
        await refused(ask('nowhere'), 'NETWORK_FAILED')
        await refused(ask(`${open}/away`), 'FORBIDDEN')
        await refused(ask(`${own}/here`), 'FORBIDDEN')
        await refused(ask(`${open}/large`), 'SIZE_LIMIT')
        await refused(ask(`${open}/endless`), 'SIZE_LIMIT')
        await ask(`${open}/x`)
        const hasty = await start({ execution, load }, name, { timeoutMs: 300 })
        for (let n = 0; n < 2; n += 1)
          await refused(hasty.call('ask', [{ url: `${open}/silent` }]), 'TIME_LIMIT')
      }
      const container = await start({ execution, load }, 'http-native', limits)
      const large = { url: `${open}/x`, method: 'POST', body: '12345678901' }
      await refused(container.call('ask', [large]), 'SIZE_LIMIT')
    },
  },
  {
    title: 'CORS is told as what it may be, and nothing of the answer is seen',
    async run(load) {
      const container = await start({ execution, load }, 'http-native')
      const error: unknown = await container
        .call('ask', [{ url: `${origins().closed}/x` }])
        .catch((one: unknown) => one)
      const { code, message } = error as { code: string; message: string }
      equal(
        [code, message.includes('CORS'), message.includes('got')],
        ['NETWORK_FAILED', true, false],
      )
    },
  },
  {
    title: 'no cookie goes along, and a header that a page cannot send is refused instead of lost',
    async run(load) {
      document.cookie = 'session=secret; path=/'
      const container = await start({ execution, load }, 'http-native')
      const { body } = await container.call('ask', [{ url: `${origins().own}/cookies` }])
      equal(body, 'none')
      const request = { url: `${origins().own}/cookies`, headers: { cookie: 'session=mine' } }
      await refused(container.call('ask', [request]), 'FORBIDDEN')
    },
  },
  {
    title: 'a request ends with its call: by time, by signal and by stop',
    async run(load) {
      const container = await start({ execution, load }, 'http-native', { maxCpuTime: 1500 })
      const request = [{ url: `${origins().open}/silent` }]
      await within(20_000, () => refused(container.call('ask', request), 'TIME_LIMIT'))
      if (execution === 'in-thread') {
        const signal = AbortSignal.timeout(50)
        await within(20_000, () => refused(container.call('ask', request, { signal }), 'ABORTED'))
      }
      await container.call('ask', [{ url: `${origins().open}/x` }])
      const call = refused(container.call('ask', request), 'STOPPED')
      await container.stop()
      await call
    },
  },
  {
    title:
      'every public host is refused, as a page cannot see which is one; a module that asks nothing runs',
    async run(load) {
      const options = { execution, networkAccess: true }
      const manager = new ContainerManager()
      await refused(manager.run(await load('http-native.wasm'), options), 'FORBIDDEN')
      const container = await manager.run(await load('native.wasm'), options)
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'without promise integration a module that asks is refused at its start',
    async run(load) {
      if (execution === 'worker') return
      const { Suspending } = WebAssembly as unknown as { Suspending: unknown }
      Reflect.deleteProperty(WebAssembly, 'Suspending')
      try {
        await refused(start({ execution, load }, 'http-native'), 'RUNTIME_UNAVAILABLE')
      } finally {
        Object.assign(WebAssembly, { Suspending })
      }
    },
  },
]

/** Attacks on what a container may ask of the network, for pages. */
export const cases: readonly Case[] = (['in-thread', 'worker'] as const).flatMap((execution) =>
  casesIn(execution).map((one) => ({ ...one, title: `${execution}: ${one.title}` })),
)
