import type { Resolve, Resolved } from './source.ts'

/** Gets modules by reference. `createRegistryClient` of `./registry` makes one. */
export interface RegistrySource {
  /** Throws what it likes; what is no `RegistryError` is wrapped as `REGISTRY_FAILED`. */
  resolve(reference: string, signal?: AbortSignal): Promise<Resolved>
}

interface Ports {
  readonly fetch: typeof fetch
  /** Bytes of pulled modules that are kept. */
  readonly maxBytes: number
}

/** How names become bytes: by the client, or by a client of this address that is made when the first name comes. */
export function resolverOf(registry: string | RegistrySource, ports: Ports): Resolve {
  if (typeof registry !== 'string')
    return (reference, { signal }) => registry.resolve(reference, signal)
  let made: Promise<RegistrySource> | undefined
  return async (reference, { signal }) => {
    made ??= openClient(registry, ports)
    return (await made).resolve(reference, signal)
  }
}

async function openClient(registry: string, { fetch, maxBytes }: Ports): Promise<RegistrySource> {
  const [{ createRegistryClient }, { createMemoryStore }] = await Promise.all([
    import('../registry/client.ts'),
    import('../registry/memory-store.ts'),
  ])
  return createRegistryClient({ registry, fetch, store: createMemoryStore({ maxBytes }) })
}
