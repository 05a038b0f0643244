import type { FunctionInstance } from '../ports.ts'
import type { FunctionTarget } from './types.ts'

/** One started, starting or ending instance. */
export interface Slot {
  readonly poolKey: string
  readonly revision: string
  instance: FunctionInstance | null
  /** `draining`: busy with its last call. `ending`: no longer usable, its memory may still be there. */
  state: 'starting' | 'busy' | 'idle' | 'draining' | 'ending'
  calls: number
  idleSinceMs: number
  cancelIdle: (() => void) | null
  /** Ends the call that runs on it. */
  abort: AbortController | null
}

/** What a waiting call gets: a free instance, or a place to start one in. */
export interface Lease {
  readonly slot: Slot
  readonly fresh: boolean
}

export interface Waiter {
  readonly target: FunctionTarget
  readonly order: number
  readonly grant: (lease: Lease) => void
  readonly refuse: (error: Error) => void
}

/** Everything of one function: its instances and the calls that wait for one. */
export interface Pool {
  readonly key: string
  readonly slots: Set<Slot>
  readonly queue: Waiter[]
  /** When, on the monotonic clock, a call of the queue got its turn last. */
  servedMs: number
}

export function createSlot(target: FunctionTarget): Slot {
  return {
    poolKey: target.poolKey,
    revision: target.revision,
    instance: null,
    state: 'starting',
    calls: 0,
    idleSinceMs: 0,
    cancelIdle: null,
    abort: null,
  }
}

/** Instances that count against the function's own limit: those of a revision on its way out do not. */
export function usableSlots(pool: Pool): number {
  return [...pool.slots].filter((slot) => slot.state !== 'draining' && slot.state !== 'ending')
    .length
}

export function findIdle(pool: Pool, revision: string): Slot | undefined {
  let best: Slot | undefined
  for (const slot of pool.slots) {
    // The one used last is the warmest, and the others get old enough to be ended.
    if (
      slot.state === 'idle' &&
      slot.revision === revision &&
      slot.idleSinceMs >= (best?.idleSinceMs ?? 0)
    )
      best = slot
  }
  return best
}

/** The instance that has been idle longest, to make room for another. */
export function findOldestIdle(slots: Iterable<Slot>): Slot | undefined {
  let oldest: Slot | undefined
  for (const slot of slots) {
    if (slot.state === 'idle' && slot.idleSinceMs < (oldest?.idleSinceMs ?? Infinity)) oldest = slot
  }
  return oldest
}
