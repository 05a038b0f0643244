import type { GuestHost } from '../abi/guest-host.ts'
import type { Guest } from '../abi/guest.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import type { Execution, WASMRuntime } from '../containers/types.ts'

/** Whether an engine is there, and why not. */
export type RuntimeProbe =
  | { readonly available: true; readonly version?: string }
  | { readonly available: false; readonly reason: string }

/** One engine in one place. A new engine is a new adapter. */
export interface RuntimeAdapter {
  readonly name: WASMRuntime
  /** Where it runs a module, seen from this thread. */
  readonly execution: Execution
  probe(): Promise<RuntimeProbe>
  /** Throws `ContainerError`s. */
  start(prepared: PreparedModule, host: GuestHost): Promise<Guest>
  /** Ends what it keeps ready for later; it can be used again. */
  close?(): Promise<void>
}
