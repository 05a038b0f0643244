import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * Folders of the packages and of everything that they depend on: as they are linked, as they really are, and where Node looks for them
 * first, which it may not do in a locked process otherwise. A package that is not installed is left out.
 *
 * @param from folder or file whose code imports the packages
 */
export function packageFolders(names: readonly string[], from: string): string[] {
  const found = new Set<string>()
  const waiting = names.map((name) => ({ name, from }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const places = placesOf(next.name, next.from)
    const linked = places.at(-1)
    if (linked === undefined || !existsSync(join(linked, 'package.json'))) continue
    const folder = realpathSync(linked)
    const isNew = !found.has(folder)
    for (const place of [...places, folder]) found.add(place)
    if (isNew) for (const name of dependencyNames(folder)) waiting.push({ name, from: folder })
  }
  return [...found]
}

/** Where Node looks for a package, in order, up to the folder where it is. */
export function placesOf(name: string, from: string): string[] {
  const places: string[] = []
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    places.push(place)
    if (existsSync(join(place, 'package.json')) || folder === dirname(folder)) return places
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
