import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, refuse } from './answer.ts'

/** A fetch-style handler. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD'])
/** A `Request` cannot have these. */
const forbidden: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

const toHeaders = ({ headers }: IncomingMessage): Headers => {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name.startsWith(':')
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  )
  return new Headers(entries)
}

/** The address as the client asked for it: servers that mount below a path cut it off, and keep the whole as `originalUrl`. */
const pathOf = (request: IncomingMessage): string => {
  const whole = 'originalUrl' in request ? request.originalUrl : request.url
  return typeof whole === 'string' ? whole : '/'
}

const unreadable = new Refusal('BAD_REQUEST', 'the method, the host or the path cannot be read')

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })

const writeBody = async (
  body: ReadableStream<Uint8Array>,
  response: ServerResponse,
): Promise<void> => {
  const reader = body.getReader()
  response.on('close', () => void reader.cancel().catch(() => {}))
  for (;;) {
    const { value, done } = await reader.read()
    if (done || response.destroyed) break
    // Not more is read from the body than the client takes.
    if (!response.write(value)) await drained(response)
  }
  response.end()
}

const toRequest = (request: IncomingMessage, response: ServerResponse): Request | undefined => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const path = pathOf(request)
  const address = `http://${request.headers.host ?? 'localhost'}${path}`
  const method = request.method ?? 'GET'
  // The handlers of this package read no body; nothing of one is kept.
  if (!bodiless.has(method)) request.resume()
  if (!path.startsWith('/') || !URL.canParse(address) || forbidden.has(method)) return undefined
  return new Request(address, { method, headers: toHeaders(request), signal: gone.signal })
}

/** Lets `node:http`, Express, Connect or Fastify's raw server call a fetch-style handler that reads no body, such as the tracker's. */
export const toNodeListener =
  (handler: FetchHandler): ((request: IncomingMessage, response: ServerResponse) => void) =>
  (incoming, response) => {
    const serve = async (): Promise<void> => {
      const request = toRequest(incoming, response)
      const answer = request === undefined ? refuse(unreadable) : await handler(request)
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      if (answer.body === null) response.end()
      else await writeBody(answer.body, response)
    }
    // What went wrong has been answered or was the connection itself: all that is left is to end it.
    serve().catch(() => response.destroy())
  }
