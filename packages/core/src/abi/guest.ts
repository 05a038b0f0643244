import type { CallOptions } from '../containers/types.ts'

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

/** The state a module holds, or lets the host hold for it. */
export interface GuestState {
  /** Moves when the state may have changed. */
  version(): number | bigint
  /** Costs a call into the module where it holds the state itself. */
  read(): unknown
  /** Replaces it; a module may refuse with `GUEST_FAILED`. */
  write(value: unknown): void
}

/** Everything of an instance that can be copied. It is plain data: structured clone keeps it. */
export interface GuestImage {
  readonly memory: Uint8Array
  readonly globals: readonly (number | bigint)[]
  /** What an ABI keeps on the host's side. */
  readonly extra?: unknown
}

/** A started module. Everything is synchronous, and one call runs at a time. */
export interface Guest {
  readonly abi: AbiName
  /** Names `call` knows. */
  readonly functions: readonly string[]
  /** @param args positional */
  call(name: string, args: GuestArguments, options: CallOptions): unknown
  memory(): { readonly allocatedBytes: number; readonly usedBytes: number }
  /** Absent where the module knows nothing of state. */
  readonly state?: GuestState
  /** Zero is healthy; absent where the module has no `gsp_health`. */
  health?(): number
  /** Throws `SNAPSHOT_UNSUPPORTED`. */
  capture(): GuestImage
  restore(image: GuestImage): void
  close(): void
}

/** What the caller passed: an array is positional, anything else one argument, nothing none. */
export interface GuestArguments {
  readonly list: readonly unknown[]
  readonly isPositional: boolean
}
