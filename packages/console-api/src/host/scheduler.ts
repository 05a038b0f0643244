import type { Clock } from '../clock.ts'
import {
  createSlot,
  findIdle,
  findOldestIdle,
  usableSlots,
  type Lease,
  type Pool,
  type Slot,
  type Waiter,
} from './pool.ts'
import type { FunctionHostOptions, FunctionTarget, HostActivity, HostStats } from './types.ts'
import { busy, wait } from './wait.ts'

export type HostLimits = Required<FunctionHostOptions>

/** Waits this long for an instance to end before its place is given away. */
const END_WAIT_MS = 5000

/** Decides which waiting call gets which instance; knows nothing of what a call does. */
export class Scheduler {
  readonly pools: Map<string, Pool> = new Map<string, Pool>()
  readonly #clock: Clock
  readonly #limits: HostLimits
  #order = 0
  /** When an instance was last given a place to start in. */
  #startedMs = 0

  constructor(clock: Clock, limits: HostLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Resolves with an instance or a place to start one; rejects with BUSY, CANCELLED or what `refuse` was given. */
  acquire(target: FunctionTarget, signal: AbortSignal): Promise<Lease> {
    const pool = this.pools.get(target.poolKey) ?? {
      key: target.poolKey,
      slots: new Set(),
      queue: [],
      servedMs: 0,
    }
    this.pools.set(target.poolKey, pool)
    const pending = wait({
      pool,
      target,
      signal,
      order: this.#order++,
      clock: this.#clock,
      maxQueueMs: this.#limits.maxQueueMs,
      movedMs: () => this.#movedMs(pool),
    })
    this.#pump()
    // Only a call that could not be placed at once counts as waiting, and it is the last of its queue.
    const overflow =
      pool.queue.length > this.#limits.maxQueuedPerFunction ||
      this.#queued() > this.#limits.maxQueued
    if (overflow) pool.queue.pop()?.refuse(busy('too many calls are waiting'))
    return pending
  }

  /** The instance of the slot stands; the next one may start. */
  started(slot: Slot): void {
    if (slot.state === 'starting') slot.state = 'busy'
    this.#pump()
  }

  /** Gives an instance back; one that is not reusable is ended. */
  release(slot: Slot, reusable: boolean): void {
    const worn = slot.calls >= this.#limits.maxCallsPerInstance || slot.instance?.alive !== true
    slot.abort = null
    if (!reusable || worn || slot.state !== 'busy') {
      if (slot.state !== 'ending') void this.end(slot)
      return
    }
    slot.state = 'idle'
    slot.idleSinceMs = this.#clock.monotonicMs()
    slot.cancelIdle = this.#clock.after(this.#limits.idleMs, () => void this.end(slot))
    this.#pump()
  }

  /** Ends an instance and the call on it; resolves when it is gone. */
  async end(slot: Slot): Promise<void> {
    slot.state = 'ending'
    slot.cancelIdle?.()
    slot.abort?.abort()
    await endInstance(slot, this.#clock)
    this.pools.get(slot.poolKey)?.slots.delete(slot)
    this.#pump()
  }

  /** Ends idle instances and marks busy ones as on their last call, but for those of `keepRevision`. */
  drain(pool: Pool, keepRevision?: string): void {
    for (const slot of pool.slots) {
      if (slot.revision === keepRevision) continue
      if (slot.state === 'idle') void this.end(slot)
      else if (slot.state !== 'ending') slot.state = 'draining'
    }
  }

  /** Refuses every call that waits in the pool. */
  refuse(pool: Pool, error: Error): void {
    for (const waiter of pool.queue.splice(0)) waiter.refuse(error)
  }

  stats(): Omit<HostStats, 'coldStarts'> {
    const slots = [...this.pools.values()].flatMap((pool) => [...pool.slots])
    const idle = slots.filter((slot) => slot.state === 'idle').length
    return { instances: slots.length, idle, queued: this.#queued() }
  }

  activity(poolKeys: readonly string[]): HostActivity {
    const pools = poolKeys.flatMap((key) => this.pools.get(key) ?? [])
    const slots = pools.flatMap((pool) => [...pool.slots])
    const starting = slots.filter((slot) => slot.state === 'starting').length
    return {
      waiting: pools.reduce((total, pool) => total + pool.queue.length, 0),
      starting,
      running: slots.filter((slot) => slot.abort !== null).length - starting,
    }
  }

  #queued(): number {
    return [...this.pools.values()].reduce((total, pool) => total + pool.queue.length, 0)
  }

  /** A pool that may have more instances waits for a place, as others do; one that may not waits for its own. */
  #movedMs(pool: Pool): number {
    const isFull = usableSlots(pool) >= this.#limits.maxInstancesPerFunction
    return isFull ? pool.servedMs : Math.max(pool.servedMs, this.#startedMs)
  }

  #pump(): void {
    const pools = [...this.pools.values()]
    for (const pool of pools) {
      if (pool.slots.size === 0 && pool.queue.length === 0) this.pools.delete(pool.key)
    }
    const waiting = pools.filter((pool) => pool.queue.length > 0)
    waiting.sort((a, b) => (a.queue[0]?.order ?? 0) - (b.queue[0]?.order ?? 0))
    for (const pool of waiting) this.#serve(pool)
  }

  #serve(pool: Pool): void {
    for (let head = pool.queue[0]; head !== undefined; head = pool.queue[0]) {
      this.drain(pool, head.target.revision)
      const lease = this.#place(pool, head)
      if (lease === null) return
      pool.queue.shift()
      pool.servedMs = this.#clock.monotonicMs()
      if (lease.fresh) this.#startedMs = pool.servedMs
      lease.slot.cancelIdle?.()
      lease.slot.cancelIdle = null
      if (!lease.fresh) lease.slot.state = 'busy'
      head.grant(lease)
    }
  }

  #place(pool: Pool, waiter: Waiter): Lease | null {
    const idle = findIdle(pool, waiter.target.revision)
    if (idle !== undefined) return { slot: idle, fresh: false }
    if (usableSlots(pool) >= this.#limits.maxInstancesPerFunction) return null
    const slots = [...this.pools.values()].flatMap((each) => [...each.slots])
    if (slots.length >= this.#limits.maxInstances) {
      // One at a time: the place is free once the instance is gone, and then the queues are served again.
      const oldest = slots.some((slot) => slot.state === 'ending')
        ? undefined
        : findOldestIdle(slots)
      if (oldest !== undefined) void this.end(oldest)
      return null
    }
    // More at once would only make all of them later.
    if (slots.filter((slot) => slot.state === 'starting').length >= this.#limits.maxStarting)
      return null
    const slot = createSlot(waiter.target)
    pool.slots.add(slot)
    return { slot, fresh: true }
  }
}

async function endInstance(slot: Slot, clock: Clock): Promise<void> {
  const { instance } = slot
  if (instance === null) return
  const waited = Promise.withResolvers<void>()
  const cancel = clock.after(END_WAIT_MS, waited.resolve)
  // An instance that fails to close is gone for the pool all the same; its runner owns what is left.
  await Promise.race([instance.close().catch(() => undefined), waited.promise])
  cancel()
}
