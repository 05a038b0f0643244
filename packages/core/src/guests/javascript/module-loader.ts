import { Refusal } from './bridge.ts'
import { joinPath, type ModuleFiles } from './module-files.ts'
import type { MachineLoader } from './machine.ts'

/**
 * An error for the guest without a line of the host's own stack. The library carries a name and a message only, so the
 * code goes in front of the name; the prelude takes it off again.
 */
const guestError = (error: unknown): Error => {
  const made = new Error(error instanceof Error ? error.message : 'the module cannot be loaded')
  made.name = error instanceof Refusal ? `\u0000${error.code}` : 'Error'
  made.stack = ''
  return made
}

const asUrl = (path: string): string => `file://${encodeURI(path)}`

/** What a module learns about itself. Kept on the first line, so that line numbers stay true. */
export const modulePrefix = (path: string): string => {
  const folder = path.slice(0, Math.max(1, path.lastIndexOf('/')))
  const meta = `url:${JSON.stringify(asUrl(path))},filename:${JSON.stringify(path)},dirname:${JSON.stringify(folder)}`
  return `Object.assign(import.meta,{${meta}});`
}

const identifier = /^[A-Za-z_$][\w$]*$/
const reserved = new Set(
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  ),
)

const reexport = (value: string, names: readonly string[]): string => {
  const usable = [...new Set(names)].filter((name) => identifier.test(name) && !reserved.has(name))
  const named = usable.map((name) => `export const ${name} = m.${name};`).join('')
  return `const m = ${value};export default m;${named}`
}

const assigned = /\b(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=[^=]/g
const defined = /Object\.defineProperty\(\s*(?:module\.)?exports\s*,\s*['"]([A-Za-z_$][\w$]*)['"]/g
const listed = /\bmodule\.exports\s*=\s*\{([^{}]*)\}/g

/** Names that a CommonJS file appears to export, found without running it. */
const exportedNames = (source: string): string[] => {
  const names = [...source.matchAll(assigned), ...source.matchAll(defined)].map(
    (found) => found[1] ?? '',
  )
  const groups = [...source.matchAll(listed)].map((found) => found[1] ?? '')
  for (const entry of groups.flatMap((group) => group.split(','))) {
    const name = /^\s*(?:async\s+)?([A-Za-z_$][\w$]*)\s*(?:[:(]|$)/.exec(entry)?.[1]
    if (name !== undefined) names.push(name)
  }
  return names
}

/** The scheme under which CommonJS and JSON files are known to ES modules. */
const bridged = 'require:'

export interface ModuleLoaderPorts {
  readonly modules: ModuleFiles
  readonly builtins: ReadonlyMap<string, readonly string[]>
  /** Folder of programs that are no files. */
  readonly folder: string
}

const looksLikeModule =
  /^\s*(?:import\s*(?:[\w$*{"']|\()|export\s+(?:default|const|let|var|function|class|async|\{|\*)|export\s*\{|export\s*\*)/m

/** The ES module side of a program: core modules, files, and CommonJS files as modules. */
export const createModuleLoader = ({
  modules,
  builtins,
  folder,
}: ModuleLoaderPorts): MachineLoader => {
  const normalize = (base: string, specifier: string): string => {
    if (specifier.startsWith('node:')) return specifier
    if (builtins.has(specifier)) return `node:${specifier}`
    const from = base.startsWith('/') ? joinPath(base, '..') : folder
    const { path, format } = modules.resolve(specifier, from, 'import', base)
    if (format === 'json' || format === 'commonjs') return `${bridged}${path}`
    return format === 'ambiguous' && !looksLikeModule.test(modules.source(path))
      ? `${bridged}${path}`
      : path
  }
  const load = (name: string): string => {
    if (name.startsWith('node:'))
      return reexport(
        `process.getBuiltinModule(${JSON.stringify(name)})`,
        builtins.get(name.slice(5)) ?? [],
      )
    if (name.startsWith(bridged)) {
      const path = name.slice(bridged.length)
      const names = path.endsWith('.json') ? [] : exportedNames(modules.source(path))
      return reexport(
        `process.getBuiltinModule("module").createRequire(${JSON.stringify(path)})(${JSON.stringify(path)})`,
        names,
      )
    }
    const source = modules.source(name)
    return modulePrefix(name) + (source.startsWith('#!') ? `//${source}` : source)
  }
  const calmly =
    <Args extends readonly string[]>(run: (...args: Args) => string) =>
    (...args: Args): string => {
      try {
        return run(...args)
      } catch (error) {
        throw guestError(error)
      }
    }
  return { normalize: calmly(normalize), load: calmly(load) }
}
