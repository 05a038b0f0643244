import type { VirtualFiles } from '../../files/types.ts'
import { Refusal } from './bridge.ts'
import type { ImportKind } from './module-files.ts'

/** A package.json as found: every field may be of any type. */
export type Manifest = Readonly<Record<string, unknown>>

const decoder = new TextDecoder()
const maxManifestBytes = 1_048_576

const isRecord = (value: unknown): value is Manifest =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses text without letting a `__proto__` key become a prototype. */
const parseManifest = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown) =>
    isRecord(value) ? Object.assign(Object.create(null), value) : value,
  )

/** The package.json of a folder; undefined if it is absent or not a JSON object. */
export const readManifest = (files: VirtualFiles, folder: string): Manifest | undefined => {
  const path = folder === '/' ? '/package.json' : `${folder}/package.json`
  try {
    if (!files.exists(path)) return undefined
    const manifest = parseManifest(
      decoder.decode(files.readFile(path, { maxBytes: maxManifestBytes })),
    )
    return isRecord(manifest) ? manifest : undefined
  } catch {
    return undefined
  }
}

/** The `main` field, if it is text. */
export const mainOf = (manifest: Manifest | undefined): string | undefined => {
  const main = manifest?.['main']
  return typeof main === 'string' && main !== '' ? main : undefined
}

/** Takes the first condition that applies; null where a package closes a path. */
const choose = (target: unknown, kind: ImportKind, depth = 0): string | null | undefined => {
  if (typeof target === 'string' || target === null) return target
  if (depth > 16) return undefined
  if (Array.isArray(target)) {
    for (const one of target) {
      const found = choose(one, kind, depth + 1)
      if (found !== undefined && found !== null) return found
    }
    return undefined
  }
  if (!isRecord(target)) return undefined
  for (const [condition, value] of Object.entries(target)) {
    if (condition !== 'node' && condition !== 'default' && condition !== kind) continue
    const found = choose(value, kind, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Looks a key up exactly, then by the longest `*` pattern. */
const match = (table: Manifest, key: string, kind: ImportKind): string | null | undefined => {
  if (Object.hasOwn(table, key) && !key.includes('*')) return choose(table[key], kind)
  const patterns = Object.keys(table)
    .filter((pattern) => pattern.includes('*'))
    .toSorted((left, right) => right.indexOf('*') - left.indexOf('*'))
  for (const pattern of patterns) {
    const [before = '', after = ''] = pattern.split('*', 2)
    if (
      !key.startsWith(before) ||
      !key.endsWith(after) ||
      key.length < before.length + after.length
    )
      continue
    const star = key.slice(before.length, key.length - after.length)
    return choose(table[pattern], kind)?.replaceAll('*', () => star)
  }
  return undefined
}

/** The file that a package's `exports` names for a subpath, relative to the package. */
export const exportTarget = (wanted: {
  manifest: Manifest
  name: string
  subpath: string
  kind: ImportKind
}): string => {
  const table = wanted.manifest['exports']
  const isMap = isRecord(table) && Object.keys(table).some((key) => key.startsWith('.'))
  const target = isMap
    ? match(table, wanted.subpath, wanted.kind)
    : wanted.subpath === '.'
      ? choose(table, wanted.kind)
      : undefined
  if (typeof target !== 'string') {
    throw new Refusal(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
      `Package subpath '${wanted.subpath}' is not defined by "exports" in ${wanted.name}/package.json`,
    )
  }
  if (!target.startsWith('./') || target.split('/').includes('..')) {
    throw new Refusal(
      'ERR_INVALID_PACKAGE_TARGET',
      `Invalid "exports" target "${target}" in ${wanted.name}/package.json`,
    )
  }
  return target
}

/** What a package's `imports` names for a `#…` specifier. */
export const importTarget = (manifest: Manifest, specifier: string, kind: ImportKind): string => {
  const table = manifest['imports']
  const target = isRecord(table) ? match(table, specifier, kind) : undefined
  if (typeof target !== 'string')
    throw new Refusal(
      'ERR_PACKAGE_IMPORT_NOT_DEFINED',
      `Package import specifier "${specifier}" is not defined`,
    )
  return target
}
