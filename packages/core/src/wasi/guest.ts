import type { FdTable } from './fd-table.ts'
import type { GuestMemory } from './guest-memory.ts'
import type { GuestFiles } from './mounts.ts'
import type { Spot } from './resolve.ts'

/** Two clocks, in nanoseconds. */
export interface WasiClock {
  /** Since the epoch. */
  realtimeNs(): bigint
  /** Since any fixed moment; never goes back. */
  monotonicNs(): bigint
}

/** Everything one running module has. */
export interface Guest {
  readonly files: GuestFiles
  readonly root: Spot
  readonly memory: GuestMemory
  readonly fds: FdTable
  /** Each with its closing NUL. */
  readonly args: readonly Uint8Array[]
  readonly env: readonly Uint8Array[]
  readonly clock: WasiClock
  readonly startedNs: bigint
  random(into: Uint8Array): void
  sleep(ms: number): void
}

/** Thrown through the guest when it ends itself. */
export class ProcessExit extends Error {
  override readonly name = 'ProcessExit'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** The values a system call gets: i32 as number, i64 as bigint, in the order of the standard. */
export type SystemCall = (guest: Guest, args: never) => void
