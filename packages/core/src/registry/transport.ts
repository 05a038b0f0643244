import { RegistryError } from '../errors.ts'
import { dropBody } from './body.ts'
import { shown } from './digest.ts'
import { silenceError, throwIfAborted, toFailure } from './failure.ts'
import type { AddressChoice, CheckAddress } from './host-policy.ts'
import type { RegistryClock } from './types.ts'

/** One request. */
export interface WireRequest {
  readonly url: URL
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
  /** Default `caller`. */
  readonly choice?: AddressChoice
  /** Where a redirect may lead. Default `origin`: to the same scheme, host and port. */
  readonly redirects?: 'origin' | 'anywhere'
  readonly signal: AbortSignal
}

/** How requests are sent. */
export interface TransportOptions {
  readonly fetch: typeof fetch
  readonly checkAddress: CheckAddress
  readonly clock: RegistryClock
  /** Longest wait for the head of an answer. */
  readonly timeoutMs: number
  /** How often a request is sent again after 429 or 5xx. */
  readonly retries: number
  /** Wait before the first repetition; it doubles. */
  readonly retryDelayMs: number
}

/** Sends one request and answers with whatever the server says in the end. */
export type Send = (request: WireRequest) => Promise<Response>

const mostRedirects = 5
const longestRetryDelayMs = 30_000
const redirectStatus = new Set([301, 302, 303, 307, 308])

/** `fetch` with a time limit, checked redirects, and repetitions after 429 and 5xx only. */
export function createTransport(options: TransportOptions): Send {
  return async (request) => {
    for (let attempt = 0; ; attempt++) {
      const response = await follow(request, options)
      const isBusy = response.status === 429 || response.status >= 500
      if (!isBusy || attempt >= options.retries) return response
      const toldMs = retryAfterMs(response, options.clock)
      if (toldMs !== undefined && toldMs > longestRetryDelayMs) return response
      const waitMs = toldMs ?? Math.min(options.retryDelayMs * 2 ** attempt, longestRetryDelayMs)
      await dropBody(response)
      await pause(waitMs, request, options.clock)
    }
  }
}

/** What a request is called in messages: its method and address, without the query, which may hold a secret. */
export function describeRequest({ method = 'GET', url }: WireRequest): string {
  return `${method} ${url.origin}${url.pathname}`
}

async function pause(ms: number, request: WireRequest, clock: RegistryClock): Promise<void> {
  try {
    await clock.sleep(ms, request.signal)
  } catch (error) {
    throw toFailure(error, request.signal, describeRequest(request))
  }
}

/** @see RFC 9110, 10.2.3 */
function retryAfterMs(response: Response, clock: RegistryClock): number | undefined {
  const written = response.headers.get('retry-after')
  if (written === null) return undefined
  if (/^\d{1,6}$/.test(written)) return Number(written) * 1000
  const at = Date.parse(written)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.nowMs())
}

async function follow(request: WireRequest, options: TransportOptions): Promise<Response> {
  let url = request.url
  options.checkAddress(url, request.choice ?? 'caller')
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const response = await once(request, { url, redirect: 'manual' }, options)
    if (response.type === 'opaqueredirect') return followUnseen(request, options)
    if (!redirectStatus.has(response.status)) return unlessAsked(request, url, response)
    await dropBody(response)
    url = nextAddress(request, url, response)
    options.checkAddress(url, 'server')
  }
  throw refuseRedirect(request, 'there were too many in a row')
}

function nextAddress(request: WireRequest, from: URL, response: Response): URL {
  const location = response.headers.get('location')
  if (location === null || !URL.canParse(location, from)) {
    throw refuseRedirect(request, 'it names no address')
  }
  const { method = 'GET', redirects = 'origin' } = request
  const url = new URL(location, from)
  if (method !== 'GET' && method !== 'HEAD') {
    throw refuseRedirect(request, 'only downloads may be redirected')
  }
  if (redirects === 'origin' && url.origin !== request.url.origin) {
    throw refuseRedirect(request, `it leads to ${shown(url.host)}`)
  }
  return url
}

/** Browsers do not show where a redirect leads; they follow it without credentials, and the end is checked. */
async function followUnseen(request: WireRequest, options: TransportOptions): Promise<Response> {
  const { method = 'GET', redirects = 'origin' } = request
  if (method !== 'GET' && method !== 'HEAD') {
    throw refuseRedirect(request, 'only downloads may be redirected')
  }
  const response = await once(request, { url: request.url, redirect: 'follow' }, options)
  const end = new URL(response.url)
  if (redirects === 'origin' && end.origin !== request.url.origin) {
    await dropBody(response)
    throw refuseRedirect(request, `it leads to ${shown(end.host)}`)
  }
  options.checkAddress(end, 'server')
  return unlessAsked(request, end, response)
}

/** The credentials are for whom the request was meant: what another host asks for, where a redirect led, is not answered. */
async function unlessAsked(request: WireRequest, end: URL, response: Response): Promise<Response> {
  if (response.status !== 401 || end.origin === request.url.origin) return response
  await dropBody(response)
  throw new RegistryError(
    `${describeRequest(request)} was denied: it led to ${shown(end.host)}, which wants credentials and gets none.`,
    'REGISTRY_DENIED',
    { host: end.host },
  )
}

/** One exchange with one address; the time limit ends when the head is there. */
async function once(
  request: WireRequest,
  { url, redirect }: { readonly url: URL; readonly redirect: RequestRedirect },
  { fetch, timeoutMs }: TransportOptions,
): Promise<Response> {
  const what = describeRequest(request)
  throwIfAborted(request.signal, what)
  const head = new AbortController()
  const timer = setTimeout(() => head.abort(silenceError(what, timeoutMs)), timeoutMs)
  try {
    return await fetch(url, {
      method: request.method ?? 'GET',
      headers: headersFor(request, url),
      redirect,
      credentials: 'omit',
      signal: AbortSignal.any([request.signal, head.signal]),
      ...(request.body === undefined ? {} : { body: request.body }),
    })
  } catch (error) {
    if (head.signal.aborted && !request.signal.aborted) throw silenceError(what, timeoutMs)
    throw toFailure(error, request.signal, what)
  } finally {
    clearTimeout(timer)
  }
}

/** Credentials go to the origin that they were meant for and nowhere else. */
function headersFor(request: WireRequest, url: URL): Record<string, string> {
  const entries = Object.entries(request.headers ?? {})
  const isHome = url.origin === request.url.origin
  return Object.fromEntries(
    isHome ? entries : entries.filter(([name]) => name.toLowerCase() !== 'authorization'),
  )
}

function refuseRedirect(request: WireRequest, why: string): RegistryError {
  return new RegistryError(
    `The redirect of ${describeRequest(request)} was not followed: ${why}.`,
    'FORBIDDEN',
  )
}
