import { check, readOptions, type Kind } from '../containers/checks.ts'
import { abortSignal, wholeFrom } from '../containers/option-kinds.ts'
import { RegistryError } from '../errors.ts'
import { toMetadata } from './artifact.ts'
import type { ClientContext } from './client-options.ts'
import { fetchManifest, listRepositories, listTags } from './distribution.ts'
import { selectWasmLayer } from './manifest.ts'
import { sortTags, toImage } from './oci-source.ts'
import { newestMatch, parseRange } from './semver-range.ts'
import type { ContainerMetadata } from './types.ts'

/** How far a search goes. */
export interface SearchOptions {
  /** Most containers in the answer. Default 20. */
  readonly maxResults?: number
  /** Most manifests that are read for their descriptions and keywords. Default 100. */
  readonly maxInspected?: number
  readonly signal?: AbortSignal
}

const kinds = {
  maxResults: wholeFrom(0),
  maxInspected: wholeFrom(0),
  signal: abortSignal,
} satisfies Record<keyof SearchOptions, Kind>
const lanes = 4
const releases = parseRange('*')

/** Containers whose name, description or keywords hold the query; those with it in the name come first. */
export async function searchRegistry(
  context: ClientContext,
  query: string,
  options: SearchOptions & { readonly signal: AbortSignal },
): Promise<ContainerMetadata[]> {
  const { maxResults = 20, maxInspected = 100, signal } = readOptions('search', options, kinds)
  check(typeof query === 'string', 'a registry is searched for text')
  const needle = query.trim().toLowerCase()
  const all = await listRepositories(context.connect(undefined, '', signal))
  const isNamed = (repository: string): boolean => repository.includes(needle)
  const ordered = [...all.filter(isNamed), ...all.filter((one) => !isNamed(one))]
  const waiting = ordered.slice(0, maxInspected).entries()
  const found: { place: number; metadata: ContainerMetadata }[] = []
  const work = async (): Promise<void> => {
    for (const [place, repository] of waiting) {
      if (found.length >= maxResults) return
      const metadata = await inspect(context, repository, signal)
      if (metadata !== undefined && matches(metadata, needle)) found.push({ place, metadata })
    }
  }
  await Promise.all(Array.from({ length: lanes }, work))
  return found
    .toSorted((left, right) => left.place - right.place)
    .slice(0, maxResults)
    .map(({ metadata }) => metadata)
}

function matches(
  { name, description = '', keywords = [] }: ContainerMetadata,
  needle: string,
): boolean {
  return [name, description, ...keywords].some((text) => text.toLowerCase().includes(needle))
}

function newestOf(tags: readonly string[]): string | undefined {
  const release = releases === undefined ? undefined : newestMatch(tags, releases)
  return release ?? sortTags(tags)[0]
}

/** What a pull without a version takes, the newest release; without any the newest tag. `undefined` when it holds no container, or nothing any more. */
async function inspect(
  context: ClientContext,
  repository: string,
  signal: AbortSignal,
): Promise<ContainerMetadata | undefined> {
  const connection = context.connect(undefined, repository, signal)
  try {
    const tag = newestOf(await listTags(connection))
    if (tag === undefined) return undefined
    const fetched = await fetchManifest(connection, tag)
    const manifest = await toImage(connection, fetched)
    const layer = selectWasmLayer(manifest)
    const nowMs = context.clock.nowMs()
    return toMetadata(manifest, {
      name: repository,
      tag,
      digest: fetched.digest,
      layer,
      contract: {},
      nowMs,
    })
  } catch (error) {
    const isOther = error instanceof RegistryError && ignored.has(error.code)
    if (isOther) return undefined
    throw error
  }
}

/** Images of other kinds, repositories that are empty, and those that the caller may not see. */
const ignored: ReadonlySet<string> = new Set(['NOT_FOUND', 'MODULE_INVALID', 'REGISTRY_DENIED'])
