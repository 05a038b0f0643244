import { RegistryError } from '../errors.ts'
import { createContext, type ClientContext, type RegistryClientOptions } from './client-options.ts'
import { deleteManifest, fetchManifest } from './distribution.ts'
import { createEntries } from './entries.ts'
import { pullNpm } from './npm-source.ts'
import { pushOci } from './oci-push.ts'
import { displayName, pullOci, selectTag } from './oci-source.ts'
import { pullUrl, readFileSource, takeBytes } from './plain-source.ts'
import { joinReference, parseOciReference, parseReference } from './reference.ts'
import { searchRegistry, type SearchOptions } from './search.ts'
import { pushSignature } from './signatures.ts'
import type { SigningKey } from './signing-keys.ts'
import type {
  ContainerData,
  ContainerMetadata,
  ContainerSource,
  Digest,
  ResolveContainer,
  ResolvedContainer,
} from './types.ts'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call with `ABORTED`. What was received of a large module is kept and taken up by the next pull. */
  readonly signal?: AbortSignal
}

/** How a container is pushed. */
export interface PushOptions extends CallOptions {
  /** Private key (PEM, PKCS #8, or `CryptoKey`) to sign what was pushed. Default: it is not signed. */
  readonly signWith?: SigningKey
}

/** What is removed. */
export interface RemoveOptions extends CallOptions {
  /**
   * Also deletes the manifest of this version in the registry, with every tag of the same manifest. Default `false`.
   */
  readonly remote?: boolean
}

/** What pruning found. */
export interface PruneResult {
  readonly removed: number
  /** Bytes that are free now. */
  readonly freedBytes: number
}

/**
 * A registry and the store of what was pulled from it.
 *
 * Every call throws `RegistryError`; its `code` is `NOT_FOUND`, `REFERENCE_INVALID`, `REGISTRY_DENIED`,
 * `REGISTRY_FAILED`, `INTEGRITY`, `SIZE_LIMIT`, `UNTRUSTED`, `FORBIDDEN`, `MODULE_INVALID`, `MODULE_UNSUPPORTED`,
 * `TIME_LIMIT` or `ABORTED`. What is of another type is a `TypeError`.
 *
 * @see seed core-and-react, `useContainerRegistry`
 */
export interface RegistryClient {
  /** The bytes of any reference, or of a module at hand. May be passed on without its client. */
  readonly resolve: ResolveContainer
  /** Fetches a container into the store. `version`: a tag, a range or a digest; or write it into the name. */
  pull(name: string, version?: string, options?: CallOptions): Promise<ContainerMetadata>
  /** Uploads a container, and signs it when asked to. */
  push(container: ContainerData, options?: PushOptions): Promise<ContainerMetadata>
  /** Signs what a reference stands for now. */
  sign(reference: string, key: SigningKey, options?: CallOptions): Promise<Digest>
  /** Containers of the registry by name, description and keywords. Needs a registry that lists its repositories. */
  search(query: string, options?: SearchOptions): Promise<ContainerMetadata[]>
  /** Containers in the store. */
  list(): Promise<ContainerMetadata[]>
  /** Forgets a version, also written into the name, or all of them, in the store. Bytes stay until `prune`. */
  remove(name: string, version?: string, options?: RemoveOptions): Promise<void>
  /** Frees the bytes in the store that nothing in `list` needs. Never touches the registry. */
  prune(): Promise<PruneResult>
}

/** Creates a registry client. Throws `TypeError` for invalid options. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const context = createContext(options)
  const entries = createEntries(context.store, context.createHash)
  const usage = { running: 0 }
  const resolve = async (
    source: ContainerSource,
    signal?: AbortSignal,
  ): Promise<ResolvedContainer> => {
    usage.running++
    try {
      return await context.call(signal, (inner) => resolveSource(context, source, inner))
    } finally {
      usage.running--
    }
  }
  return {
    resolve,
    pull: async (name, version, call) =>
      (await resolve(joinReference(name, version), call?.signal)).metadata,
    push: (container, call = {}) => pushAndSign(context, container, call),
    sign: (reference, key, call) =>
      context.call(call?.signal, (signal) => sign(context, { reference, key }, signal)),
    search: (query, search) =>
      context.call(search?.signal, (signal) =>
        searchRegistry(context, query, { ...search, signal }),
      ),
    list: async () => {
      const found = await entries.all()
      return found.map(({ metadata }) => metadata).toSorted(byNameAndVersion)
    },
    remove: async (name, version, call = {}) =>
      remove(context, version === undefined ? splitReference(name) : { name, version }, call),
    prune: async () => {
      // A pull writes the bytes first and its entry last; in between they look unused.
      if (usage.running > 0) {
        throw new RegistryError(
          'The store is not pruned while containers are pulled into it.',
          'REGISTRY_FAILED',
        )
      }
      return prune(context)
    },
  }
}

function byNameAndVersion(left: ContainerMetadata, right: ContainerMetadata): number {
  return `${left.name}:${left.version}` < `${right.name}:${right.version}` ? -1 : 1
}

async function resolveSource(
  context: ClientContext,
  source: ContainerSource,
  signal: AbortSignal,
): Promise<ResolvedContainer> {
  if (ArrayBuffer.isView(source)) return takeBytes(context, source)
  const reference = parseReference(source)
  switch (reference.kind) {
    case 'oci':
      return pullOci(context, reference, signal)
    case 'npm':
      return pullNpm(context, reference, signal)
    case 'https':
      return pullUrl(context, reference, signal)
    case 'file':
      return readFileSource(context, reference, signal)
  }
}

async function pushAndSign(
  context: ClientContext,
  container: ContainerData,
  { signal, signWith }: PushOptions,
): Promise<ContainerMetadata> {
  return context.call(signal, async (inner) => {
    const { connection, digest, metadata } = await pushOci(context, container, inner)
    if (signWith !== undefined) await pushSignature(connection, digest, signWith)
    return metadata
  })
}

async function sign(
  context: ClientContext,
  { reference, key }: { reference: string; key: SigningKey },
  signal: AbortSignal,
): Promise<Digest> {
  const parsed = parseOciReference(reference)
  const connection = context.connect(parsed.host, parsed.repository, signal)
  const { digest } = await fetchManifest(connection, await selectTag(connection, parsed))
  await pushSignature(connection, digest, key)
  return digest
}

async function remove(
  context: ClientContext,
  { name, version }: { name: string; version: string | undefined },
  { signal, remote = false }: RemoveOptions,
): Promise<void> {
  if (remote) {
    const reference = joinReference(name, version)
    await context.call(signal, (inner) => removeRemote(context, reference, inner))
  }
  const entries = createEntries(context.store, context.createHash)
  for (const { source, metadata } of await entries.all()) {
    const isVersion = version === undefined || [metadata.version, metadata.digest].includes(version)
    if (metadata.name === name && isVersion) await entries.remove(source)
  }
}

/** Removing takes `name:version` as pulling does. */
function splitReference(text: string): { name: string; version: string | undefined } {
  const reference = parseReference(text)
  if (reference.kind !== 'oci') return { name: text, version: undefined }
  const { selector } = reference
  const name = displayName(reference)
  if (selector.by === 'latest') return { name, version: undefined }
  return { name, version: selector.by === 'range' ? selector.range : tagOf(selector) }
}

async function removeRemote(
  context: ClientContext,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  const parsed = parseOciReference(reference)
  if (parsed.selector.by !== 'tag' && parsed.selector.by !== 'digest') {
    throw new RegistryError(
      `Nothing of ${displayName(parsed)} was deleted: name one version or digest to delete it in the registry.`,
      'REFERENCE_INVALID',
    )
  }
  const connection = context.connect(parsed.host, parsed.repository, signal)
  const { digest } = await fetchManifest(connection, tagOf(parsed.selector))
  await deleteManifest(connection, digest)
}

function tagOf(selector: { by: 'tag'; tag: string } | { by: 'digest'; digest: Digest }): string {
  return selector.by === 'tag' ? selector.tag : selector.digest
}

async function prune({ store, createHash }: ClientContext): Promise<PruneResult> {
  const used = new Set(
    (await createEntries(store, createHash).all()).map(({ blob }) => blob.replace(':', '-')),
  )
  let removed = 0
  let freedBytes = 0
  const drop = async (area: 'blobs' | 'partial', name: string): Promise<void> => {
    freedBytes += (await store.read(area, name))?.length ?? 0
    removed++
    await store.remove(area, name)
  }
  for (const name of await store.list('blobs')) if (!used.has(name)) await drop('blobs', name)
  for (const name of await store.list('partial')) await drop('partial', name)
  return { removed, freedBytes }
}
