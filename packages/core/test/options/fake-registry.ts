import { createSha256 } from '../../src/registry/sha256.ts'

/** One request as a server sees it. */
export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal | undefined
}

type Answer = Response | undefined | Promise<Response | undefined>

/** An OCI registry behind `fetch`, in memory: it runs in Node and in a page. */
export interface FakeRegistry {
  readonly fetch: typeof fetch
  readonly asked: Asked[]
}

export const origin = 'https://registry.example'

/** Right in everything, unless `wrongly` answers first. */
export function createFakeRegistry(
  wrongly: (asked: Asked) => Answer = () => undefined,
): FakeRegistry {
  const asked: Asked[] = []
  const server = new Server()
  return {
    asked,
    async fetch(input, init) {
      const one: Asked = {
        method: init?.method ?? 'GET',
        url: new URL(input instanceof Request ? input.url : input),
        headers: new Headers(init?.headers),
        body: new Uint8Array(await new Response(init?.body ?? null).arrayBuffer()),
        signal: init?.signal ?? undefined,
      }
      asked.push(one)
      return (await wrongly(one)) ?? server.answer(one)
    },
  }
}

/** Never answers, but ends with the signal as `fetch` does. */
export function silence({ signal }: Asked): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

export function digestOf(bytes: Uint8Array): string {
  const hash = createSha256()
  hash.update(bytes)
  return `sha256:${hash.digestHex()}`
}

class Server {
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>()
  readonly #manifests = new Map<string, Uint8Array<ArrayBuffer>>()
  readonly #tags = new Map<string, Set<string>>()
  #upload = new Uint8Array()

  answer({ method, url, body }: Asked): Response {
    const [, repository = '', kind = '', name = ''] =
      /^\/v2\/(.*?)\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname) ?? []
    if (url.pathname === '/v2/_catalog') return json({ repositories: [...this.#tags.keys()] })
    if (kind === 'tags') return json({ tags: [...(this.#tags.get(repository) ?? [])] })
    if (kind === 'manifests') return this.#manifest({ method, body }, repository, name)
    if (!name.startsWith('uploads/')) return found(this.#blobs.get(name), method)
    return this.#receive(url, method, body)
  }

  #manifest(
    { method, body }: Pick<Asked, 'method' | 'body'>,
    repository: string,
    name: string,
  ): Response {
    const key = `${repository} ${name}`
    if (method === 'DELETE') {
      for (const [other, bytes] of this.#manifests)
        if (other.startsWith(`${repository} `) && digestOf(bytes) === name)
          this.#manifests.delete(other)
      return new Response(null, { status: 202 })
    }
    if (method !== 'PUT') return found(this.#manifests.get(key), method)
    this.#manifests.set(key, body).set(`${repository} ${digestOf(body)}`, body)
    if (!name.startsWith('sha256'))
      this.#tags.set(repository, (this.#tags.get(repository) ?? new Set()).add(name))
    return new Response(null, { status: 201 })
  }

  #receive(url: URL, method: string, body: Uint8Array<ArrayBuffer>): Response {
    const location = `${url.pathname.replace(/uploads\/.*/, 'uploads/1')}`
    this.#upload =
      method === 'POST' ? new Uint8Array() : Uint8Array.from([...this.#upload, ...body])
    if (method !== 'PUT') return new Response(null, { status: 202, headers: { location } })
    this.#blobs.set(url.searchParams.get('digest') ?? '', this.#upload)
    return new Response(null, { status: 201 })
  }
}

function found(bytes: Uint8Array<ArrayBuffer> | undefined, method: string): Response {
  if (bytes === undefined) return new Response(null, { status: 404 })
  return new Response(method === 'HEAD' ? null : bytes, {
    headers: { 'content-length': String(bytes.length) },
  })
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value))
}
