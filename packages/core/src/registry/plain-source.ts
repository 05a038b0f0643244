import { RegistryError } from '../errors.ts'
import { assertWebAssembly } from './artifact.ts'
import { readBody } from './body.ts'
import type { ClientContext } from './client-options.ts'
import { digestOf } from './digest.ts'
import { parseDate } from './entries.ts'
import { sizeError, toFailure } from './failure.ts'
import type { FileReference, UrlReference } from './reference.ts'
import { describeRequest, type WireRequest } from './transport.ts'
import type { ContainerMetadata, Digest, ResolvedContainer } from './types.ts'

/** Sources that carry no signature are refused under a policy. Throws `RegistryError` with `UNTRUSTED`. */
export function assertNoPolicy({ policy }: ClientContext, what: string): void {
  if (policy === undefined) return
  throw new RegistryError(
    `${what} was not fetched: the policy wants signatures, and only registries carry them.`,
    'UNTRUSTED',
  )
}

/** A module at a URL, pinned or not. Without a pin nothing is kept, since it may change. */
export async function pullUrl(
  context: ClientContext,
  { url, digest }: UrlReference,
  signal: AbortSignal,
): Promise<ResolvedContainer> {
  assertNoPolicy(context, url.origin)
  const request: WireRequest = { url, redirects: 'anywhere', signal }
  const what = describeRequest(request)
  const response = await context.send(request)
  const { maxBytes, timeoutMs } = context.limits
  const bytes = await readBody(response, { what, maxBytes, timeoutMs, signal })
  if (response.status !== 200) {
    const code = response.status === 404 ? 'NOT_FOUND' : 'REGISTRY_FAILED'
    throw new RegistryError(`${what} was answered with ${response.status}.`, code, {
      status: response.status,
    })
  }
  const modified = response.headers.get('last-modified')
  const date = parseDate(modified ?? undefined) ?? new Date(context.clock.nowMs())
  const metadata = describeModule(context, bytes, { name: `${url.origin}${url.pathname}`, date })
  assertPin(metadata, digest)
  return { bytes, metadata }
}

/** A module in a local file. Throws `RegistryError` with `FORBIDDEN` where the client cannot read files. */
export async function readFileSource(
  context: ClientContext,
  { url }: FileReference,
  signal: AbortSignal,
): Promise<ResolvedContainer> {
  assertNoPolicy(context, url.href)
  if (context.readFile === undefined) {
    throw new RegistryError(
      `${url.href} was not read: the client has no option "readFile".`,
      'FORBIDDEN',
    )
  }
  const { maxBytes } = context.limits
  const reading = context.readFile(url, { maxBytes, signal })
  const { bytes, modifiedAt } = await reading.catch((error: unknown) => {
    throw signal.aborted ? toFailure(error, signal, url.href) : error
  })
  if (bytes.length > maxBytes) throw sizeError(url.href, maxBytes)
  return { bytes, metadata: describeModule(context, bytes, { name: url.href, date: modifiedAt }) }
}

/** A module at hand. */
export function takeBytes(context: ClientContext, given: Uint8Array): ResolvedContainer {
  const bytes = given.slice()
  const date = new Date(context.clock.nowMs())
  return { bytes, metadata: describeModule(context, bytes, { name: 'bytes', date }) }
}

function describeModule(
  { createHash }: ClientContext,
  bytes: Uint8Array,
  { name, date }: { name: string; date: Date },
): ContainerMetadata {
  assertWebAssembly(bytes, name)
  return {
    name,
    version: '0.0.0',
    size: bytes.length,
    hash: digestOf(bytes, createHash),
    createdAt: date,
    updatedAt: date,
  }
}

function assertPin({ name, hash }: ContainerMetadata, digest: Digest | undefined): void {
  if (digest === undefined || hash === digest) return
  throw new RegistryError(
    `${name} has the digest ${hash}, not the one it is pinned to.`,
    'INTEGRITY',
    {
      wanted: digest,
      found: hash,
    },
  )
}
