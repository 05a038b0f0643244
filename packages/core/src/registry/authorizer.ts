import { RegistryError } from '../errors.ts'
import { dropBody, readBody } from './body.ts'
import { parseChallenges, type Challenge } from './challenge.ts'
import { parseObject } from './json.ts'
import { describeRequest, type Send, type WireRequest } from './transport.ts'
import type { RegistryClock } from './types.ts'

/** What a registry is shown: a name and password, or a token that was issued elsewhere. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }

/** Credentials for a host (`registry.example.com`, with its port where it has one); `undefined` for none. */
export type FindCredentials = (
  host: string,
) => RegistryCredentials | undefined | Promise<RegistryCredentials | undefined>

/** What the authorizer needs. */
export interface AuthorizerOptions {
  readonly send: Send
  readonly findCredentials: FindCredentials
  readonly clock: RegistryClock
  readonly timeoutMs: number
}

const largestTokenAnswer = 64 * 1024
const defaultLifetimeS = 60
/** A token is not used in its last seconds, so that it does not end under way. */
const marginMs = 10_000
const mostTokens = 256

interface Kept {
  readonly header: string
  readonly untilMs: number
}

/**
 * Sends requests and answers the challenge of a registry once: with Basic, or with a token from the place it names.
 * Tokens are kept until they end. Refused again, it throws `REGISTRY_DENIED`.
 *
 * @see Docker Registry token authentication specification
 */
export function createAuthorizer(
  options: AuthorizerOptions,
): (request: WireRequest, scope: string) => Promise<Response> {
  const kept = new Map<string, Kept>()
  const remember = (key: string, value: Kept): void => {
    const oldest = kept.keys().next()
    if (kept.size >= mostTokens && oldest.done !== true) kept.delete(oldest.value)
    kept.set(key, value)
  }
  return async (request, scope) => {
    const key = `${request.url.origin} ${scope}`
    const known = kept.get(key)
    const isFresh = known !== undefined && known.untilMs > options.clock.nowMs()
    const first = await options.send(isFresh ? withHeader(request, known.header) : request)
    if (first.status !== 401) return first
    await dropBody(first)
    kept.delete(key)
    const found = await answer(first, { ...options, request, scope })
    const second = await options.send(withHeader(request, found.header))
    if (second.status === 401) {
      await dropBody(second)
      throw denied(request, 'it refused the credentials')
    }
    remember(key, found)
    return second
  }
}

interface Attempt extends AuthorizerOptions {
  readonly request: WireRequest
  readonly scope: string
}

function withHeader(request: WireRequest, authorization: string): WireRequest {
  return { ...request, headers: { ...request.headers, authorization } }
}

async function answer(response: Response, attempt: Attempt): Promise<Kept> {
  const challenges = parseChallenges(response.headers.get('www-authenticate'))
  const credentials = await attempt.findCredentials(attempt.request.url.host)
  if (credentials !== undefined && 'token' in credentials) {
    return { header: `Bearer ${credentials.token}`, untilMs: Infinity }
  }
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
  if (bearer !== undefined) return fetchToken(bearer, credentials, attempt)
  if (credentials === undefined)
    throw denied(attempt.request, 'it wants credentials and none were given')
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    throw denied(attempt.request, 'it asks for no credentials that this client knows')
  }
  return { header: basic(credentials), untilMs: Infinity }
}

type NameAndPassword = Exclude<RegistryCredentials, { readonly token: string }>

/** @see RFC 7617 */
function basic({ username, password }: NameAndPassword): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

async function fetchToken(
  { parameters }: Challenge,
  credentials: NameAndPassword | undefined,
  { send, clock, timeoutMs, request, scope }: Attempt,
): Promise<Kept> {
  const realm = parameters.get('realm')
  if (realm === undefined || !URL.canParse(realm)) {
    throw denied(request, 'its challenge names no place for tokens')
  }
  const url = new URL(realm)
  const service = parameters.get('service')
  if (service !== undefined) url.searchParams.set('service', service)
  const wanted = scope === '' ? parameters.get('scope') : scope
  if (wanted !== undefined) url.searchParams.set('scope', wanted)
  const response = await send({
    url,
    choice: 'server',
    signal: request.signal,
    ...(credentials === undefined ? {} : { headers: { authorization: basic(credentials) } }),
  })
  const what = `The token from ${url.origin}`
  const body = await readBody(response, {
    what,
    maxBytes: largestTokenAnswer,
    timeoutMs,
    signal: request.signal,
  })
  if (!response.ok)
    throw denied(request, `${url.host} gave no token and answered ${response.status}`)
  return parseToken(body, request, clock)
}

function parseToken(body: Uint8Array, request: WireRequest, clock: RegistryClock): Kept {
  const fields = parseObject(body)
  const token = fields?.['token'] ?? fields?.['access_token']
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw denied(request, 'the token that it led to is none')
  }
  const seconds = fields?.['expires_in']
  const lifetimeS = typeof seconds === 'number' && seconds > 0 ? seconds : defaultLifetimeS
  return { header: `Bearer ${token}`, untilMs: clock.nowMs() + lifetimeS * 1000 - marginMs }
}

function denied(request: WireRequest, why: string): RegistryError {
  return new RegistryError(
    `${describeRequest(request)} was denied because ${why}. Check the option "auth".`,
    'REGISTRY_DENIED',
    { host: request.url.host },
  )
}
