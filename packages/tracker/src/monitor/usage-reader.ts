import type { ContainerStats, ResourceCounters } from '../model/metrics.ts'
import type { Clock, ContainerSource } from '../model/ports.ts'
import type { RowOwner, UsageTable } from './usage-table.ts'
import { hasBaseline, toContainerStats } from './usage.ts'
import type { WatchList } from './watch-list.ts'

/** Time between the two readings that make the first rate of a container, in ms. */
const baselineMs = 250

/** Stands for a container without a row: nothing is remembered of it. */
export const noSlot = -1

/** What the reader works with. */
export interface UsageReaderPorts {
  readonly source: ContainerSource
  readonly clock: Clock
  readonly table: UsageTable
  readonly watches: WatchList
}

/** Reads a source and remembers the last counters of each container, so that every measurement has a rate. */
export class UsageReader {
  readonly #source: ContainerSource
  readonly #clock: Clock
  readonly #table: UsageTable
  readonly #watches: WatchList

  constructor(ports: UsageReaderPorts) {
    this.#source = ports.source
    this.#clock = ports.clock
    this.#table = ports.table
    this.#watches = ports.watches
  }

  /** Measures one container without waiting; undefined when the source or a first rate needs time. */
  readNow(slot: number, owner: RowOwner): ContainerStats | undefined {
    const current = this.#source.sampleNow?.(owner.containerId)
    return current === undefined ? undefined : this.finish(slot, owner, current)
  }

  /** Measures one container. The first time it reads twice, a quarter of a second apart, unless the source brings a baseline. */
  async read(slot: number, owner: RowOwner, signal: AbortSignal): Promise<ContainerStats> {
    const first = await this.#source.sample(owner.containerId, signal)
    return this.finish(slot, owner, first) ?? this.readAgain(slot, owner, { first, signal })
  }

  /** Asks the source alone; `finish` makes a measurement of what it answers. */
  sample(containerId: string, signal: AbortSignal): Promise<ResourceCounters> {
    return this.#source.sample(containerId, signal)
  }

  /** The measurement that new counters make; undefined when there is nothing yet that a rate could be made from. */
  finish(slot: number, owner: RowOwner, current: ResourceCounters): ContainerStats | undefined {
    const earlier = this.#table.earlier(slot)
    return hasBaseline(current, earlier) ? this.#take(slot, owner, { current, earlier }) : undefined
  }

  /** The second half of a first measurement. */
  async readAgain(
    slot: number,
    owner: RowOwner,
    { first, signal }: { readonly first: ResourceCounters; readonly signal: AbortSignal },
  ): Promise<ContainerStats> {
    await new Promise<void>((resolve) => this.#clock.schedule(baselineMs, resolve))
    const current = await this.#source.sample(owner.containerId, signal)
    return this.#take(slot, owner, { current, earlier: first })
  }

  /** Forgets a container, here and in the source. Call it while the slot is still the container's, or with `noSlot`. */
  forget(slot: number, containerId: string): void {
    if (slot !== noSlot) this.#table.clear(slot)
    this.#source.forget?.(containerId)
  }

  #take(
    slot: number,
    { workspaceId, containerId }: RowOwner,
    counters: { current: ResourceCounters; earlier: ResourceCounters | undefined },
  ): ContainerStats {
    const { current, earlier } = counters
    const lastActivity = this.#table.lastActivity(slot)
    const context = { workspaceId, containerId, now: this.#clock.now(), lastActivity }
    const stats = toContainerStats(context, current, earlier)
    // While the answer was awaited the slot may have gone to another container.
    if (this.#watches.holds(slot, containerId)) this.#table.put(slot, current, stats)
    return stats
  }
}
