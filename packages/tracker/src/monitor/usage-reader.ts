import type { ContainerStats, ResourceCounters } from '../model/metrics.ts'
import type { Clock, ContainerSource } from '../model/ports.ts'
import { hasBaseline, toContainerStats } from './usage.ts'

/** Time between the two readings that make the first rate of a container, in ms. */
const baselineMs = 250

interface Remembered {
  counters: ResourceCounters
  lastActivity: number
}

/** Reads a source and remembers the last counters of each container, so that every measurement has a rate. */
export class UsageReader {
  readonly #source: ContainerSource
  readonly #clock: Clock
  readonly #last = new Map<string, Remembered>()

  constructor(source: ContainerSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /** Containers whose counters are remembered. */
  get size(): number {
    return this.#last.size
  }

  /** Measures one container. The first time it reads twice, a quarter of a second apart, unless the source brings a baseline. */
  async read(
    workspaceId: string,
    containerId: string,
    signal: AbortSignal,
  ): Promise<ContainerStats> {
    const remembered = this.#last.get(containerId)
    const first = await this.#source.sample(containerId, signal)
    const ready = hasBaseline(first, remembered?.counters)
    const [earlier, current] = ready
      ? [remembered?.counters, first]
      : [first, await this.#again(containerId, signal)]
    const now = this.#clock.now()
    const context = { workspaceId, containerId, now, lastActivity: remembered?.lastActivity ?? 0 }
    const stats = toContainerStats(context, current, earlier)
    if (remembered === undefined)
      this.#last.set(containerId, { counters: current, lastActivity: stats.lastActivity })
    else {
      remembered.counters = current
      remembered.lastActivity = stats.lastActivity
    }
    return stats
  }

  /** Forgets a container, here and in the source. */
  forget(containerId: string): void {
    this.#last.delete(containerId)
    this.#source.forget?.(containerId)
  }

  async #again(containerId: string, signal: AbortSignal): Promise<ResourceCounters> {
    await new Promise<void>((resolve) => this.#clock.schedule(baselineMs, resolve))
    return this.#source.sample(containerId, signal)
  }
}
