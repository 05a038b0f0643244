import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * Folders of the packages and of everything that they depend on, as they are linked and as they really are. A package that is not
 * installed is left out.
 *
 * @param from folder or file whose code imports the packages
 */
export function packageFolders(names: readonly string[], from: string): string[] {
  const found = new Set<string>()
  const waiting = names.map((name) => ({ name, from }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const linked = packageFolder(next.name, next.from)
    if (linked === undefined) continue
    const folder = realpathSync(linked)
    const isNew = !found.has(folder)
    found.add(folder).add(linked)
    if (isNew) for (const name of dependencyNames(folder)) waiting.push({ name, from: folder })
  }
  return [...found]
}

function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === dirname(folder)) return undefined
  }
}

function dependencyNames(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
}

/** The path of a file URL, without a slash at its end. */
export function folderPath(url: URL): string {
  return fileURLToPath(url).replace(/[\\/]$/, '')
}
