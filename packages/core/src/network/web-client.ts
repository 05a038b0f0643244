import { ContainerError, ContainerSecurityError } from '../errors.ts'
import { refusalOf } from './policy.ts'
import type { HttpRequest, HttpResponse, NetworkPolicy } from './types.ts'

/** Makes requests for modules that can wait for a promise. */
export interface WebClient {
  /**
   * Rejects with `ContainerSecurityError` (`FORBIDDEN`) and `ContainerError` (`NETWORK_FAILED`, `SIZE_LIMIT`, `TIME_LIMIT`). Aborting ends the request.
   */
  request(
    request: HttpRequest,
    limits: { readonly leftMs: number; readonly signal: AbortSignal },
  ): Promise<HttpResponse>
}

/**
 * A client by the page's own `fetch`. A page learns neither a name's addresses nor where a redirect leads, so hosts have to be listed and redirects are
 * refused. Throws `ContainerSecurityError` (`FORBIDDEN`) for `networkAccess: true`.
 */
export function openWebClient(policy: NetworkPolicy): WebClient {
  if (policy.hosts === undefined)
    throw new ContainerSecurityError(
      'networkAccess: true is refused in a page, which cannot see whether a name leads to a private address: list the hosts.',
      'FORBIDDEN',
      { option: 'networkAccess' },
    )
  return {
    async request(request, { leftMs, signal }) {
      const url = check(policy, request)
      const timeoutMs = Math.min(policy.timeoutMs, Math.max(leftMs, 1))
      const time = AbortSignal.timeout(Math.ceil(timeoutMs))
      try {
        return await ask(toFetchRequest(url, request, AbortSignal.any([time, signal])), policy)
      } catch (cause) {
        if (cause instanceof ContainerError) throw cause
        if (!time.aborted) throw failed(url, cause)
        throw new ContainerError(
          `${url.origin} did not answer within ${Math.round(timeoutMs)} ms.`,
          'TIME_LIMIT',
        )
      }
    },
  }
}

function check(policy: NetworkPolicy, { url: address, body }: HttpRequest): URL {
  if ((body?.length ?? 0) > policy.maxRequestBytes)
    throw new ContainerError(`A request may carry ${policy.maxRequestBytes} bytes.`, 'SIZE_LIMIT')
  const url = URL.parse(address)
  if (url === null) throw new ContainerError(`"${address}" is no address.`, 'NETWORK_FAILED')
  const refusal = refusalOf(policy, url)
  if (refusal !== undefined) forbidden(`${url.origin} was not asked: ${refusal}.`)
  return url
}

/** What belongs to the connection; Node's client leaves it out, too. */
const ownHeaders =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|proxy-.*)$/i

function toFetchRequest(
  url: URL,
  { method = 'GET', headers = {}, body }: HttpRequest,
  signal: AbortSignal,
): Request {
  const given = Object.entries(headers).filter(([name]) => !ownHeaders.test(name))
  const request = new Request(url, {
    method,
    headers: given,
    signal,
    mode: 'cors',
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'manual',
    referrerPolicy: 'no-referrer',
    ...(body === undefined ? {} : { body: body.slice() }),
  })
  const dropped = given.find(([name]) => !request.headers.has(name))
  if (dropped !== undefined)
    forbidden(`${url.origin} was not asked: a page cannot send the header "${dropped[0]}".`)
  return request
}

async function ask(request: Request, { maxResponseBytes }: NetworkPolicy): Promise<HttpResponse> {
  const { origin } = new URL(request.url)
  const response = await fetch(request)
  if (response.type === 'opaqueredirect')
    forbidden(
      `${origin} answered with a redirect, and a page cannot see where to, so it is not followed: ask the address that it leads to.`,
    )
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    length += part.value.length
    if (length > maxResponseBytes) {
      await reader?.cancel()
      throw new ContainerError(`${origin} sent more than ${maxResponseBytes} bytes.`, 'SIZE_LIMIT')
    }
    parts.push(part.value)
  }
  const { url, status, headers } = response
  const body = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  return { url, status, headers: Object.fromEntries(headers), body }
}

function failed(url: URL, cause: unknown): ContainerError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ContainerError(
    `${url.origin} could not be asked: ${reason}. Either it did not answer, or it does not allow this page’s origin (CORS); a page is not told which.`,
    'NETWORK_FAILED',
    { cause },
  )
}

function forbidden(message: string): never {
  throw new ContainerSecurityError(message, 'FORBIDDEN', { option: 'networkAccess' })
}
