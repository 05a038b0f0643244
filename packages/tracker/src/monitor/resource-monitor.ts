import { TrackerError } from '../model/errors.ts'
import type { ContainerStats, ResourceSummary } from '../model/metrics.ts'
import type { Clock, ContainerSource, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import { CollectLoop } from './collect-loop.ts'
import { ContainerCache } from './container-cache.ts'
import type { CacheStats } from './container-cache.ts'
import { latestOf } from './latest.ts'
import type { MonitorStats, ResourceMonitorOptions, SampleListener } from './options.ts'
import { SampleListeners } from './sample-listeners.ts'
import { nextPace } from './sampling.ts'
import { summarize } from './summary.ts'
import { UsageReader, noSlot } from './usage-reader.ts'
import { UsageTable } from './usage-table.ts'
import type { RowOwner } from './usage-table.ts'
import { WatchList } from './watch-list.ts'

const defaultIntervalMs = 10_000
const defaultConcurrency = 64
const ticksPerInterval = 10

/**
 * Measures containers at an interval and hands the results out.
 *
 * @see seeds/tracker.md "리소스 모니터링" (Go `NewResourceMonitor`)
 */
export class ResourceMonitor {
  readonly #source: ContainerSource
  readonly #clock: Clock
  readonly #watches = new WatchList()
  readonly #table = new UsageTable()
  readonly #reader: UsageReader
  readonly #loop: CollectLoop
  readonly #cache: ContainerCache
  readonly #adaptive: boolean
  readonly #maxConcurrency: number
  readonly #listeners = new SampleListeners()
  /** What ends the iterations over a workspace. */
  readonly #ends = new Map<string, Set<AbortController>>()
  #intervalMs: number = defaultIntervalMs
  #logger: Logger
  #running: AbortController | undefined
  #total = 0
  #failed = 0
  #peaks = { cpu: 0, memory: 0 }

  constructor(source: ContainerSource, options: ResourceMonitorOptions = {}) {
    const clock = options.clock ?? systemClock
    this.#source = source
    this.#clock = clock
    this.#logger = options.logger ?? silentLogger
    this.#adaptive = options.sampling === 'adaptive'
    this.#maxConcurrency = options.maxConcurrency ?? defaultConcurrency
    const [watches, table] = [this.#watches, this.#table]
    this.#reader = new UsageReader({ source, clock, table, watches })
    this.#cache = new ContainerCache(source, clock)
    this.#loop = new CollectLoop({
      clock,
      watches,
      reader: this.#reader,
      maxConcurrency: this.#maxConcurrency,
      intervalMs: () => this.#intervalMs,
      accept: (slot, stats) => this.#accept(slot, stats),
      reject: (owner, error) => this.#reject(owner, error),
    })
    if (options.collectIntervalMs !== undefined) this.setCollectInterval(options.collectIntervalMs)
  }

  /** Begins to measure what is monitored. @throws TypeError when it already runs. */
  start(): void {
    if (this.#running !== undefined)
      throw new TypeError('ResourceMonitor.start: it is already running')
    this.#running = new AbortController()
    this.#loop.start(this.#running.signal)
  }

  /** Stops measuring; every `startMonitoring` iteration ends. */
  stop(): void {
    this.#running?.abort(new TrackerError('STOPPED', 'the resource monitor was stopped'))
    this.#running = undefined
    this.#loop.stop()
    for (const slot of this.#watches.slots()) this.#remove(slot)
  }

  /**
   * Measurements of one workspace, from now until the signal aborts, the loop is left or the monitor stops.
   * A slow reader gets the newest measurement, not a backlog. When another container takes the workspace over, its
   * measurements follow.
   *
   * @throws TrackerError `NOT_FOUND` when no container of the workspace runs, `STOPPED` before `start`.
   */
  async startMonitoring(
    signal: AbortSignal,
    workspaceId: string,
  ): Promise<AsyncIterableIterator<ContainerStats>> {
    const running = this.#running
    if (running === undefined) throw new TrackerError('STOPPED', 'call ResourceMonitor.start first')
    const containerId = this.#containerOf(workspaceId) ?? (await this.#resolve(workspaceId, signal))
    this.#watches.addReaders(this.#aim(workspaceId, containerId), 1)
    const end = new AbortController()
    const ends = this.#ends.get(workspaceId) ?? new Set()
    this.#ends.set(workspaceId, ends.add(end))
    return latestOf<ContainerStats>({
      signal: AbortSignal.any([signal, running.signal, end.signal]),
      subscribe: (push) =>
        this.onSample({
          onSample: (stats) => void (stats.workspaceId === workspaceId && push(stats)),
        }),
      onEnd: () => {
        ends.delete(end)
        if (ends.size === 0) this.#ends.delete(workspaceId)
        this.#dropReader(workspaceId)
      },
    })
  }

  /** Ends the monitoring of a workspace by whoever started it, every iteration included. @see seeds/tracker.md (Go `StopMonitoring`) */
  stopMonitoring(workspaceId: string): void {
    for (const end of this.#ends.get(workspaceId) ?? []) end.abort()
    this.unfollow(workspaceId)
  }

  /** Measures a container until `unfollow`; the tracker calls this as containers come and go. */
  follow(workspaceId: string, containerId: string): void {
    this.#watches.setFollowed(this.#aim(workspaceId, containerId), true)
  }

  /** Ends the measuring; iterations wait for the workspace's next container. */
  unfollow(workspaceId: string): void {
    const slot = this.#watches.find(workspaceId)
    if (slot !== undefined) this.#remove(slot)
  }

  /** Adds a listener to every measurement; the returned function removes it. */
  onSample(listener: SampleListener): () => void {
    return this.#listeners.add(listener)
  }

  /** Measures one workspace now. @throws TrackerError `NOT_FOUND` when no container of it runs. */
  async collect(workspaceId: string, signal: AbortSignal): Promise<ContainerStats> {
    const slot = this.#watches.find(workspaceId)
    const containerId = this.#containerOf(workspaceId) ?? (await this.#resolve(workspaceId, signal))
    const stats = await this.#reader.read(slot ?? noSlot, { workspaceId, containerId }, signal)
    if (slot === undefined) this.#reader.forget(noSlot, containerId)
    this.#publish(stats)
    return stats
  }

  /** The newest measurement of a workspace. @see seeds/tracker.md (Go `GetStats`) */
  getStats(workspaceId: string): ContainerStats | undefined {
    const slot = this.#watches.find(workspaceId)
    return slot === undefined ? undefined : this.#table.latest(slot, this.#ownerOf(slot))
  }

  /** Workspaces that are measured. */
  getActiveMonitors(): readonly string[] {
    return [...this.#watches.workspaceIds()]
  }

  /** Sums of the newest measurements, with the host's own numbers where the source has them. */
  async getResourceSummary(signal: AbortSignal): Promise<ResourceSummary> {
    const system = (await this.#source.system?.(signal)) ?? null
    const latest = Array.from(this.#watches.slots(), (slot) =>
      this.#table.latest(slot, this.#ownerOf(slot)),
    ).filter((stats) => stats !== undefined)
    return summarize(latest, this.#peaks, system)
  }

  /** In ms, 10 or more. @throws RangeError for anything else. */
  setCollectInterval(intervalMs: number): void {
    if (!(intervalMs >= 10) || intervalMs > 2 ** 31 - 1) {
      throw new RangeError(`setCollectInterval: ${intervalMs} is not between 10 and 2147483647 ms`)
    }
    this.#intervalMs = intervalMs
    const now = this.#clock.monotonic()
    for (const slot of this.#watches.slots()) {
      this.#watches.setPace(slot, { intervalMs, idle: 0 })
      this.#advance(slot, now + intervalMs)
    }
  }

  setLogger(logger: Logger): void {
    this.#logger = logger
  }

  getMonitorStats(): MonitorStats {
    return {
      activeMonitors: this.#watches.size,
      collectIntervalMs: this.#intervalMs,
      cacheStats: this.getCacheStats(),
      totalCollections: this.#total,
      failedCollections: this.#failed,
    }
  }

  getCacheStats(): CacheStats {
    return this.#cache.stats()
  }

  async #resolve(workspaceId: string, signal: AbortSignal): Promise<string> {
    const found = await this.#cache.runningContainerOf(workspaceId, signal)
    if (found !== undefined) return found.id
    throw new TrackerError('NOT_FOUND', `no container of workspace ${workspaceId} runs`)
  }

  #containerOf(workspaceId: string): string | undefined {
    const slot = this.#watches.find(workspaceId)
    return slot === undefined ? undefined : this.#watches.containerOf(slot)
  }

  #ownerOf(slot: number): RowOwner {
    return {
      workspaceId: this.#watches.workspaceOf(slot),
      containerId: this.#watches.containerOf(slot),
    }
  }

  /** The watch of a workspace, on this container. */
  #aim(workspaceId: string, containerId: string): number {
    const known = this.#watches.find(workspaceId)
    if (known !== undefined && this.#watches.holds(known, containerId)) return known
    const readers = known === undefined ? 0 : this.#watches.readers(known)
    if (known !== undefined) this.#remove(known)
    const dueAt = this.#clock.monotonic() + this.#stagger()
    const when = { dueAt, intervalMs: this.#intervalMs }
    const slot = this.#watches.add(workspaceId, containerId, when)
    this.#watches.addReaders(slot, readers)
    this.#loop.wakeAt(dueAt)
    return slot
  }

  /** The first few are measured at once; many at a time are spread over the interval. */
  #stagger(): number {
    const { size } = this.#watches
    if (size < this.#maxConcurrency) return 0
    return (size % ticksPerInterval) * (this.#intervalMs / ticksPerInterval)
  }

  #dropReader(workspaceId: string): void {
    const slot = this.#watches.find(workspaceId)
    if (slot === undefined) return
    if (this.#watches.addReaders(slot, -1) === 0 && !this.#watches.isFollowed(slot))
      this.#remove(slot)
  }

  #remove(slot: number): void {
    const containerId = this.#watches.containerOf(slot)
    this.#watches.remove(slot)
    this.#reader.forget(slot, containerId)
  }

  #advance(slot: number, latest: number): void {
    const dueAt = Math.min(this.#watches.dueAt(slot), latest)
    this.#watches.setDueAt(slot, dueAt)
    this.#loop.wakeAt(dueAt)
  }

  #accept(slot: number, stats: ContainerStats): void {
    this.#total += 1
    if (this.#adaptive) {
      const pace = nextPace(this.#watches.pace(slot), stats, this.#intervalMs)
      this.#watches.setPace(slot, pace)
      this.#advance(slot, this.#clock.monotonic() + pace.intervalMs)
    }
    this.#publish(stats)
  }

  #reject(owner: RowOwner, error: unknown): void {
    const { workspaceId, containerId } = owner
    this.#total += 1
    this.#failed += 1
    this.#listeners.fail(owner, error)
    this.#logger.error(`could not measure container ${containerId} of ${workspaceId}`, error)
    const slot = this.#watches.find(workspaceId)
    const gone = error instanceof TrackerError && error.code === 'NOT_FOUND'
    if (gone && slot !== undefined && !this.#watches.isFollowed(slot))
      void this.#seekSuccessor(workspaceId, containerId)
  }

  /** Nobody tells a monitor without a tracker that a container was recreated, so it looks for itself. */
  async #seekSuccessor(workspaceId: string, containerId: string): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#cache.drop(containerId)
    try {
      const found = await this.#cache.runningContainerOf(workspaceId, running.signal)
      if (found !== undefined && this.#containerOf(workspaceId) === containerId)
        this.#aim(workspaceId, found.id)
    } catch (error) {
      if (!running.signal.aborted)
        this.#logger.error(`could not look for another container of ${workspaceId}`, error)
    }
  }

  #publish(stats: ContainerStats): void {
    this.#peaks.cpu = Math.max(this.#peaks.cpu, stats.cpuPercent)
    this.#peaks.memory = Math.max(this.#peaks.memory, stats.memoryUsage)
    this.#listeners.publish(stats, this.#logger)
  }
}
