import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Duplex } from 'node:stream'
import { isPublicAddress } from './addresses.ts'
import { mayBePrivate, refusalOf } from './policy.ts'
import type { HttpOutcome, HttpRequest, HttpResponse, NetworkPolicy } from './types.ts'

/** Finds the addresses of a name. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/** What a request is made under. */
export interface Performance {
  readonly policy: NetworkPolicy
  readonly timeoutMs: number
  /** Default: the system's resolver. */
  readonly resolve?: Resolve
}

type Failure = Extract<HttpOutcome, { failure: unknown }>['failure']

class Refusal extends Error {
  readonly code: Failure['code']

  constructor(code: Failure['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * One request with its redirects. Every address is checked before it is asked, and every name's addresses when they are connected to: a name
 * that leads to a private address is refused however often it changes.
 */
export async function performRequest(
  request: HttpRequest,
  performance: Performance,
): Promise<HttpOutcome> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(performance.timeoutMs)))
  try {
    return { response: await follow(request, performance, signal) }
  } catch (error) {
    if (error instanceof Refusal) return { failure: { code: error.code, message: error.message } }
    const message = signal.aborted
      ? `${request.url} did not answer within ${Math.round(performance.timeoutMs)} ms.`
      : `${request.url} could not be asked: ${error instanceof Error ? error.message : String(error)}.`
    return { failure: { code: signal.aborted ? 'TIME_LIMIT' : 'NETWORK_FAILED', message } }
  }
}

async function follow(
  first: HttpRequest,
  performance: Performance,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { maxRequestBytes, maxRedirects } = performance.policy
  if ((first.body?.length ?? 0) > maxRequestBytes)
    throw new Refusal('SIZE_LIMIT', `A request may carry ${maxRequestBytes} bytes.`)
  if (forbiddenMethods.test(first.method ?? ''))
    throw new Refusal('NETWORK_FAILED', `Requests with the method ${first.method} are not made.`)
  let request = first
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const url = URL.parse(request.url)
    if (url === null) throw new Refusal('NETWORK_FAILED', `"${request.url}" is no address.`)
    const refusal = refusalOf(performance.policy, url)
    if (refusal !== undefined)
      throw new Refusal('FORBIDDEN', `${url.origin} was not asked: ${refusal}.`)
    const answer = await send(url, request, { ...performance, signal })
    const location = answer.headers.location
    if (!isRedirect(answer.statusCode) || location === undefined)
      return toResponse(url, answer, performance.policy)
    answer.destroy()
    request = redirected(request, answer.statusCode, { from: url, to: new URL(location, url) })
  }
  throw new Refusal('NETWORK_FAILED', `${first.url} led to more than ${maxRedirects} redirects.`)
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && [301, 302, 303, 307, 308].includes(status)
}

/** Those that `fetch` refuses. @see https://fetch.spec.whatwg.org/#forbidden-method */
const forbiddenMethods = /^(?:connect|trace|track)$/i

/** Credentials stay with the origin they were meant for. */
const credentials = ['authorization', 'cookie', 'proxy-authorization']

function redirected(
  request: HttpRequest,
  status: number | undefined,
  { from, to }: { from: URL; to: URL },
): HttpRequest {
  const { method = 'GET', headers = {}, body } = request
  const becomesGet =
    (status === 303 && method !== 'HEAD') ||
    ((status === 301 || status === 302) && method.toUpperCase() === 'POST')
  const kept = Object.entries(headers).filter(([name]) => {
    const lower = name.toLowerCase()
    if (from.origin !== to.origin && credentials.includes(lower)) return false
    return !becomesGet || !lower.startsWith('content-')
  })
  const next = {
    url: to.href,
    method: becomesGet ? 'GET' : method,
    headers: Object.fromEntries(kept),
  }
  return becomesGet || body === undefined ? next : { ...next, body }
}

/** What belongs to the connection, and to which host it is; the request itself may not say it. */
const ownHeaders =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|proxy-.*)$/i

function send(
  url: URL,
  request: HttpRequest,
  { policy, resolve = resolveBySystem, signal }: Performance & { readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body } = request
  const lookup: RequestOptions['lookup'] = (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const hidden = addresses.find(({ address }) => !isPublicAddress(address))
      const [first] = addresses
      if (error !== null || first === undefined)
        callback(error ?? new Error('it has no address'), '', 4)
      else if (hidden !== undefined && !mayBePrivate(policy, url))
        callback(
          new Refusal('FORBIDDEN', `${hostname} leads to the private address ${hidden.address}.`),
          '',
          4,
        )
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
  const options: RequestOptions = {
    method,
    lookup,
    signal,
    agent: false,
    headers: Object.fromEntries(
      Object.entries({ 'accept-encoding': 'identity', ...headers }).filter(
        ([name]) => !ownHeaders.test(name),
      ),
    ),
  }
  return new Promise((resolveAnswer, reject) => {
    const open = url.protocol === 'https:' ? requestSecure : requestPlain
    const sent = open(url, options, resolveAnswer).on('error', reject)
    // Neither is an answer: the server wants to speak something else from here on.
    for (const event of ['upgrade', 'connect'] as const)
      sent.on(event, (_, socket: Duplex) => {
        socket.destroy()
        reject(new Refusal('NETWORK_FAILED', `${url.origin} wanted to speak another protocol.`))
      })
    sent.end(body)
  })
}

function resolveBySystem(hostname: string, callback: Parameters<Resolve>[1]): void {
  systemLookup(hostname, { all: true }, (error, addresses) => callback(error, addresses ?? []))
}

async function toResponse(
  url: URL,
  answer: IncomingMessage,
  { maxResponseBytes }: NetworkPolicy,
): Promise<HttpResponse> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > maxResponseBytes) {
      answer.destroy()
      throw new Refusal('SIZE_LIMIT', `${url.origin} sent more than ${maxResponseBytes} bytes.`)
    }
    parts.push(part)
  }
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  )
  return {
    url: url.href,
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: new Uint8Array(Buffer.concat(parts)),
  }
}
