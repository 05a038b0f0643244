import type { HostFunctions, SeededRandom, SteppedClock } from '../containers/types.ts'
import type { HostFolder } from '../files/host/host-folder.ts'
import type { MountedFiles, VirtualFiles } from '../files/types.ts'
import type { SyncClient } from '../network/sync-client.ts'
import type { NetworkPolicy } from '../network/types.ts'
import type { WebClient } from '../network/web-client.ts'
import type { WasiClock } from '../wasi/guest.ts'
import type { Wasi } from '../wasi/index.ts'
import type { BudgetLimits } from './budget.ts'
import type { Senses } from './wasi-senses.ts'

/** What a container gives its module. */
export interface GuestHost {
  readonly name: string
  readonly budget: BudgetLimits
  readonly imports: HostFunctions
  /** Undefined: the interfaces of the module's own ABI. */
  readonly allowedImports: readonly string[] | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Asked for when a module uses WASI, and the same ones each time. */
  readonly files: () => Promise<VirtualFiles>
  /** Whether those are the caller's own. */
  readonly givesFiles: boolean
  /** By the path where the module finds them. */
  readonly mounts: Readonly<Record<string, HostFolder>> | undefined
  /** Of the caller; undefined: the host's. */
  readonly clock: WasiClock | SteppedClock | undefined
  readonly random: ((into: Uint8Array) => void) | SeededRandom | undefined
  readonly fileSystemAccess: boolean
  readonly crossContainerComm: boolean
  readonly syscallFilter: readonly string[] | undefined
  readonly maxOutputBytes: number
  /** Undefined: no network. */
  readonly network: NetworkPolicy | undefined
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  readonly onLog: (level: number, text: string) => void
  /** Publishes an event for other containers; throws where that is not allowed. */
  readonly emit: (topic: string, data: unknown) => void
}

/** The same, with what a module needs loaded. */
export interface ReadyHost extends GuestHost {
  /** In place of `clock` and `random`. */
  readonly senses: Senses
  /** A system interface for one run; undefined where the module uses none. */
  readonly wasi: ((run: WasiRun) => Wasi) | undefined
  /** Undefined where the module asks for no network or may not have it. */
  readonly http: SyncClient | undefined
  /** The same where a thread cannot wait for another, but a module for a promise: in pages. */
  readonly httpLater: WebClient | undefined
}

/** Everything that a module can find in folders. */
export interface GuestFolders {
  readonly files: VirtualFiles
  readonly mounts: Readonly<Record<string, MountedFiles>>
}

/** How one run sees the world. */
export interface WasiRun {
  readonly args: readonly string[]
  readonly stdin: Uint8Array
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  /** Milliseconds the running call has left: a sleep ends with them. */
  readonly leftMs: () => number
  /** Counts what one call writes; set it to 0 when the next begins. */
  readonly output: { bytes: number }
}
