import { RegistryError, type ContainerError } from '../errors.ts'
import { dropBody } from './body.ts'
import { addressOf, refusal, type Connection } from './connection.ts'
import type { Digest } from './types.ts'
import type { WireRequest } from './transport.ts'

/**
 * Brings a blob into the repository, unless it is there. What is larger than one chunk goes in pieces; after a piece was
 * interrupted the registry is asked how much it has, and the upload goes on from there.
 *
 * Throws `RegistryError`: `REGISTRY_FAILED`, `REGISTRY_DENIED`, `TIME_LIMIT`, `ABORTED`.
 */
export async function uploadBlob(
  connection: Connection,
  blob: { readonly digest: Digest; readonly bytes: Uint8Array<ArrayBuffer> },
): Promise<void> {
  if (await hasBlob(connection, blob.digest)) return
  for (let restarts = connection.limits.resumes; ; restarts--) {
    if (await uploadOnce(connection, blob)) return
    if (restarts <= 0) throw lostError(connection)
  }
}

/** Whether the blob is there now; `false` when the registry lost track of the upload, so that it must begin again. */
async function uploadOnce(
  connection: Connection,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array<ArrayBuffer> },
): Promise<boolean> {
  const { signal } = connection
  const headers = { 'content-type': 'application/octet-stream' }
  const url = addressOf(connection, 'blobs/uploads/')
  const begin: WireRequest = { url, method: 'POST', headers, body: new Uint8Array(), signal }
  const begun = await expectStatus(connection, begin, [202])
  const isChunked = bytes.length > connection.limits.chunkBytes
  const first = nextPlace(connection, begin, begun)
  const chunkBytes = chunkSize(connection, begun)
  const place = isChunked
    ? await sendChunks(connection, bytes, { place: first, chunkBytes })
    : first
  if (place === undefined) return false
  place.searchParams.set('digest', digest)
  const body = isChunked ? new Uint8Array() : bytes
  await expectStatus(connection, { url: place, method: 'PUT', headers, body, signal }, [201, 204])
  return true
}

async function hasBlob(connection: Connection, digest: Digest): Promise<boolean> {
  const url = addressOf(connection, `blobs/${digest}`)
  const request: WireRequest = {
    url,
    method: 'HEAD',
    redirects: 'anywhere',
    signal: connection.signal,
  }
  const response = await connection.request(request, 'push')
  await dropBody(response)
  return response.status === 200
}

/** @see OCI distribution specification 1.1, "Pushing a blob in chunks" */
function chunkSize({ limits }: Connection, begun: Response): number {
  const smallest = Number(begun.headers.get('oci-chunk-min-length') ?? 0)
  return Number.isSafeInteger(smallest) ? Math.max(limits.chunkBytes, smallest) : limits.chunkBytes
}

/** Where the upload is to be ended; `undefined` when the registry lost track of it. */
async function sendChunks(
  connection: Connection,
  bytes: Uint8Array<ArrayBuffer>,
  { place: first, chunkBytes }: { place: URL; chunkBytes: number },
): Promise<URL | undefined> {
  let place = first
  let sent = 0
  let resumes = connection.limits.resumes
  while (sent < bytes.length) {
    const piece = bytes.subarray(sent, sent + chunkBytes)
    const request = chunkRequest(connection, place, { piece, start: sent })
    const outcome = await attempt(connection, request)
    if (outcome instanceof Response) {
      sent += piece.length
      place = nextPlace(connection, request, outcome)
      continue
    }
    if (resumes-- <= 0) throw outcome
    const known = await whereItStands(connection, place)
    if (known === undefined) return undefined
    sent = Math.min(known.received, bytes.length)
    place = known.place
  }
  return place
}

function chunkRequest(
  { signal }: Connection,
  url: URL,
  { piece, start }: { piece: Uint8Array<ArrayBuffer>; start: number },
): WireRequest {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-range': `${start}-${start + piece.length - 1}`,
  }
  return { url, method: 'PATCH', headers, body: piece, signal }
}

/** The answer, or the failure when the upload can go on behind it. */
async function attempt(
  connection: Connection,
  request: WireRequest,
): Promise<Response | ContainerError> {
  try {
    const response = await connection.request(request, 'push')
    if (response.status === 416) return await refusal(connection, request, response)
    if (response.status !== 202) throw await refusal(connection, request, response)
    await dropBody(response)
    return response
  } catch (error) {
    const isBroken =
      error instanceof RegistryError &&
      (error.details as { retryable?: boolean } | undefined)?.retryable === true
    if (isBroken) return error
    throw error
  }
}

/**
 * How much of an upload arrived. docker-registry 2.8 forgets an upload whose last answer got lost, and answers 404.
 *
 * @see OCI distribution specification 1.1, "Pushing a blob in chunks": the status of an upload
 */
async function whereItStands(
  connection: Connection,
  url: URL,
): Promise<{ received: number; place: URL } | undefined> {
  const request: WireRequest = { url, signal: connection.signal }
  const response = await expectStatus(connection, request, [204, 404])
  if (response.status === 404) return undefined
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range') ?? '')
  const last = Number(range?.[1] ?? 0)
  return { received: last === 0 ? 0 : last + 1, place: nextPlace(connection, request, response) }
}

/** Where to go on. It must be at the registry itself, since credentials and bytes go there. */
function nextPlace({ origin }: Connection, request: WireRequest, response: Response): URL {
  const location = response.headers.get('location')
  const url =
    location !== null && URL.canParse(location, request.url)
      ? new URL(location, request.url)
      : undefined
  if (url !== undefined && url.origin === origin) return url
  throw new RegistryError(
    `The upload to ${origin} was ended because the registry named no place of its own to go on.`,
    'REGISTRY_FAILED',
  )
}

function lostError({ origin, limits }: Connection): RegistryError {
  return new RegistryError(
    `The upload to ${origin} was given up after it broke ${limits.resumes + 1} times.`,
    'REGISTRY_FAILED',
  )
}

async function expectStatus(
  connection: Connection,
  request: WireRequest,
  statuses: readonly number[],
): Promise<Response> {
  const action = 'push'
  const response = await connection.request(request, action)
  if (!statuses.includes(response.status)) throw await refusal(connection, request, response)
  await dropBody(response)
  return response
}
