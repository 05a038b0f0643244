/** Everything that decides how one revision of a function runs. */
export interface FunctionSource {
  readonly functionId: string
  /** Changes whenever code, runtime, environment or limits change. */
  readonly revision: string
  /** Name of the runtime, as `runtimes()` lists it, or of its language. */
  readonly runtime: string
  /** Source text. */
  readonly code: string
  readonly environment: Readonly<Record<string, string>>
  /** Hard memory limit, MiB. */
  readonly memoryMb: number
}

/** One request to a function. */
export interface FunctionCall {
  readonly method: string
  /** Path with query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

/** A line that a function printed, with its time in milliseconds since the epoch. */
export interface FunctionLog {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  readonly atMs: number
}

/** Limits and listeners of one call. */
export interface FunctionCallOptions {
  /** Wall-clock limit of this call, milliseconds. */
  readonly timeoutMs: number
  /** Abort ends the call and the instance; the outcome is `CANCELLED`. */
  readonly signal: AbortSignal
  /** Each line the function prints, as it is printed. */
  onLog(line: FunctionLog): void
}

/** Why a call failed; see `FunctionResult` for what becomes of the instance. */
export type FunctionFault =
  | 'TIMEOUT'
  | 'MEMORY_LIMIT'
  | 'CPU_LIMIT'
  | 'OUTPUT_LIMIT'
  | 'FUNCTION_ERROR'
  | 'CANCELLED'
  | 'CRASHED'

/**
 * How a call ended. After `FUNCTION_ERROR`, whose message is the traceback, the instance lives on unless it ended
 * itself; after every other failure it is gone.
 */
export type FunctionResult = {
  readonly durationMs: number
  readonly cpuMs: number
  readonly memoryBytes: number
} & (
  | {
      readonly ok: true
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  | { readonly ok: false; readonly code: FunctionFault; readonly message: string }
)
