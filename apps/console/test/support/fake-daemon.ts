import { cleanup } from '@testing-library/react'

export interface FakeRequest {
  readonly method: string
  readonly path: string
  readonly accept: string
  readonly body: unknown
}

export interface FakeAnswer {
  readonly status?: number
  readonly body: unknown
}

export type FakeRoute = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>

export interface FakeDaemon {
  readonly requests: readonly FakeRequest[]
  /** Answers of `METHOD /path`; the query is left off. */
  readonly routes: Record<string, FakeRoute>
  close(): void
}

/**
 * A daemon behind the page's own `fetch`, without a network: the test page's network reports every request that the page
 * gives up, and every answer that is not a success, as an error on the console.
 */
export function openFakeDaemon(routes: Record<string, FakeRoute>): FakeDaemon {
  const requests: FakeRequest[] = []
  const table = { ...routes }
  const real = globalThis.fetch
  globalThis.fetch = async (input, init = {}) => {
    if (typeof input !== 'string') throw new TypeError('The console asks by text addresses only.')
    const request = toFakeRequest(input, init)
    requests.push(request)
    const route = table[`${request.method} ${request.path}`] ?? notFound
    const { status = 200, body } = await untilAborted(
      // No answer comes in the turn of its request.
      Promise.resolve(request).then(route),
      init.signal ?? undefined,
    )
    const text = status === 204 ? null : JSON.stringify(body)
    return new Response(text, { status, headers: { 'content-type': 'application/json' } })
  }
  return {
    requests,
    routes: table,
    close: () => {
      // The page goes first: it would ask on.
      cleanup()
      globalThis.fetch = real
    },
  }
}

function toFakeRequest(address: string, init: RequestInit): FakeRequest {
  return {
    method: init.method ?? 'GET',
    path: new URL(address, 'http://localhost').pathname,
    accept: new Headers(init.headers).get('accept') ?? '',
    body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
  }
}

function notFound({ path }: FakeRequest): FakeAnswer {
  return { status: 404, body: { error: { code: 'NOT_FOUND', message: `no ${path}`, details: {} } } }
}

/** As `fetch` does: it rejects with the signal's reason, whatever comes later. */
function untilAborted<Value>(
  value: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal?.reason as Error)
    if (signal?.aborted === true) return giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    value.then(resolve, reject)
  })
}
