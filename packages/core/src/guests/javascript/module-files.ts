import type { VirtualFiles } from '../../files/types.ts'
import { Refusal } from './bridge.ts'
import {
  exportTarget,
  importTarget,
  mainOf,
  readManifest,
  type Manifest,
} from './package-manifest.ts'
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
  resolve(specifier: string, folder: string, kind: ImportKind, importer?: string): FoundModule
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

class VirtualModuleFiles implements ModuleFiles {
  readonly #files: VirtualFiles

  constructor(files: VirtualFiles) {
    this.#files = files
  }

  #isFile(path: string): boolean {
    try {
      return this.#files.stat(path).kind === 'file'
    } catch {
      return false
    }
  }

  #manifestAbove(from: string): { folder: string; manifest: Manifest } | undefined {
    for (let at = folderOf(from); ; at = folderOf(at)) {
      const manifest = readManifest(this.#files, at)
      if (manifest !== undefined) return { folder: at, manifest }
      if (at === '/') return undefined
    }
  }

  formatOf(path: string): ModuleFormat {
    if (path.endsWith('.json')) return 'json'
    if (/\.m[tj]s$/.test(path)) return 'module'
    if (/\.c[tj]s$/.test(path)) return 'commonjs'
    const type = this.#manifestAbove(path)?.manifest['type']
    if (type === 'module') return 'module'
    return type === 'commonjs' || !/\.[jt]s$/.test(path) ? 'commonjs' : 'ambiguous'
  }

  #asFile(path: string): string | undefined {
    return [path, `${path}.js`, `${path}.json`].find((one) => this.#isFile(one))
  }

  #asFolder(path: string): string | undefined {
    const main = mainOf(readManifest(this.#files, path))
    const named =
      main === undefined
        ? undefined
        : (this.#asFile(joinPath(path, main)) ?? this.#asFile(joinPath(path, `${main}/index`)))
    return named ?? this.#asFile(joinPath(path, 'index'))
  }

  #inPackages(specifier: string, folder: string, kind: ImportKind): string | undefined {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    const subpath = `.${specifier.slice(name.length)}`
    for (let at = folder; ; at = folderOf(at)) {
      const home = joinPath(at, `node_modules/${name}`)
      const manifest = at.endsWith('/node_modules') ? undefined : readManifest(this.#files, home)
      if (manifest?.['exports'] !== undefined)
        return joinPath(home, exportTarget({ manifest, name, subpath, kind }))
      const path = joinPath(home, subpath)
      const found = this.#asFile(path) ?? this.#asFolder(path)
      if (found !== undefined) return found
      if (at === '/') return undefined
    }
  }

  #privateImport(specifier: string, folder: string, kind: ImportKind): string | undefined {
    const owner = this.#manifestAbove(joinPath(folder, 'x'))
    if (owner === undefined) return undefined
    const target = importTarget(owner.manifest, specifier, kind)
    return target.startsWith('./')
      ? joinPath(owner.folder, target)
      : this.#inPackages(target, owner.folder, kind)
  }

  #find(specifier: string, folder: string, kind: ImportKind): string | undefined {
    if (specifier.startsWith('#')) return this.#privateImport(specifier, folder, kind)
    if (!isRelative(specifier) && !specifier.startsWith('file:'))
      return this.#inPackages(specifier, folder, kind)
    const path = specifier.startsWith('file:') ? pathOfUrl(specifier) : joinPath(folder, specifier)
    if (kind === 'import') return this.#isFile(path) ? path : undefined
    return specifier.endsWith('/')
      ? this.#asFolder(path)
      : (this.#asFile(path) ?? this.#asFolder(path))
  }

  // oxlint-disable-next-line max-params -- the importer is for the text of the error only
  resolve(specifier: string, folder: string, kind: ImportKind, importer = folder): FoundModule {
    const path = this.#find(specifier, folder, kind)
    if (path === undefined) throw missing(specifier, { folder, kind, importer })
    return { path, format: this.formatOf(path) }
  }

  source(path: string): string {
    const text = readSource(this.#files, path)
    return /\.[cm]?tsx?$/.test(path) ? stripTypes(text, path) : text
  }
}

/** Resolves over `files`; nothing is remembered, so programs may write modules and then load them. */
export const createModuleFiles = (files: VirtualFiles): ModuleFiles => new VirtualModuleFiles(files)

const readSource = (files: VirtualFiles, path: string): string => {
  try {
    return decoder.decode(files.readFile(path, { maxBytes: maxSourceBytes })).replace(/^\uFEFF/, '')
  } catch (error) {
    throw new Refusal(
      'MODULE_NOT_FOUND',
      `Cannot read module '${path}': ${error instanceof Error ? error.message : 'unknown error'}`,
    )
  }
}

const missing = (
  specifier: string,
  { folder, kind, importer }: { folder: string; kind: ImportKind; importer: string },
): Refusal => {
  if (kind === 'require')
    return new Refusal('MODULE_NOT_FOUND', `Cannot find module '${specifier}'`)
  return isRelative(specifier) || specifier.startsWith('file:')
    ? new Refusal(
        'ERR_MODULE_NOT_FOUND',
        `Cannot find module '${specifier.startsWith('file:') ? pathOfUrl(specifier) : joinPath(folder, specifier)}' imported from ${importer}`,
      )
    : new Refusal(
        'ERR_MODULE_NOT_FOUND',
        `Cannot find package '${specifier}' imported from ${importer}`,
      )
}
