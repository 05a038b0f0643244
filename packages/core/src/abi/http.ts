import { ContainerSecurityError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../network/types.ts'
import { guestFailed } from './errors.ts'
import type { Budget } from './budget.ts'
import type { ReadyHost } from './guest-host.ts'

/** Makes a request for a module while it waits. Throws `FORBIDDEN` where the container has no network. */
export function askHttp(
  { http }: ReadyHost,
  request: HttpRequest,
  leftMs: () => number,
): HttpResponse {
  return http === undefined ? refuse() : http.request(request, leftMs())
}

/** The same where the module waits for a promise. What it wrote of the answer it would write after its call ended, if nobody waited with it. */
export async function askHttpLater(
  { httpLater }: ReadyHost,
  request: HttpRequest,
  budget: Pick<Budget, 'leftMs' | 'wait'>,
): Promise<HttpResponse> {
  if (httpLater === undefined) return refuse()
  const stop = new AbortController()
  const limits = { leftMs: budget.leftMs(), signal: stop.signal }
  try {
    return await budget.wait(httpLater.request(request, limits))
  } finally {
    stop.abort()
  }
}

function refuse(): never {
  throw new ContainerSecurityError(
    'The module asked for the network, which this container does not have. Name the hosts in networkAccess if it should.',
    'FORBIDDEN',
    { option: 'networkAccess' },
  )
}

/** What a module says of a request, without its body. */
export function toRequest(value: unknown): HttpRequest {
  const {
    url,
    method = 'GET',
    headers,
    header,
  } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (typeof url !== 'string' || typeof method !== 'string')
    return guestFailed('The module asked for a request that has no address.')
  const named = Object.entries(headers ?? header ?? {}).map(
    ([name, text]) => [name, String(text)] as const,
  )
  return { url, method: method.toUpperCase(), headers: Object.fromEntries(named) }
}

/** Throws `GUEST_FAILED`. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return guestFailed('The module gave a body that is no base64.')
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
