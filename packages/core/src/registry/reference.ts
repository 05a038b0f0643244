import { RegistryError } from '../errors.ts'
import { isDigest, shown } from './digest.ts'
import { parseRange, parseVersion } from './semver-range.ts'
import type { Digest } from './types.ts'

/** What a repository is asked for. */
export type Selector =
  | { readonly by: 'tag'; readonly tag: string }
  | { readonly by: 'digest'; readonly digest: Digest }
  | { readonly by: 'range'; readonly range: string }
  /** Nothing was asked for: the tag `latest`, or else the newest release. */
  | { readonly by: 'latest' }

/** An artifact in an OCI registry. */
export interface OciReference {
  readonly kind: 'oci'
  /** Host with its port; absent for the client's own registry. */
  readonly host?: string
  readonly repository: string
  readonly selector: Selector
}

/** A file inside an npm package. */
export interface NpmReference {
  readonly kind: 'npm'
  readonly package: string
  /** Version, range or dist-tag. */
  readonly version: string
  /** Path inside the package, without a leading slash. */
  readonly path: string
}

/** A module at a URL, pinned when its fragment is a digest. */
export interface UrlReference {
  readonly kind: 'https'
  readonly url: URL
  readonly digest?: Digest
}

/** A module in a local file. */
export interface FileReference {
  readonly kind: 'file'
  readonly url: URL
}

/** What a reference names. */
export type Reference = OciReference | NpmReference | UrlReference | FileReference

const longestReference = 2048
const longestRepository = 255
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${pathPart}(?:/${pathPart})*$`)
const hostPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const npmName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/
const distTag = /^[A-Za-z][A-Za-z0-9._-]{0,127}$/

/** Whether a registry takes `text` as a tag. @see OCI distribution specification 1.1, "Pulling manifests" */
export function isTag(text: string): boolean {
  return tagPattern.test(text)
}

/** Whether a registry takes `text` as the name of a repository. */
export function isRepository(text: string): boolean {
  return text.length <= longestRepository && repositoryPattern.test(text)
}

/**
 * What a reference names: `name`, `name:tag`, `name:^1.2`, `name@sha256:…`, any of them with a `host/` in front,
 * `npm:package@version/path.wasm`, an `https:` URL (pinned by a fragment `#sha256:…`) or a `file:` URL.
 *
 * Throws `RegistryError` with `REFERENCE_INVALID`.
 */
export function parseReference(text: string): Reference {
  if (typeof text !== 'string') return refuse(String(text), 'its type, which is not text')
  if (text.length === 0 || text.length > longestReference) return refuse(text, 'its length')
  if (text.startsWith('npm:')) return parseNpm(text)
  if (text.startsWith('https://') || text.startsWith('http://')) return parseUrl(text)
  if (text.startsWith('file:')) return parseFile(text)
  return parseOci(text)
}

/** The reference of one version of a name, as `pull(name, version)` takes them. */
export function joinReference(name: string, version?: string): string {
  if (version === undefined) return name
  return isDigest(version) ? `${name}@${version}` : `${name}:${version}`
}

/** A reference to the client's registry or to a host; other kinds are refused with `REFERENCE_INVALID`. */
export function parseOciReference(text: string): OciReference {
  const reference = parseReference(text)
  return reference.kind === 'oci' ? reference : refuse(text, 'it names no registry')
}

function parseOci(text: string): OciReference {
  const at = text.indexOf('@')
  const slash = text.indexOf('/')
  const first = slash === -1 ? '' : text.slice(0, slash)
  const host = isHost(first) ? first : undefined
  if (host !== undefined && !URL.canParse(`https://${host}`)) return refuse(text, 'its host')
  const rest = host === undefined ? text : text.slice(slash + 1)
  const hasDigest = at !== -1 && isDigest(text.slice(at + 1))
  const { name, selector } = hasDigest ? splitDigest(rest) : splitVersion(rest)
  if (!isRepository(name)) return refuse(text, 'its repository name')
  return {
    kind: 'oci',
    ...(host === undefined ? {} : { host: host.toLowerCase() }),
    repository: name,
    selector,
  }
}

/** As Docker reads it: what has a dot or a port, or is `localhost`, is a host and no folder. */
function isHost(text: string): boolean {
  return hostPattern.test(text) && (text === 'localhost' || /[.:]/.test(text))
}

/** With a digest, a tag before it only informs the reader. */
function splitDigest(text: string): { name: string; selector: Selector } {
  const at = text.indexOf('@')
  const [name = '', tag, ...more] = text.slice(0, at).split(':')
  if (more.length > 0 || (tag !== undefined && !isTag(tag))) return refuse(text, 'its tag')
  const digest = text.slice(at + 1)
  return isDigest(digest)
    ? { name, selector: { by: 'digest', digest } }
    : refuse(text, 'its digest')
}

function splitVersion(text: string): { name: string; selector: Selector } {
  const colon = text.indexOf(':')
  if (colon === -1) return { name: text, selector: { by: 'latest' } }
  return { name: text.slice(0, colon), selector: toSelector(text, text.slice(colon + 1)) }
}

function toSelector(text: string, version: string): Selector {
  if (isTag(version)) return { by: 'tag', tag: version }
  if (version.trim() !== '' && parseRange(version) !== undefined)
    return { by: 'range', range: version }
  return refuse(text, 'its version')
}

function parseNpm(text: string): NpmReference {
  const body = text.slice('npm:'.length)
  const at = body.indexOf('@', 1)
  const slash = at === -1 ? -1 : body.indexOf('/', at)
  if (slash === -1) return refuse(text, 'its form, which is npm:package@version/path.wasm for npm')
  const name = body.slice(0, at)
  const version = decodePart(text, body.slice(at + 1, slash))
  const path = body.slice(slash + 1)
  if (name.length > 214 || !npmName.test(name)) return refuse(text, 'its package name')
  const isKnown =
    parseVersion(version) !== undefined ||
    parseRange(version) !== undefined ||
    distTag.test(version)
  if (version === '' || !isKnown) return refuse(text, 'its version')
  if (!isInnerPath(path)) return refuse(text, 'its path')
  return { kind: 'npm', package: name, version, path }
}

function decodePart(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return refuse(text, 'its version')
  }
}

/** A path that stays inside, spelt in the one way that an archive spells it. */
function isInnerPath(path: string): boolean {
  return (
    path.length <= 1024 &&
    !/[\\\p{Cc}]/u.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

function parseUrl(text: string): UrlReference {
  const url = toUrl(text)
  if (url.username !== '' || url.password !== '')
    return refuse('https://…', 'the credentials in it')
  const fragment = url.hash.slice(1)
  url.hash = ''
  if (fragment === '') return { kind: 'https', url }
  if (!isDigest(fragment)) return refuse(text, 'its fragment, which must be a digest')
  return { kind: 'https', url, digest: fragment }
}

/** A host in it would be another machine's share. */
function parseFile(text: string): FileReference {
  const url = toUrl(text)
  return url.host === '' ? { kind: 'file', url } : refuse(text, 'the host in it')
}

function toUrl(text: string): URL {
  return URL.canParse(text) ? new URL(text) : refuse(text, 'its URL')
}

function refuse(text: string, what: string): never {
  throw new RegistryError(
    `${shown(text)} is no container reference because of ${what}.`,
    'REFERENCE_INVALID',
  )
}
