import { withAbi, withCustomSections } from './abi-section.ts'
import { buildModule } from './quickjs/build-module.ts'
import { evaluateSource, type QuickJSPackage } from './quickjs/engine.ts'
import { signaturesInSource } from './source-signatures.ts'
import { placeOf, sourceFile, wholeSource } from './source.ts'
import type { CompileDiagnostic } from './types.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** What Node and browsers have in different places. */
export interface JavaScriptTools {
  readonly engine: QuickJSPackage
  /** Puts blanks where types are, so that every line and column stays; or says why it cannot. */
  readonly strip: (source: string) => string | CompileDiagnostic
}

/** Evaluates ordinary TypeScript or JavaScript on QuickJS and gives the interpreter with the result in its memory. */
export async function compileJavaScript(
  { source, settings, imports }: CompileJob,
  { engine, strip }: JavaScriptTools,
): Promise<CompileAnswer> {
  const stripped = strip(source)
  if (typeof stripped !== 'string') return refused(stripped)
  const evaluated = await evaluateSource(engine, stripped, { settings, imports })
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
