import { RegistryError } from '../errors.ts'
import { dropBody, readBody } from './body.ts'
import { addressOf, bodyOptions, refusal, type Connection } from './connection.ts'
import { digestOf, isDigest } from './digest.ts'
import { asTexts, parseObject } from './json.ts'
import { largestManifest } from './manifest.ts'
import { mediaType } from './media-types.ts'
import { isRepository, isTag } from './reference.ts'
import { describeRequest, type WireRequest } from './transport.ts'
import type { Digest } from './types.ts'

/** A manifest as it came, with the digest of exactly these bytes. */
export interface FetchedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly digest: Digest
}

const accepted = [
  mediaType.manifest,
  mediaType.index,
  mediaType.dockerManifest,
  mediaType.dockerIndex,
].join(', ')
const largestListPage = 4 * 1024 * 1024
const pageItems = 1000

/**
 * A manifest by tag or digest. Throws `RegistryError`: `INTEGRITY` when it has another digest than was asked for or than
 * the registry says, `NOT_FOUND`, and what the connection throws.
 */
export async function fetchManifest(connection: Connection, tag: string): Promise<FetchedManifest> {
  const request: WireRequest = {
    url: addressOf(connection, `manifests/${tag}`),
    headers: { accept: accepted },
    signal: connection.signal,
  }
  const response = await connection.request(request, 'pull')
  if (response.status !== 200) throw await refusal(connection, request, response)
  const what = describeRequest(request)
  const bytes = await readBody(response, bodyOptions(connection, what, largestManifest))
  const digest = digestOf(bytes, connection.createHash)
  const promised = isDigest(tag) ? tag : response.headers.get('docker-content-digest')
  if (isDigest(promised) && promised !== digest) {
    throw new RegistryError(`${what} was answered with the manifest ${digest}.`, 'INTEGRITY', {
      wanted: promised,
      found: digest,
    })
  }
  return { bytes, digest }
}

/** Puts a manifest under a tag. Throws what the registry makes of it. */
export async function pushManifest(
  connection: Connection,
  tag: string,
  manifest: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const request: WireRequest = {
    url: addressOf(connection, `manifests/${tag}`),
    method: 'PUT',
    headers: { 'content-type': mediaType.manifest },
    body: manifest,
    signal: connection.signal,
  }
  const response = await connection.request(request, 'push')
  if (response.status !== 201) throw await refusal(connection, request, response)
  await dropBody(response)
}

/** Deletes a manifest, and with it every tag that leads there. */
export async function deleteManifest(connection: Connection, digest: Digest): Promise<void> {
  const url = addressOf(connection, `manifests/${digest}`)
  const request: WireRequest = { url, method: 'DELETE', signal: connection.signal }
  const response = await connection.request(request, 'delete')
  if (response.status !== 202) throw await refusal(connection, request, response)
  await dropBody(response)
}

/** Every tag of the repository; what cannot be one is left out. Throws `SIZE_LIMIT` when there are more than the limit. */
export async function listTags(connection: Connection): Promise<string[]> {
  return listPages(connection, {
    url: addressOf(connection, `tags/list?n=${pageItems}`),
    field: 'tags',
    isItem: isTag,
    action: 'pull',
  })
}

/** Every repository of the registry. Not every registry tells. Throws `SIZE_LIMIT` when there are more than the limit. */
export async function listRepositories(connection: Connection): Promise<string[]> {
  const url = new URL(`/v2/_catalog?n=${pageItems}`, connection.origin)
  return listPages(connection, {
    url,
    field: 'repositories',
    isItem: isRepository,
    action: 'catalog',
  })
}

interface Listing {
  readonly url: URL
  readonly field: string
  /** Items become parts of addresses. */
  readonly isItem: (text: string) => boolean
  readonly action: 'pull' | 'catalog'
}

async function listPages(connection: Connection, listing: Listing): Promise<string[]> {
  const items: string[] = []
  const seen = new Set<string>()
  let listed = 0
  let url: URL | undefined = listing.url
  while (url !== undefined && !seen.has(url.href)) {
    seen.add(url.href)
    const page: Page = await fetchPage(connection, { ...listing, url })
    listed += page.items.length
    if (listed > connection.limits.maxListItems) throw tooMany(connection, listing)
    items.push(...page.items.filter(listing.isItem))
    url = page.items.length === 0 ? undefined : page.next
  }
  return items
}

interface Page {
  readonly items: string[]
  readonly next: URL | undefined
}

async function fetchPage(
  connection: Connection,
  { url, field, action }: Omit<Listing, 'isItem'>,
): Promise<Page> {
  const request: WireRequest = { url, signal: connection.signal }
  const response = await connection.request(request, action)
  if (response.status !== 200) throw await refusal(connection, request, response)
  const what = describeRequest(request)
  const body = await readBody(response, bodyOptions(connection, what, largestListPage))
  const value = parseObject(body)?.[field]
  // A repository whose tags are all gone lists null.
  const items = value === null ? [] : asTexts(value)
  if (items === undefined) {
    throw new RegistryError(`${what} was answered with no list of ${field}.`, 'REGISTRY_FAILED')
  }
  return { items, next: nextPage(response, url) }
}

/** @see RFC 8288; the next page must be at the same registry */
function nextPage(response: Response, from: URL): URL | undefined {
  const found = /<([^<>]{1,4096})>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
  if (found === undefined || !URL.canParse(found, from)) return undefined
  const url = new URL(found, from)
  return url.origin === from.origin ? url : undefined
}

function tooMany({ limits }: Connection, { field, url }: Listing): RegistryError {
  return new RegistryError(
    `${url.origin}${url.pathname} lists more than ${limits.maxListItems} ${field}.`,
    'SIZE_LIMIT',
    { maxListItems: limits.maxListItems },
  )
}
