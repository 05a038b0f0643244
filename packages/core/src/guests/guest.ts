import type { VirtualFiles } from '../files/types.ts'

/** Which limit ended a program. */
export type LimitKind = 'time' | 'cpu' | 'memory' | 'output' | 'disk' | 'inodes'

/** Everything a program inside a locked process has; there is nothing else. */
export interface GuestContext {
  readonly files: VirtualFiles
  /** `argv[0]` is the name the program was called by. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Absolute folder in `files`. */
  readonly cwd: string
  /** All of standard input. */
  readonly stdin: Uint8Array
  /** Hard limit of linear memory, bytes. */
  readonly memoryLimitBytes: number
  /** Sends output on at once; throws `OutputLimitError` when the cap is passed, and the program must end. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** Milliseconds since the epoch. */
  now(): number
}

/** How a program ended by itself; what a kill ends never returns. */
export interface GuestExit {
  readonly exitCode: number
  /** Set when the program ended because a limit stopped it. */
  readonly limit?: LimitKind
}

/** What a function answered to one request, or why it did not. */
export type FunctionAnswer =
  | {
      readonly ok: true
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  /** `message` has the stack or traceback of an error. `ended`: the instance is gone with the call; start another. */
  | {
      readonly ok: false
      readonly limit?: LimitKind
      readonly message: string
      readonly ended?: boolean
    }

/** Runs one program to its end. Compiled modules may be kept between calls; program state never is. */
export type RunGuest = (context: GuestContext) => Promise<GuestExit>

/** Thrown by `write` past the output cap. Guests let it through. */
export class OutputLimitError extends Error {
  override readonly name = 'OutputLimitError'
}
