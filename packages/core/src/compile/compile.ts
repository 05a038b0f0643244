import { packageAbsent } from './dependency.ts'
import { topLevelStopped } from './failures.ts'
import { runWorker } from './run-worker.ts'
import { readJob } from './read-job.ts'
import { compilationFailed, wholeSource } from './source.ts'
import type { CompileDiagnostic, CompiledModule, CompileEngine, CompileOptions } from './types.ts'
import type { CompileAnswer } from './worker-messages.ts'

/**
 * Compiles TypeScript or JavaScript to a WebAssembly module that contains its function signatures (`readModuleAbi`
 * reads them). A `Module` cannot be turned back into bytes: use `compileBytes` to push it or to run it in a container.
 *
 * The source is text or UTF-8 bytes. Nothing is read from disk: an import of another file is an error.
 *
 * Throws `CompilationError`: `COMPILATION_FAILED` with `CompileDiagnostic[]` as `details`, `SIZE_LIMIT`, `TIME_LIMIT`,
 * `ABORTED`, and `RUNTIME_UNAVAILABLE` if the package of the compiler is not installed. Throws `TypeError` for invalid
 * options.
 *
 * @see seed core-and-react, "compileWASM"
 */
export async function compileWASM(
  source: string | Uint8Array,
  options: CompileOptions = {},
): Promise<WebAssembly.Module> {
  const { bytes } = await compileBytes(source, options)
  return WebAssembly.compile(bytes)
}

/** Like `compileWASM`, but returns the bytes, with the engine, the signatures and the warnings of the compiler. */
export async function compileBytes(
  source: string | Uint8Array,
  options: CompileOptions = {},
): Promise<CompiledModule> {
  const { job, limits } = readJob(source, options)
  const { engine = 'assemblyscript' } = options
  const attempt = async (chosen: CompileEngine): Promise<CompileAnswer> =>
    runWorker({ ...job, engine: chosen }, limits)
  if (engine !== 'auto') return finish(engine, await attempt(engine))
  const first = await attempt('assemblyscript')
  if (first.kind === 'compiled') return finish('assemblyscript', first)
  return finish('quickjs', await attempt('quickjs'), reasonsOf(first))
}

function reasonsOf(answer: CompileAnswer): CompileDiagnostic[] {
  if (answer.kind === 'absent')
    return [{ ...wholeSource('AssemblyScript is not installed.'), severity: 'info' }]
  const { diagnostics } = answer.kind === 'limited' ? { diagnostics: [] } : answer
  return diagnostics.map((one) => ({
    ...one,
    severity: 'info',
    message: `AssemblyScript refused it: ${one.message}`,
  }))
}

function finish(
  engine: CompileEngine,
  answer: CompileAnswer,
  before: readonly CompileDiagnostic[] = [],
): CompiledModule {
  if (answer.kind === 'absent') return packageAbsent(answer.packageName, answer.reason)
  if (answer.kind === 'limited') throw topLevelStopped(answer.code)
  const diagnostics = [...before, ...answer.diagnostics]
  if (answer.kind === 'refused') return compilationFailed(diagnostics)
  return { bytes: answer.bytes, engine, exports: answer.exports, diagnostics }
}
