import type { Configuration } from '../process/messages.ts'
import type { Child } from './child.ts'
import type { CommandEnd } from './command.ts'
import type { KeptFiles } from './kept-files.ts'

/** A program to run in a session. */
export interface SessionCommand {
  /** `python3`, `node`, `sh`, or any utility of the shell by its name, and its arguments. */
  readonly argv: readonly string[]
  /** Absolute folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Bytes of standard input; then its end. Default: none. */
  readonly stdin?: Uint8Array
}

/** Limits and listeners of one command. */
export interface SessionCommandOptions {
  /** Wall-clock limit, milliseconds; more than 2,147,483,647 (24 days), also `Infinity`, is as much. */
  readonly timeoutMs: number
  /** CPU-time limit, milliseconds, with the same end. */
  readonly cpuMs: number
  /** Bytes of standard output and standard error together; `Infinity` is no limit. */
  readonly maxOutputBytes: number
  /** Abort kills the command; the call then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Called in order, as output is produced; chunks may cut a UTF-8 sequence. */
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** Resolves when the reader can take more; the program waits for it. */
  whenWritable?(): Promise<void>
}

/** How a command ended; a non-zero exit code is a result, not an error. */
export interface SessionResult extends Omit<CommandEnd, 'memoryBytes'> {
  readonly durationMs: number
}

export interface SessionPorts {
  readonly containerId: string
  readonly runtime: string
  readonly configuration: Configuration
  readonly kept: KeptFiles
  readonly idleMs: number
  acquire(configuration: Configuration, signal: AbortSignal): Promise<Child>
  /** True while others wait for a process. */
  isWanted(): boolean
  onDestroyed(): void
}
