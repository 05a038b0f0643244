/** What the functions platform needs to run code. Storage ports stand beside their adapters in `storage/`. */

/** An interpreter that a runner has. */
export interface FunctionRuntime {
  /** As stored in `FunctionConfig.runtime`, e.g. `Python 3.12`. */
  readonly runtime: string
  readonly language: 'python' | 'javascript'
  /** Full version of the interpreter, e.g. `3.12.0`. */
  readonly version: string
}

/** Everything that decides how one revision of a function runs. */
export interface FunctionSpec {
  readonly functionId: string
  /** Changes whenever code, runtime, environment or limits change; a running instance serves one revision. */
  readonly revision: string
  readonly runtime: string
  /** Source text (not Base64). */
  readonly code: string
  readonly environment: Readonly<Record<string, string>>
  /** Hard memory limit, MB (1 MB = 2^20 bytes). */
  readonly memoryMb: number
}

/** One request to a function. */
export interface FunctionRequest {
  readonly method: string
  /** Path with query string, e.g. `/orders?id=7`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

/** A line that a function printed, with its time in milliseconds since the epoch. */
export interface FunctionLogLine {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  readonly atMs: number
}

/** Why a call failed. */
export type FunctionFailureCode =
  /** The wall-clock limit ended the call; the instance is gone. */
  | 'TIMEOUT'
  /** The memory limit ended the call; the instance is gone. */
  | 'MEMORY_LIMIT'
  /** The CPU limit ended the call; the instance is gone. */
  | 'CPU_LIMIT'
  /** The function wrote more output or a larger response than allowed; the instance is gone. */
  | 'OUTPUT_LIMIT'
  /** The code raised, did not load, or has no handler; the author can fix it. The message is the traceback. */
  | 'FUNCTION_ERROR'
  /** The caller aborted. */
  | 'CANCELLED'
  /** The instance died of something else; the platform's owner can look into it. */
  | 'CRASHED'

/** What a call used. Times in milliseconds. */
export interface FunctionMeasurement {
  readonly durationMs: number
  readonly cpuMs: number
  /** Largest memory of the instance so far, bytes. */
  readonly memoryBytes: number
}

/** How a call ended: the answer, or why there is none. */
export type FunctionOutcome = FunctionMeasurement &
  (
    | {
        readonly ok: true
        readonly status: number
        readonly headers: Readonly<Record<string, string>>
        readonly body: Uint8Array
      }
    | { readonly ok: false; readonly code: FunctionFailureCode; readonly message: string }
  )

/** Limits and listeners of one call. */
export interface InvokeOptions {
  /** Wall-clock limit of this call, milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Each line the function prints, as it is printed. */
  onLog(line: FunctionLogLine): void
}

/** One isolated instance of one revision; it answers one request at a time. */
export interface FunctionInstance {
  /** False once a limit, a crash or `close` ended it. */
  readonly alive: boolean
  invoke(request: FunctionRequest, options: InvokeOptions): Promise<FunctionOutcome>
  close(): Promise<void>
}

/** Starts instances; the platform pools them, queues for them and throws them away. */
export interface FunctionRunner {
  runtimes(): readonly FunctionRuntime[]
  /** Loads the code; a fault in the code is an outcome of the first `invoke`, not a rejection. */
  start(spec: FunctionSpec, signal: AbortSignal): Promise<FunctionInstance>
  close(): Promise<void>
}
