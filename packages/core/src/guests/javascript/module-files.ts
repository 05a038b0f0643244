import type { VirtualFiles } from '../../files/types.ts'
import { Refusal } from './bridge.ts'
import { exportTarget, importTarget, mainOf, readManifest, type Manifest } from './package-manifest.ts'
import { stripTypes } from './typescript.ts'

/** `ambiguous` is a `.js` file that no package.json names: it is tried as a script first. */
export type ModuleFormat = 'commonjs' | 'module' | 'json' | 'ambiguous'

export interface FoundModule {
  readonly path: string
  readonly format: ModuleFormat
}

export type ImportKind = 'import' | 'require'

/** Node's way from a specifier to a file, over the files of one container. */
export interface ModuleFiles {
  /** @throws Refusal with Node's error codes */
  resolve(specifier: string, folder: string, kind: ImportKind): FoundModule
  /** The program text of a file, types stripped. */
  source(path: string): string
  formatOf(path: string): ModuleFormat
}

const decoder = new TextDecoder()
/** Largest source file, bytes. */
const maxSourceBytes = 64 * 1_048_576

const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** Joins and squeezes `.` and `..`; never above the root. */
export const joinPath = (folder: string, path: string): string => {
  const kept: string[] = []
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return `/${kept.join('/')}`
}

const isRelative = (specifier: string): boolean => /^\.{0,2}\/|^\.{1,2}$/.test(specifier)

const pathOfUrl = (specifier: string): string => {
  try {
    return decodeURIComponent(new URL(specifier).pathname)
  } catch {
    throw new Refusal('ERR_INVALID_MODULE_SPECIFIER', `Invalid module '${specifier}'`)
  }
}

/** Resolves over `files`; nothing is remembered, so programs may write modules and then load them. */
export const createModuleFiles = (files: VirtualFiles): ModuleFiles => {
  const isFile = (path: string): boolean => {
    try {
      return files.stat(path).kind === 'file'
    } catch {
      return false
    }
  }

  const manifestAbove = (from: string): { folder: string; manifest: Manifest } | undefined => {
    for (let at = folderOf(from); ; at = folderOf(at)) {
      const manifest = readManifest(files, at)
      if (manifest !== undefined) return { folder: at, manifest }
      if (at === '/') return undefined
    }
  }

  const formatOf = (path: string): ModuleFormat => {
    if (path.endsWith('.json')) return 'json'
    if (/\.[cm]?tsx?$|\.[cm]?js$/.test(path)) {
      if (/\.m[tj]s$/.test(path)) return 'module'
      if (/\.c[tj]s$/.test(path)) return 'commonjs'
    }
    const type = manifestAbove(path)?.manifest['type']
    if (type === 'module') return 'module'
    return type === 'commonjs' || !/\.[jt]s$/.test(path) ? 'commonjs' : 'ambiguous'
  }

  const asFile = (path: string): string | undefined => [path, `${path}.js`, `${path}.json`].find(isFile)

  const asFolder = (path: string): string | undefined => {
    const main = mainOf(readManifest(files, path))
    const named = main === undefined ? undefined : (asFile(joinPath(path, main)) ?? asFile(joinPath(path, `${main}/index`)))
    return named ?? asFile(joinPath(path, 'index'))
  }

  const inPackages = (specifier: string, folder: string, kind: ImportKind): string | undefined => {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    const rest = `.${specifier.slice(name.length)}`
    for (let at = folder; ; at = folderOf(at)) {
      const home = joinPath(at, `node_modules/${name}`)
      const manifest = at.endsWith('/node_modules') ? undefined : readManifest(files, home)
      if (manifest?.['exports'] !== undefined) return joinPath(home, exportTarget({ manifest, name, subpath: rest, kind }))
      const found = asFile(joinPath(home, rest)) ?? asFolder(joinPath(home, rest))
      if (found !== undefined) return found
      if (at === '/') return undefined
    }
  }

  const privateImport = (specifier: string, folder: string, kind: ImportKind): string | undefined => {
    const owner = manifestAbove(joinPath(folder, 'x'))
    if (owner === undefined) return undefined
    const target = importTarget(owner.manifest, specifier, kind)
    return target.startsWith('./') ? joinPath(owner.folder, target) : inPackages(target, owner.folder, kind)
  }

  const find = (specifier: string, folder: string, kind: ImportKind): string | undefined => {
    if (specifier.startsWith('#')) return privateImport(specifier, folder, kind)
    if (!isRelative(specifier) && !specifier.startsWith('file:')) return inPackages(specifier, folder, kind)
    const path = specifier.startsWith('file:') ? pathOfUrl(specifier) : joinPath(folder, specifier)
    if (kind === 'import') return isFile(path) ? path : undefined
    return specifier.endsWith('/') ? asFolder(path) : (asFile(path) ?? asFolder(path))
  }

  return {
    formatOf,
    resolve: (specifier, folder, kind) => {
      const path = find(specifier, folder, kind)
      if (path === undefined) throw missing(specifier, folder, kind)
      return { path, format: formatOf(path) }
    },
    source: (path) => {
      const text = readSource(files, path)
      return /\.[cm]?tsx?$/.test(path) ? stripTypes(text, path) : text
    },
  }
}

const readSource = (files: VirtualFiles, path: string): string => {
  try {
    return decoder.decode(files.readFile(path, { maxBytes: maxSourceBytes })).replace(/^\uFEFF/, '')
  } catch (error) {
    throw new Refusal('MODULE_NOT_FOUND', `Cannot read module '${path}': ${error instanceof Error ? error.message : 'unknown error'}`)
  }
}

const missing = (specifier: string, folder: string, kind: ImportKind): Refusal => {
  if (kind === 'require') return new Refusal('MODULE_NOT_FOUND', `Cannot find module '${specifier}'`)
  return isRelative(specifier) || specifier.startsWith('file:')
    ? new Refusal('ERR_MODULE_NOT_FOUND', `Cannot find module '${specifier.startsWith('file:') ? pathOfUrl(specifier) : joinPath(folder, specifier)}' imported from ${folder}`)
    : new Refusal('ERR_MODULE_NOT_FOUND', `Cannot find package '${specifier}' imported from ${folder}`)
}
