import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

const parseVersion = (text: string): string | undefined => {
  const manifest: unknown = JSON.parse(text)
  if (typeof manifest !== 'object' || manifest === null) return undefined
  const isOurs = 'name' in manifest && manifest.name === '@gaesup-state/sandbox'
  return isOurs && 'version' in manifest ? String(manifest.version) : undefined
}

/** Version of this package; `bundled` when it was built into another one. */
export const readVersion = (): string => {
  const path = findPackageJSON(import.meta.url)
  return (path === undefined ? undefined : parseVersion(readFileSync(path, 'utf8'))) ?? 'bundled'
}
