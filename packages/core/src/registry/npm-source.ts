import { RegistryError } from '../errors.ts'
import { assertWebAssembly } from './artifact.ts'
import { bodyChunks, dropBody, joinBytes, readBody } from './body.ts'
import type { ClientContext } from './client-options.ts'
import { digestOf, shown } from './digest.ts'
import { createEntries, type StoreEntry } from './entries.ts'
import { withoutUndefined } from './gaesup-manifest.ts'
import { asObject, asText, asTexts, parseObject } from './json.ts'
import type { NpmReference } from './reference.ts'
import { compareVersions, newestMatch, parseRange, parseVersion } from './semver-range.ts'
import { fromBase64, toBase64 } from './signing-keys.ts'
import { readTarFile } from './tar.ts'
import { describeRequest, type WireRequest } from './transport.ts'
import { assertNoPolicy } from './plain-source.ts'
import type { ContainerMetadata, ResolvedContainer } from './types.ts'

const largestPackument = 32 * 1024 * 1024

/**
 * A file of an npm package. The tarball must have the SHA-512 that the registry promises, and only the asked-for file is
 * unpacked. Published versions never change, so an exact one comes from the store when it is there.
 *
 * Throws `RegistryError`: `NOT_FOUND`, `INTEGRITY`, `SIZE_LIMIT`, `MODULE_INVALID`, and what the transport throws.
 */
export async function pullNpm(
  context: ClientContext,
  reference: NpmReference,
  signal: AbortSignal,
): Promise<ResolvedContainer> {
  assertNoPolicy(context, `npm:${reference.package}`)
  const entries = createEntries(context.store, context.createHash)
  if (parseVersion(reference.version) !== undefined) {
    const stored = await readStored(
      context,
      await entries.find(sourceOf(context, reference, reference.version)),
    )
    if (stored !== undefined) return stored
  }
  const release = await findRelease(context, reference, signal)
  const tarball = await fetchTarball(context, release, signal)
  const bytes = await unpack(context, { tarball, path: reference.path }, signal)
  assertWebAssembly(bytes, `npm:${reference.package}`)
  const blob = digestOf(bytes, context.createHash)
  const metadata = toMetadata(context, { reference, release, bytes, hash: blob })
  await context.store.write('blobs', blob.replace(':', '-'), bytes)
  const source = sourceOf(context, reference, release.version)
  await entries.put({ source, blob, metadata, signatures: [] })
  return { bytes, metadata }
}

function sourceOf({ npmBase }: ClientContext, reference: NpmReference, version: string): string {
  return `npm ${npmBase}/${reference.package} ${version} ${reference.path}`
}

async function readStored(
  { store, createHash }: ClientContext,
  entry: StoreEntry | undefined,
): Promise<ResolvedContainer | undefined> {
  const name = entry?.blob.replace(':', '-')
  const bytes = name === undefined ? undefined : await store.read('blobs', name)
  if (entry === undefined || bytes === undefined) return undefined
  if (digestOf(bytes, createHash) !== entry.blob) return undefined
  return { bytes: joinBytes([bytes]), metadata: entry.metadata }
}

interface NpmRelease {
  readonly version: string
  readonly tarball: URL
  /** Subresource Integrity with SHA-512. */
  readonly integrity: Uint8Array
  readonly fields: Readonly<Record<string, unknown>>
}

async function findRelease(
  context: ClientContext,
  reference: NpmReference,
  signal: AbortSignal,
): Promise<NpmRelease> {
  const name = reference.package.replace('/', '%2f')
  const isExact = parseVersion(reference.version) !== undefined
  const path = isExact ? `${name}/${encodeURIComponent(reference.version)}` : name
  const request: WireRequest = { url: new URL(`${context.npmBase}/${path}`), signal }
  const what = describeRequest(request)
  const response = await context.send(request)
  if (response.status !== 200) {
    await dropBody(response)
    const code = response.status === 404 ? 'NOT_FOUND' : 'REGISTRY_FAILED'
    throw new RegistryError(`${what} was answered with ${response.status}.`, code, {
      status: response.status,
    })
  }
  const { timeoutMs } = context.limits
  const body = await readBody(response, { what, maxBytes: largestPackument, timeoutMs, signal })
  const document = parseObject(body)
  const fields = isExact ? document : selectRelease(document, reference)
  const release = parseRelease(fields, reference)
  if (isExact && !isSame(release.version, reference.version))
    throw new RegistryError(
      `${what} was answered with another version: ${shown(release.version)}.`,
      'REGISTRY_FAILED',
    )
  return release
}

/** Two spellings of one version. */
function isSame(left: string, right: string): boolean {
  const [one, other] = [parseVersion(left), parseVersion(right)]
  return one !== undefined && other !== undefined && compareVersions(one, other) === 0
}

function selectRelease(
  document: Record<string, unknown> | undefined,
  { package: name, version }: NpmReference,
): Record<string, unknown> | undefined {
  const versions = asObject(document?.['versions']) ?? {}
  const tags = asObject(document?.['dist-tags']) ?? {}
  const range = parseRange(version)
  const tagged = Object.hasOwn(tags, version) ? asText(tags[version]) : undefined
  const found =
    tagged ?? (range === undefined ? undefined : newestMatch(Object.keys(versions), range))
  if (found !== undefined && Object.hasOwn(versions, found)) return asObject(versions[found])
  throw new RegistryError(
    `No version of the npm package ${name} matches ${shown(version)}.`,
    'NOT_FOUND',
  )
}

function parseRelease(
  fields: Record<string, unknown> | undefined,
  { package: name }: NpmReference,
): NpmRelease {
  const dist = asObject(fields?.['dist'])
  const version = asText(fields?.['version'])
  const tarball = asText(dist?.['tarball'])
  const sri = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)(?:\s|$)/.exec(asText(dist?.['integrity']) ?? '')
  const integrity = fromBase64(sri?.[1] ?? '')
  if (
    fields === undefined ||
    version === undefined ||
    tarball === undefined ||
    !URL.canParse(tarball)
  ) {
    throw new RegistryError(
      `The npm registry's answer about ${name} names no release.`,
      'REGISTRY_FAILED',
    )
  }
  if (integrity?.length !== 64) {
    throw new RegistryError(
      `${name} ${version} was not fetched: the npm registry promises no SHA-512 for it.`,
      'INTEGRITY',
    )
  }
  return { version, tarball: new URL(tarball), integrity, fields }
}

async function fetchTarball(
  context: ClientContext,
  { tarball, integrity, version }: NpmRelease,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const request: WireRequest = { url: tarball, choice: 'server', redirects: 'anywhere', signal }
  const what = describeRequest(request)
  const response = await context.send(request)
  if (response.status !== 200) {
    await dropBody(response)
    throw new RegistryError(`${what} was answered with ${response.status}.`, 'REGISTRY_FAILED', {
      status: response.status,
    })
  }
  const { timeoutMs } = context.limits
  const bytes = await readBody(response, {
    what,
    maxBytes: context.maxArchiveBytes,
    timeoutMs,
    signal,
  })
  const found = new Uint8Array(await crypto.subtle.digest('SHA-512', bytes))
  if (found.every((byte, at) => byte === integrity[at])) return bytes
  throw new RegistryError(
    `The tarball of version ${version} is not the one that the npm registry promises (found sha512-${toBase64(found)}).`,
    'INTEGRITY',
  )
}

/** npm puts every file under one folder, mostly `package`, whose name is not part of the reference. */
async function unpack(
  context: ClientContext,
  { tarball, path }: { tarball: Uint8Array<ArrayBuffer>; path: string },
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([tarball]).stream().pipeThrough(new DecompressionStream('gzip'))
  const limits = { maxArchiveBytes: context.maxArchiveBytes, maxFileBytes: context.limits.maxBytes }
  const options = {
    what: 'Unpacking the package',
    maxBytes: context.maxArchiveBytes,
    timeoutMs: context.limits.timeoutMs,
    signal,
  }
  try {
    return await readTarFile(bodyChunks(new Response(stream), options), `package/${path}`, limits)
  } catch (error) {
    if (error instanceof RegistryError && error.code !== 'REGISTRY_FAILED') throw error
    throw new RegistryError('The package is no readable gzip archive.', 'INTEGRITY', {
      cause: error,
    })
  }
}

interface Unpacked {
  readonly reference: NpmReference
  readonly release: NpmRelease
  readonly bytes: Uint8Array
  readonly hash: string
}

function toMetadata(
  { clock }: ClientContext,
  { reference, release, bytes, hash }: Unpacked,
): ContainerMetadata {
  const { fields, version } = release
  const author = asText(fields['author']) ?? asText(asObject(fields['author'])?.['name'])
  const repository = asText(fields['repository']) ?? asText(asObject(fields['repository'])?.['url'])
  const now = new Date(clock.nowMs())
  return withoutUndefined({
    name: `npm:${reference.package}`,
    version,
    description: asText(fields['description']),
    author,
    license: asText(fields['license']),
    repository,
    keywords: asTexts(fields['keywords']),
    size: bytes.length,
    hash,
    createdAt: now,
    updatedAt: now,
  })
}
