import { cleanup } from '@testing-library/react'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeRequest {
  readonly method: string
  readonly path: string
  readonly accept: string
  readonly body: unknown
}

export type FakeRoute = (
  request: FakeRequest,
) =>
  | { readonly status?: number; readonly body: unknown }
  | Promise<{ readonly status?: number; readonly body: unknown }>

export interface FakeDaemon {
  readonly requests: readonly FakeRequest[]
  /** Answers of `METHOD /path`; the query is left off. */
  readonly routes: Record<string, FakeRoute>
  close(): Promise<void>
}

/** A daemon on this machine behind the page's own `fetch`. */
export async function openFakeDaemon(routes: Record<string, FakeRoute>): Promise<FakeDaemon> {
  const requests: FakeRequest[] = []
  const table = { ...routes }
  const server: Server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/'
      const seen = {
        method: request.method ?? 'GET',
        path,
        accept: request.headers.accept ?? '',
        body,
      }
      requests.push(seen)
      const route = table[`${seen.method} ${path}`]
      const answer = route === undefined ? notFound(path) : await route(seen)
      const empty = answer.status === 204
      response.writeHead(answer.status ?? 200, {
        'content-type': 'application/json',
        connection: 'close',
      })
      response.end(empty ? undefined : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const real = globalThis.fetch
  globalThis.fetch = (input, init) => {
    if (typeof input !== 'string') throw new TypeError('The console asks by text addresses only.')
    return real(new URL(input, `http://127.0.0.1:${port}`), init)
  }
  return {
    requests,
    routes: table,
    close: async () => {
      // The page goes first: it would ask on.
      cleanup()
      globalThis.fetch = real
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function notFound(path: string) {
  return { status: 404, body: { error: { code: 'NOT_FOUND', message: `no ${path}`, details: {} } } }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}
