import { ContainerSecurityError } from '../errors.ts'
import type { VirtualFiles } from '../files/types.ts'
import { Errno, refuse } from '../wasi/errno.ts'
import type { WasiClock } from '../wasi/guest.ts'
import type { SystemCallName } from '../wasi/system-calls.ts'

/** What one run of a component sees of the world. */
export interface World {
  readonly files: VirtualFiles
  /** Absolute folders of `files` that it finds open. */
  readonly preopens: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
  /** What it throws ends the run. */
  readonly write: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  readonly clock: WasiClock
  readonly random: (into: Uint8Array) => void
  /** Blocks; ends with the call's time. */
  readonly sleep: (ms: number) => void
  /** Functions of preview 1 whose counterparts work; undefined: all. */
  readonly allow: readonly string[] | undefined
  /** What is open and is closed with the run. */
  readonly open: Set<Disposable>
}

/** Refuses as an error of files what `syscallFilter` leaves out. */
export function ask(world: Pick<World, 'allow'>, call: SystemCallName): void {
  if (world.allow?.includes(call) === false) refuse(Errno.notcapable)
}

/** The same where the function has no error: throws `ContainerSecurityError` (`FORBIDDEN`), which ends the call. */
export function demand(world: Pick<World, 'allow'>, call: SystemCallName): void {
  if (world.allow?.includes(call) !== false) return
  throw new ContainerSecurityError(
    `The component calls the counterpart of "${call}", which syscallFilter leaves out and which has no error to answer.`,
    'FORBIDDEN',
    { systemCall: call },
  )
}
