import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'
import type { Load } from '../both/case.ts'
import { createFakeRegistry, origin, type Asked } from './fake-registry.ts'

type Wrongly = Parameters<typeof createFakeRegistry>[0]

export interface Served {
  readonly client: RegistryClient
  readonly asked: Asked[]
  readonly bytes: Uint8Array
  /** Another client of the same registry, with a store of its own. */
  readonly other: (options?: Partial<RegistryClientOptions>) => RegistryClient
}

/** A registry with `team/counter` in it; from then on it does what `wrongly` says. */
export async function serve(load: Load, wrongly: Wrongly = () => undefined): Promise<Served> {
  const bytes = await load('native.wasm')
  let isReady = false
  const { fetch, asked } = createFakeRegistry((one) => (isReady ? wrongly(one) : undefined))
  const other: Served['other'] = (options = {}) =>
    createRegistryClient({
      registry: origin,
      store: createMemoryStore(),
      fetch,
      retryDelayMs: 1,
      ...options,
    })
  const client = other()
  for (const version of ['1.0.0', '1.4.2'])
    await client.push({ name: 'team/counter', version, bytes, description: 'Counts' })
  isReady = true
  asked.length = 0
  return { client, asked, bytes, other }
}

export const name = 'team/counter:1.4.2'
export const isBlob = ({ url }: Asked): boolean => url.pathname.includes('/blobs/')

/** An npm registry with the package `pkg`, whose `a.wasm` is the native fixture. */
export async function serveNpm(
  load: Load,
  changes: { integrity?: string; tarball?: string } = {},
): Promise<Served> {
  const tarball = await load('package.tgz')
  const hash = await crypto.subtle.digest('SHA-512', Uint8Array.from(tarball))
  const dist = {
    tarball: 'https://registry.npmjs.org/pkg.tgz',
    integrity: `sha512-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`,
    ...changes,
  }
  return serve(load, ({ url }) => {
    if (url.pathname === '/pkg.tgz') return new Response(Uint8Array.from(tarball))
    if (url.host !== 'registry.npmjs.org') return undefined
    return new Response(JSON.stringify({ version: '1.0.0', dist }))
  })
}

export async function keyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}
