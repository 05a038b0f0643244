import type { Budget } from './budget.ts'
import type { Audience, Burst, Bursts } from './burst.ts'
import type { CallOptions } from '../containers/types.ts'
import type { ContainerError } from '../errors.ts'

/** How a module is talked to, found out from the module. */
export type AbiName =
  /** JSON in linear memory: exports `gsp_alloc`, functions `(ptr, len) -> i64`. */
  | 'native'
  /** Imports `extism:host/env`. */
  | 'extism'
  /** Exports `__new` and `__pin`. */
  | 'assemblyscript'
  /** Exports `_start`: one run per call. */
  | 'wasi-command'
  /** Exports `_initialize` or imports WASI, and numeric functions. */
  | 'wasi-reactor'
  /** Numeric functions only. */
  | 'plain'
  /** A component of the component model, through `jco`. */
  | 'component'

/** The state a module holds, or lets the host hold for it. */
export interface GuestState {
  /** Moves when the state may have changed. */
  version(): number | bigint
  /** Costs a call into the module where it holds the state itself. */
  read(): unknown
  /** Replaces it; a module may refuse with `GUEST_FAILED`. */
  write(value: unknown): void | Promise<void>
}

/** Everything of an instance that can be copied. It is plain data: structured clone keeps it. */
export interface GuestImage {
  readonly memory: Uint8Array
  readonly globals: readonly (number | bigint)[]
  /** What an ABI keeps on the host's side. */
  readonly extra?: unknown
}

/** What of an `AbortSignal` a running call looks at. */
export type StopSignal = Pick<AbortSignal, 'aborted' | 'reason'>

/** How a guest is called. */
export interface GuestCallOptions extends Pick<CallOptions, 'as'> {
  readonly signal?: StopSignal
  /** Monotonic milliseconds of this thread at which the call began, where they are known. Default: now. */
  readonly startedMs?: number
}

/** Those of most calls: one object for all. */
export const unwatched: GuestCallOptions = {}

/** How large a memory is now. */
export interface MemorySize {
  readonly sizeBytes: number
}

/** A function as whoever bound it calls it: arguments by position. */
export type BoundCall = (...args: unknown[]) => unknown

/** A function of a guest in the calling thread, made ready: a call of it looks up nothing. */
export interface ReadyFunction {
  /** A call by itself. An array is the arguments by position, anything else one argument, `undefined` none. */
  call(args: unknown, options: GuestCallOptions): unknown
  /** Calls of it that follow each other. */
  readonly burst: Burst
  /** After a call that returned: so many that follow may do without all that is around a call, until `audience` changes. */
  beginBurst(calls: number, audience: Audience): void
  /** Such a call: only while `burst.isOpen`. */
  next(args: unknown): unknown
  /** A function that is `next` where that may be called, and `otherwise` where it may not. */
  bind(otherwise: BoundCall): BoundCall
}

/** What a guest of the calling thread has for many short calls. */
export interface QuickGuest {
  /** `undefined` for a name that it does not know. The same one for the same name. */
  ready(name: string): ReadyFunction | undefined
  readonly budget: Pick<Budget, 'startedMs' | 'isTimed'>
  readonly bursts: Bursts
  readonly memory: MemorySize
}

/**
 * A started module. One call runs at a time. In the calling thread everything is synchronous; one that runs elsewhere answers with
 * promises, and `memory` and `state` are as they were after its last answer.
 */
export interface Guest {
  readonly abi: AbiName
  /** Names `call` knows. */
  readonly functions: readonly string[]
  /** @param args positional */
  call(name: string, args: GuestArguments, options: GuestCallOptions): unknown
  /** Whether a call may wait for promises of the host, in this thread. Default false. */
  readonly mayWait?: boolean
  /** Where the module runs in this thread, and a call that is short ends as quickly. */
  readonly quick?: QuickGuest
  memory(): { readonly allocatedBytes: number; readonly usedBytes: number }
  /** Absent where the module knows nothing of state. */
  readonly state?: GuestState
  /** Zero is healthy; absent where the module has no `gsp_health`. */
  health?(): number | Promise<number>
  /** Throws `SNAPSHOT_UNSUPPORTED`. */
  capture(): GuestImage | Promise<GuestImage>
  restore(image: GuestImage): void | Promise<void>
  close(): void | Promise<void>
  /** What ran the module is gone: a worker or a process. The error's `details.lost` says what went with it. */
  readonly lost?: Promise<ContainerError>
}

/** What the caller passed: an array is positional, anything else one argument, nothing none. */
export interface GuestArguments {
  readonly list: readonly unknown[]
  readonly isPositional: boolean
}
