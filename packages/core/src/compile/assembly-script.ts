import type * as Asc from 'assemblyscript/asc'
import { withAbi, withCustomSections } from './abi-section.ts'
import { declarationsOf, type DeclaredImports } from './declared-imports.ts'
import { ByteSink } from '../binary/byte-sink.ts'
import { readModuleShape } from '../binary/module-shape.ts'
import { signaturesOf } from './signatures.ts'
import { placeOf, sourceFile, wholeSource } from './source.ts'
import type { CompileDiagnostic, CompileSettings } from './types.ts'
import { wasiFile, wasiLibrary, wasiReplacements } from './wasi-library.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

const importsFile = 'gaesup-imports.ts'
const libraryFolder = 'gaesup-library'
const outFile = 'module.wasm'

/** Compiles with AssemblyScript, which reads no file and no setting but what is passed here. */
export async function compileAssemblyScript(job: CompileJob): Promise<CompileAnswer> {
  let asc: typeof Asc
  try {
    asc = await import('assemblyscript/asc')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'absent', packageName: 'assemblyscript', reason }
  }
  return answerOf(job, await compileAs(asc, job))
}

/** Compiles once, and once more where the first result shows that the module has to be built otherwise. */
async function compileAs(asc: typeof Asc, job: CompileJob): Promise<Result> {
  const first = await run(asc, job, { start: '_initialize', exportsRuntime: false })
  if (first.bytes === undefined) return first
  // A WASI program without functions for others is a command: what stands at its top level is what it does.
  if (job.settings.target === 'wasm32-wasi' && signaturesOf(first.declarations).length === 0)
    return run(asc, job, { start: '_start', exportsRuntime: false })
  return needsRuntime(first.bytes, first.declarations)
    ? run(asc, job, { start: '_initialize', exportsRuntime: true })
    : first
}

/** Containers know a module of AssemblyScript, its `env` and its booleans, by the runtime that it exports. */
function needsRuntime(bytes: Uint8Array, declarations: string): boolean {
  const { imports, exports } = readModuleShape(bytes)
  if (exports.has('__new')) return false
  return (
    imports.some(({ module, name }) => given.has(`${module}.${name}`)) ||
    signaturesOf(declarations).some(({ returnType }) => returnType.type === 'boolean')
  )
}

interface Build {
  readonly start: '_initialize' | '_start'
  readonly exportsRuntime: boolean
}

interface Result {
  readonly diagnostics: readonly CompileDiagnostic[]
  readonly bytes: Uint8Array | undefined
  readonly declarations: string
  readonly sourceMap: string | undefined
}

async function run(asc: typeof Asc, job: CompileJob, build: Build): Promise<Result> {
  const libraries = librariesOf(job)
  const sources = new Map([[sourceFile, job.source], ...libraries])
  const written = new Map<string, string | Uint8Array>()
  const diagnostics: CompileDiagnostic[] = []
  const { error } = await asc.main([sourceFile, ...flagsOf(job.settings, build)], {
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (name, content) => void written.set(name, content),
    listFiles: (folder) => (folder === libraryFolder ? [...libraries.keys()] : []),
    reportDiagnostic: (one) => void diagnostics.push(toDiagnostic(one, job.source)),
  })
  if (error !== null && !diagnostics.some(({ severity }) => severity === 'error'))
    diagnostics.push(wholeSource(error.message))
  const bytes = error === null ? written.get(outFile) : undefined
  const map = written.get(`${outFile}.map`)
  return {
    diagnostics,
    bytes: bytes instanceof Uint8Array ? bytes : undefined,
    declarations: String(written.get('module.d.ts') ?? ''),
    sourceMap: map === undefined ? undefined : String(map),
  }
}

/** Files beside the source whose global names it sees. */
function librariesOf({ imports, settings }: CompileJob): Map<string, string> {
  const libraries = new Map([[importsFile, declarationsOf(imports)]])
  if (settings.target === 'wasm32-wasi') libraries.set(wasiFile, wasiLibrary)
  return libraries
}

/** How hard the compiler works for speed, and for size. */
const levels: Readonly<Record<CompileSettings['optimization'], readonly [number, number]>> = {
  none: [0, 0],
  size: [3, 2],
  speed: [3, 0],
}

function flagsOf(settings: CompileSettings, build: Build): string[] {
  const [optimize, shrink] = levels[settings.optimization]
  const isWasi = settings.target === 'wasm32-wasi'
  return [
    '--noColors',
    `--outFile=${outFile}`,
    `--lib=${libraryFolder}`,
    '--bindings=esm',
    `--optimizeLevel=${optimize}`,
    `--shrinkLevel=${shrink}`,
    ...(build.exportsRuntime ? ['--exportRuntime'] : []),
    ...(settings.debug ? ['--debug', '--sourceMap'] : []),
    ...(isWasi
      ? [`--exportStart=${build.start}`, ...wasiReplacements.map((one) => `--use=${one}`)]
      : []),
  ]
}

function answerOf(job: CompileJob, result: Result): CompileAnswer {
  const { bytes, diagnostics } = result
  if (bytes === undefined) return { kind: 'refused', diagnostics }
  const shape = readModuleShape(bytes)
  const refused = unnamedImports(shape.imports, job)
  if (refused.length > 0) return { kind: 'refused', diagnostics: [...diagnostics, ...refused] }
  const exports = signaturesOf(result.declarations)
  const mapped = withMap(bytes, result.sourceMap)
  // A command has no functions to tell of, and speaks WASI's ABI instead of ours.
  if (shape.exports.has('_start')) return { kind: 'compiled', bytes: mapped, exports, diagnostics }
  const told = withAbi(mapped, {
    version: 1,
    codec: 'assemblyscript',
    engine: 'assemblyscript',
    exports,
    numeric: shape.exports.has('__new') ? [] : exports.map(({ name }) => name),
  })
  return { kind: 'compiled', bytes: told, exports, diagnostics }
}

/** What AssemblyScript's own library imports and containers give. */
const given = new Set(['env.abort', 'env.seed', 'env.trace', 'env.console.log'])

function unnamedImports(
  found: readonly { readonly module: string; readonly name: string }[],
  { imports, settings }: CompileJob,
): CompileDiagnostic[] {
  const allowed = namesOf(imports)
  const isGiven = (module: string, name: string): boolean =>
    settings.target === 'wasm32-wasi'
      ? module === 'wasi_snapshot_preview1'
      : given.has(`${module}.${name}`)
  return found
    .filter(({ module, name }) => !allowed.has(`${module}.${name}`) && !isGiven(module, name))
    .map(({ module, name }) =>
      wholeSource(
        `The module imports "${module}.${name}", which the option "imports" does not name.`,
      ),
    )
}

function namesOf(imports: DeclaredImports): Set<string> {
  return new Set(imports.map(({ module, name }) => `${module}.${name}`))
}

/** Puts the source map itself where a debugger looks for its address. */
function withMap(bytes: Uint8Array, map: string | undefined): Uint8Array<ArrayBuffer> {
  if (map === undefined) return new Uint8Array(bytes)
  const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`
  return withCustomSections(
    bytes,
    new Map([['sourceMappingURL', new ByteSink().name(url).finish()]]),
  )
}

const severities: Readonly<Record<number, CompileDiagnostic['severity']>> = {
  0: 'info',
  1: 'info',
  2: 'warning',
  3: 'error',
}

/** What the compiler's type says less of than there is: the text that a range is in. */
interface AscDiagnostic {
  readonly code: number
  readonly category: number
  readonly message: string
  readonly range: {
    readonly start: number
    readonly source: { readonly normalizedPath: string; readonly text?: string }
  } | null
}

function toDiagnostic(given: unknown, source: string): CompileDiagnostic {
  const { code, category, message, range } = given as AscDiagnostic
  const file = range?.source.normalizedPath ?? sourceFile
  const text = range?.source.text ?? (file === sourceFile ? source : '')
  const place = range === null ? { line: 1, column: 1 } : placeOf(text, range.start)
  return { severity: severities[category] ?? 'error', message, file, ...place, code }
}
