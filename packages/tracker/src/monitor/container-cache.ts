import type { Clock, ContainerSource } from '../model/ports.ts'
import type { ContainerInfo } from '../model/state.ts'

/**
 * Numbers about the cache of containers.
 *
 * @see seeds/tracker.md (Go `CacheStats`)
 */
export interface CacheStats {
  cachedContainers: number
  cacheExpiryMs: number
  /** When the last listing replaced the cache, in ms since 1970; 0 when never. */
  lastCleanup: number
}

const expiryMs = 30_000

/** The containers of a source by workspace, listed again at most every 30 seconds or when one is missing. */
export class ContainerCache {
  readonly #source: ContainerSource
  readonly #clock: Clock
  #containers: readonly ContainerInfo[] = []
  #listedAt = Number.NEGATIVE_INFINITY
  #lastCleanup = 0

  constructor(source: ContainerSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  async runningContainerOf(
    workspaceId: string,
    signal: AbortSignal,
  ): Promise<ContainerInfo | undefined> {
    const fresh = this.#clock.monotonic() - this.#listedAt < expiryMs
    const found = fresh ? this.#find(workspaceId) : undefined
    if (found !== undefined) return found
    this.#containers = await this.#source.list(signal)
    this.#listedAt = this.#clock.monotonic()
    this.#lastCleanup = this.#clock.now()
    return this.#find(workspaceId)
  }

  /** Forgets a container that turned out not to run. */
  drop(containerId: string): void {
    this.#containers = this.#containers.filter(({ id }) => id !== containerId)
  }

  stats(): CacheStats {
    return {
      cachedContainers: this.#containers.length,
      cacheExpiryMs: expiryMs,
      lastCleanup: this.#lastCleanup,
    }
  }

  #find(workspaceId: string): ContainerInfo | undefined {
    return this.#containers.findLast(
      (info) => info.workspaceId === workspaceId && info.state === 'running',
    )
  }
}
