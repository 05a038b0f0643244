import { RegistryError } from '../errors.ts'
import { assertWebAssembly, toMetadata } from './artifact.ts'
import type { ClientContext } from './client-options.ts'
import type { Connection } from './connection.ts'
import { fetchManifest, listTags, type FetchedManifest } from './distribution.ts'
import { isDigest } from './digest.ts'
import { downloadBlob } from './download.ts'
import { createEntries, type StoreEntry } from './entries.ts'
import { sizeError } from './failure.ts'
import {
  largestGaesupManifest,
  parseGaesupManifest,
  type GaesupManifest,
} from './gaesup-manifest.ts'
import { parseManifest, selectFromIndex, selectWasmLayer, type ImageManifest } from './manifest.ts'
import { mediaType } from './media-types.ts'
import type { OciReference } from './reference.ts'
import { compareVersions, newestMatch, parseRange, parseVersion } from './semver-range.ts'
import { checkSignatures, fetchSignatures, type KeptSignature } from './signatures.ts'
import type { Digest, ResolvedContainer } from './types.ts'

/** The name under which a repository is listed. */
export function displayName({
  host,
  repository,
}: Pick<OciReference, 'host' | 'repository'>): string {
  return host === undefined ? repository : `${host}/${repository}`
}

/** The key of an entry. A digest and a tag of the same text cannot meet: tags have no colon. */
export function sourceOf({ origin, repository }: Connection, version: string): string {
  return `oci ${origin}/${repository} ${version}`
}

/** A container from a registry, or from the store where that cannot differ. */
export async function pullOci(
  context: ClientContext,
  reference: OciReference,
  signal: AbortSignal,
): Promise<ResolvedContainer> {
  const connection = context.connect(reference.host, reference.repository, signal)
  const stored = await fromStore(context, connection, reference)
  if (stored !== undefined) return stored
  const tag = await selectTag(connection, reference)
  const fetched = await fetchManifest(connection, tag)
  const signatures = await trusted(context, connection, fetched.digest)
  const manifest = await toImage(connection, fetched)
  const layer = selectWasmLayer(manifest)
  const contract = await fetchContract(connection, manifest)
  const bytes = await downloadBlob(connection, layer)
  assertWebAssembly(bytes, displayName(reference))
  const metadata = toMetadata(manifest, {
    name: displayName(reference),
    tag: reference.selector.by === 'digest' ? undefined : tag,
    digest: fetched.digest,
    layer,
    contract,
    nowMs: context.clock.nowMs(),
  })
  await createEntries(context.store, context.createHash).put({
    source: sourceOf(connection, tag),
    blob: layer.digest,
    metadata,
    signatures,
  })
  return { bytes, metadata }
}

/** The tag or digest to ask for. Throws `RegistryError` with `NOT_FOUND` when nothing matches. */
export async function selectTag(
  connection: Connection,
  { repository, selector }: OciReference,
): Promise<string> {
  switch (selector.by) {
    case 'digest':
      return selector.digest
    case 'range':
      return newestTag(await listTags(connection), { repository, range: selector.range })
    case 'tag':
      return selectWrittenTag(connection, { repository, tag: selector.tag })
    case 'latest': {
      const tags = await listTags(connection)
      return tags.includes('latest') ? 'latest' : newestTag(tags, { repository, range: '*' })
    }
  }
}

/** `1` and `1.x` may be tags as well as ranges; a tag of that very name comes first. */
async function selectWrittenTag(
  connection: Connection,
  { repository, tag }: { repository: string; tag: string },
): Promise<string> {
  if (parseRange(tag) === undefined || parseVersion(tag) !== undefined) return tag
  const tags = await listTags(connection)
  return tags.includes(tag) ? tag : newestTag(tags, { repository, range: tag })
}

function newestTag(tags: readonly string[], wanted: { repository: string; range: string }): string {
  const range = parseRange(wanted.range)
  const found = range === undefined ? undefined : newestMatch(tags, range)
  if (found !== undefined) return found
  throw new RegistryError(
    `No version of ${wanted.repository} matches ${JSON.stringify(wanted.range)}; the registry has ${tags.length} tags.`,
    'NOT_FOUND',
  )
}

/** Newest first; tags that are not versions come last. */
export function sortTags(tags: readonly string[]): string[] {
  const parsed = tags.map((tag) => ({ tag, version: parseVersion(tag) }))
  return parsed
    .toSorted((left, right) => {
      if (left.version === undefined || right.version === undefined) {
        return Number(left.version === undefined) - Number(right.version === undefined)
      }
      return compareVersions(right.version, left.version)
    })
    .map(({ tag }) => tag)
}

async function fromStore(
  context: ClientContext,
  connection: Connection,
  { selector }: OciReference,
): Promise<ResolvedContainer | undefined> {
  const entries = createEntries(context.store, context.createHash)
  const entry = await findEntry()
  if (entry === undefined) return undefined
  const { digest } = entry.metadata
  const { policy } = context
  if (policy !== undefined) {
    if (!isDigest(digest) || entry.signatures.length === 0) return undefined
    await checkSignatures(entry.signatures, digest, policy)
  }
  const bytes = await downloadBlob(connection, { digest: entry.blob, size: entry.metadata.size })
  return { bytes, metadata: entry.metadata }

  async function findEntry(): Promise<StoreEntry | undefined> {
    if (selector.by === 'tag' && context.preferCache) {
      return entries.find(sourceOf(connection, selector.tag))
    }
    if (selector.by !== 'digest') return undefined
    const prefix = sourceOf(connection, '')
    return (await entries.all()).find(
      ({ source, metadata }) => source.startsWith(prefix) && metadata.digest === selector.digest,
    )
  }
}

async function trusted(
  { policy }: ClientContext,
  connection: Connection,
  digest: Digest,
): Promise<KeptSignature[]> {
  if (policy === undefined) return []
  const signatures = await fetchSignatures(connection, digest)
  await checkSignatures(signatures, digest, policy)
  return signatures
}

/** The manifest itself, or the one that an index has for WebAssembly. */
export async function toImage(
  connection: Connection,
  { bytes }: FetchedManifest,
): Promise<ImageManifest> {
  const parsed = parseManifest(bytes)
  if (parsed.kind === 'image') return parsed
  const chosen = await fetchManifest(connection, selectFromIndex(parsed).digest)
  const inner = parseManifest(chosen.bytes)
  if (inner.kind === 'image') return inner
  throw new RegistryError(
    'The index names another index, which is not followed.',
    'REGISTRY_FAILED',
  )
}

async function fetchContract(
  connection: Connection,
  { layers }: ImageManifest,
): Promise<GaesupManifest> {
  const layer = layers.find((one) => one.mediaType === mediaType.gaesupManifest)
  if (layer === undefined) return {}
  if (layer.size > largestGaesupManifest) {
    throw sizeError(`The gaesup manifest of ${layer.size} bytes`, largestGaesupManifest)
  }
  return parseGaesupManifest(await downloadBlob(connection, layer))
}
