import type { FunctionSignature } from '../containers/types.ts'
import type { CompileDiagnostic, CompileEngine, CompileSettings } from './types.ts'
import type { DeclaredImports } from './declared-imports.ts'

/** What the worker is asked for. */
export interface CompileJob {
  readonly engine: CompileEngine
  readonly source: string
  readonly settings: CompileSettings
  readonly imports: DeclaredImports
}

/** What a browser's worker is asked for. */
export interface WebCompileJob {
  readonly job: CompileJob
  /** QuickJS's own module. */
  readonly wasm: Uint8Array
}

/** What the worker answers. */
export type CompileAnswer =
  | {
      readonly kind: 'compiled'
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly exports: readonly FunctionSignature[]
      readonly diagnostics: readonly CompileDiagnostic[]
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly CompileDiagnostic[] }
  | { readonly kind: 'absent'; readonly packageName: string; readonly reason: string }

/** What a browser's worker answers; that it is ready, without being asked. */
export type WebCompileAnswer = CompileAnswer | { readonly kind: 'ready' }
