import type { FunctionSignature, SeededRandom, SteppedClock } from '../containers/types.ts'
import type { CompileDiagnostic, CompileEngine, CompileSettings } from './types.ts'
import type { DeclaredImports } from './declared-imports.ts'
import type { TopLevelWatch } from './quickjs/interpreter.ts'

/** What the worker is asked for. */
export interface CompileJob {
  readonly engine: CompileEngine
  readonly source: string
  readonly settings: CompileSettings
  readonly imports: DeclaredImports
  readonly topLevel: TopLevel
}

/** What the top level of a script sees and may use while it is evaluated. */
export interface TopLevel {
  /** Undefined: the host's. */
  readonly clock: SteppedClock | undefined
  readonly random: SeededRandom | undefined
  readonly maxPages: number
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
}

/** What a browser's worker is asked for. */
export interface WebCompileJob {
  readonly job: CompileJob
  /** QuickJS's own module. */
  readonly wasm: Uint8Array
}

export type LimitCode = 'CPU_LIMIT' | 'DEPTH_LIMIT' | 'MEMORY_LIMIT' | 'TIME_LIMIT'

/** What a worker answers. */
export type CompileAnswer =
  | {
      readonly kind: 'compiled'
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly exports: readonly FunctionSignature[]
      readonly diagnostics: readonly CompileDiagnostic[]
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly CompileDiagnostic[] }
  /** The top level wanted more than it may have. */
  | { readonly kind: 'limited'; readonly code: LimitCode }
  | { readonly kind: 'absent'; readonly packageName: string; readonly reason: string }

/** What a worker says: that its script runs, that the top level of the source begins and is done, and the answer. */
export type CompilerMessage =
  | CompileAnswer
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'done' }

/** Says the answer of a worker's one job. What `compile` throws is the worker's end. */
export async function answerJob(
  post: (message: CompilerMessage, transfer: readonly ArrayBuffer[]) => void,
  compile: (watch: TopLevelWatch) => Promise<CompileAnswer>,
): Promise<void> {
  const answer = await compile({
    begun: () => post({ kind: 'begun' }, []),
    done: () => post({ kind: 'done' }, []),
  })
  post(answer, answer.kind === 'compiled' ? [answer.bytes.buffer] : [])
}
