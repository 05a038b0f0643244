import { ContainerError } from '../errors.ts'
import { withAbi, withCustomSections } from './abi-section.ts'
import { buildModule } from './quickjs/build-module.ts'
import { evaluateSource } from './quickjs/engine.ts'
import type { QuickJSPackage, TopLevelWatch } from './quickjs/interpreter.ts'
import { signaturesInSource } from './source-signatures.ts'
import { placeOf, sourceFile, wholeSource } from './source.ts'
import type { CompileDiagnostic } from './types.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** What Node and browsers have in different places. */
export interface JavaScriptTools {
  readonly engine: QuickJSPackage
  /** Puts blanks where types are, so that every line and column stays; or says why it cannot. */
  readonly strip: (source: string) => string | CompileDiagnostic
  readonly watch: TopLevelWatch
}

/** Evaluates ordinary TypeScript or JavaScript on QuickJS and gives the interpreter with the result in its memory. */
export async function compileJavaScript(
  { source, settings, imports, topLevel }: CompileJob,
  { engine, strip, watch }: JavaScriptTools,
): Promise<CompileAnswer> {
  const stripped = strip(source)
  if (typeof stripped !== 'string') return refused(stripped)
  const timed = timeOf(watch)
  const evaluated = await evaluateSource(engine, stripped, {
    settings,
    imports,
    topLevel,
    watch: timed,
  }).catch(limitedBy)
  if ('kind' in evaluated) return evaluated
  if (timed.tookMs > topLevel.maxCpuTimeMs) return { kind: 'limited', code: 'TIME_LIMIT' }
  if (!evaluated.ok) return refused(errorOf(evaluated.error, source))
  const names = evaluated.functions.map(([name]) => name)
  const reserved = names.find((name) => name === 'memory' || /^(?:gsp_|gaesup|_)/.test(name))
  if (reserved !== undefined)
    return refused(wholeSource(`No exported function can have the name "${reserved}".`))
  const { wasm } = engine
  const callsHost = imports.length > 0
  const built = buildModule({ wasm, image: evaluated.image, names, settings, callsHost })
  const exports = signaturesInSource(source, evaluated.functions)
  const told = withAbi(built, {
    version: 1,
    codec: 'json',
    engine: 'quickjs',
    exports,
    numeric: [],
  })
  const keepsSource = settings.optimization !== 'size' || settings.debug
  const bytes = keepsSource
    ? withCustomSections(told, new Map([['gaesup:js', new TextEncoder().encode(source)]]))
    : told
  return { kind: 'compiled', bytes, exports, diagnostics: [] }
}

/** A top level that is done in time does not end because somebody hears of it late. */
function timeOf(watch: TopLevelWatch): TopLevelWatch & { readonly tookMs: number } {
  let begunMs = 0
  const timed = {
    tookMs: 0,
    begun() {
      begunMs = performance.now()
      watch.begun()
    },
    done() {
      timed.tookMs = performance.now() - begunMs
      watch.done()
    },
  }
  return timed
}

const limits = ['CPU_LIMIT', 'DEPTH_LIMIT', 'MEMORY_LIMIT'] as const

function limitedBy(error: unknown): CompileAnswer {
  const code = error instanceof ContainerError ? error.code : undefined
  const limit = limits.find((one) => one === code)
  if (limit === undefined) throw error
  return { kind: 'limited', code: limit }
}

function refused(diagnostic: CompileDiagnostic): CompileAnswer {
  return { kind: 'refused', diagnostics: [diagnostic] }
}

function errorOf(error: string, source: string): CompileDiagnostic {
  const [message = error] = error.split('\n')
  const place = /module\.ts:(\d+)(?::(\d+))?/.exec(error)
  if (place !== null)
    return {
      severity: 'error',
      message,
      file: sourceFile,
      line: Number(place[1]),
      column: Number(place[2] ?? 1),
    }
  const specifier = /module '([^']+)'|filename '([^']+)'/.exec(message)
  const offset = source.indexOf(specifier?.[1] ?? specifier?.[2] ?? '')
  return {
    ...wholeSource(message),
    ...(specifier === null || offset < 0 ? {} : placeOf(source, offset)),
  }
}
