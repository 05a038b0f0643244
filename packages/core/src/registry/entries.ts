import { RegistryError } from '../errors.ts'
import { digestOf, isDigest } from './digest.ts'
import { parseGaesupManifest, withoutUndefined } from './gaesup-manifest.ts'
import { asCount, asObject, asText, asTexts, parseObject, toJsonBytes } from './json.ts'
import type { KeptSignature } from './signatures.ts'
import type { ContainerMetadata, CreateHash, Digest, RegistryStore } from './types.ts'

/** What the store knows of one pulled container. */
export interface StoreEntry {
  /** Where it came from, spelt in one way: the key of the entry. */
  readonly source: string
  /** Digest of the module. */
  readonly blob: Digest
  readonly metadata: ContainerMetadata
  readonly signatures: readonly KeptSignature[]
}

/** Entries of a store. What cannot be read counts as absent: it can be pulled again. */
export interface Entries {
  find(source: string): Promise<StoreEntry | undefined>
  all(): Promise<StoreEntry[]>
  put(entry: StoreEntry): Promise<void>
  remove(source: string): Promise<void>
}

/** Entries, each under the hash of its source. */
export function createEntries(store: RegistryStore, createHash: CreateHash): Entries {
  const keyOf = (source: string): string =>
    digestOf(new TextEncoder().encode(source), createHash).replace(':', '-')
  const read = async (name: string): Promise<StoreEntry | undefined> => {
    const bytes = await store.read('entries', name)
    return bytes === undefined ? undefined : parseEntry(bytes)
  }
  return {
    find: (source) => read(keyOf(source)),
    async all() {
      const found = await Promise.all((await store.list('entries')).map(read))
      return found.filter((entry) => entry !== undefined)
    },
    put: (entry) =>
      store.write('entries', keyOf(entry.source), toJsonBytes({ schemaVersion: 1, ...entry })),
    remove: (source) => store.remove('entries', keyOf(source)),
  }
}

/** Parses an entry; `undefined` if the bytes are anything else. */
export function parseEntry(bytes: Uint8Array): StoreEntry | undefined {
  try {
    return readEntry(bytes)
  } catch (error) {
    if (error instanceof RegistryError) return undefined
    throw error
  }
}

function readEntry(bytes: Uint8Array): StoreEntry | undefined {
  const fields = parseObject(bytes)
  const source = asText(fields?.['source'])
  const blob = fields?.['blob']
  const metadata = parseMetadata(fields?.['metadata'])
  if (source === undefined || !isDigest(blob) || metadata === undefined) return undefined
  return { source, blob, metadata, signatures: parseSignatures(fields?.['signatures']) }
}

function parseSignatures(value: unknown): KeptSignature[] {
  const items: unknown[] = Array.isArray(value) ? value : []
  return items.flatMap((item) => {
    const payload = asText(asObject(item)?.['payload'])
    const signature = asText(asObject(item)?.['signature'])
    return payload === undefined || signature === undefined ? [] : [{ payload, signature }]
  })
}

function parseMetadata(value: unknown): ContainerMetadata | undefined {
  const fields = asObject(value)
  const name = asText(fields?.['name'])
  const version = asText(fields?.['version'])
  const size = asCount(fields?.['size'])
  const hash = asText(fields?.['hash'])
  const createdAt = parseDate(fields?.['createdAt'])
  const updatedAt = parseDate(fields?.['updatedAt'])
  if (fields === undefined || name === undefined || version === undefined) return undefined
  if (size === undefined || hash === undefined) return undefined
  if (createdAt === undefined || updatedAt === undefined) return undefined
  return withoutUndefined({
    name,
    version,
    size,
    hash,
    createdAt,
    updatedAt,
    description: asText(fields['description']),
    author: asText(fields['author']),
    license: asText(fields['license']),
    repository: asText(fields['repository']),
    keywords: asTexts(fields['keywords']),
    digest: asText(fields['digest']),
    ...parseContract(fields),
  })
}

function parseContract(
  fields: Record<string, unknown>,
): Pick<ContainerMetadata, 'exports' | 'dependencies'> {
  const { exports, dependencies } = parseGaesupManifest(
    toJsonBytes({
      schemaVersion: 1,
      exports: fields['exports'],
      dependencies: fields['dependencies'],
    }),
  )
  return withoutUndefined({ exports, dependencies })
}

/** Parses an ISO 8601 date; `undefined` for anything else. */
export function parseDate(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}
