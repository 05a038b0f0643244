import { RegistryError } from '../errors.ts'
import { readBody, dropBody, type BodyOptions } from './body.ts'
import { shown } from './digest.ts'
import { asObject, asText, parseObject } from './json.ts'
import { describeRequest, type WireRequest } from './transport.ts'
import type { CreateHash, RegistryStore } from './types.ts'

/** Limits that requests to a registry keep. */
export interface WireLimits {
  /** Longest silence of a server, in milliseconds. */
  readonly timeoutMs: number
  /** Most bytes of a module. */
  readonly maxBytes: number
  /** Most tags or repositories that a list may have. */
  readonly maxListItems: number
  /** Bytes that one upload request carries. */
  readonly chunkBytes: number
  /** How often an interrupted transfer is taken up again. */
  readonly resumes: number
}

/** What requests about one repository need. */
export interface Connection {
  /** Scheme, host and port. */
  readonly origin: string
  readonly repository: string
  /** Sends a request, with credentials for what it does where the registry wants them. */
  readonly request: (
    request: WireRequest,
    action: 'pull' | 'push' | 'delete' | 'catalog',
  ) => Promise<Response>
  readonly createHash: CreateHash
  readonly store: RegistryStore
  readonly limits: WireLimits
  readonly signal: AbortSignal
}

const largestErrorBody = 64 * 1024

/** The address of a resource below the repository. */
export function addressOf({ origin, repository }: Connection, path: string): URL {
  return new URL(`/v2/${repository}/${path}`, origin)
}

/** How to read a body of this connection. */
export function bodyOptions(
  { limits, signal }: Connection,
  what: string,
  maxBytes: number,
): BodyOptions {
  return { what, maxBytes, timeoutMs: limits.timeoutMs, signal }
}

/** A file name for what has a digest. */
export function nameOf(digest: string): string {
  return digest.replace(':', '-')
}

/** What an answer that was not hoped for means. Reads and closes its body. */
export async function refusal(
  connection: Connection,
  request: WireRequest,
  response: Response,
): Promise<RegistryError> {
  const what = describeRequest(request)
  const told = await readBody(response, bodyOptions(connection, what, largestErrorBody)).catch(
    () => undefined,
  )
  await dropBody(response)
  const errors = told === undefined ? undefined : parseObject(told)?.['errors']
  const first = asObject(Array.isArray(errors) ? (errors as unknown[])[0] : undefined)
  const registryCode = asText(first?.['code'])
  const reason =
    registryCode === undefined ? '' : ` (${shown(registryCode)}: ${shown(first?.['message'])})`
  return new RegistryError(
    `${what} was answered with ${response.status}${reason}.`,
    codeFor(response.status),
    {
      status: response.status,
      ...(registryCode === undefined ? {} : { registryCode }),
    },
  )
}

function codeFor(status: number): 'NOT_FOUND' | 'REGISTRY_DENIED' | 'REGISTRY_FAILED' {
  if (status === 404) return 'NOT_FOUND'
  return status === 401 || status === 403 ? 'REGISTRY_DENIED' : 'REGISTRY_FAILED'
}
