import { TrackerError } from '../model/errors.ts'
import type { ContainerStats, ResourceSummary } from '../model/metrics.ts'
import type { Clock, ContainerSource, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import { ContainerCache } from './container-cache.ts'
import type { CacheStats } from './container-cache.ts'
import { latestOf } from './latest.ts'
import type { Pace } from './sampling.ts'
import { nextPace } from './sampling.ts'
import { summarize } from './summary.ts'
import { UsageReader } from './usage-reader.ts'

/** Options of `ResourceMonitor`. */
export interface ResourceMonitorOptions {
  /** Default 10,000. */
  collectIntervalMs?: number
  /** `adaptive` measures hot containers each second and idle ones up to six times less often. Default `fixed`. */
  sampling?: 'fixed' | 'adaptive'
  /** Measurements under way at a time. Default 64. */
  maxConcurrency?: number
  clock?: Clock
  logger?: Logger
}

/** @see seeds/tracker.md (Go `MonitorStats`) */
export interface MonitorStats {
  activeMonitors: number
  collectIntervalMs: number
  cacheStats: CacheStats
  totalCollections: number
  failedCollections: number
}

/** Called with each measurement, or with what made one fail. */
export interface SampleListener {
  onSample(stats: ContainerStats): void
  onFailure?(workspaceId: string, containerId: string, error: unknown): void
}

interface Watch {
  readonly workspaceId: string
  readonly containerId: string
  dueAt: number
  pace: Pace
  queued: boolean
  latest: ContainerStats | undefined
  readers: number
  followed: boolean
}

const defaultIntervalMs = 10_000
const defaultConcurrency = 64
/** Measurements due within this share of the interval are taken together. */
const slackShare = 0.02
const shortestTickShare = 0.01
const ticksPerInterval = 10

/**
 * Measures containers at an interval and hands the results out.
 *
 * @see seeds/tracker.md "리소스 모니터링" (Go `NewResourceMonitor`)
 */
export class ResourceMonitor {
  readonly #source: ContainerSource
  readonly #clock: Clock
  readonly #reader: UsageReader
  readonly #cache: ContainerCache
  readonly #adaptive: boolean
  readonly #maxConcurrency: number
  readonly #watches = new Map<string, Watch>()
  readonly #byWorkspace = new Map<string, Watch>()
  readonly #listeners = new Set<SampleListener>()
  #intervalMs: number
  #logger: Logger
  #running: AbortController | undefined
  #cancelTick: () => void = () => {}
  #nextAt = Number.POSITIVE_INFINITY
  #due: Watch[] = []
  #inFlight = 0
  #total = 0
  #failed = 0
  #peaks = { cpu: 0, memory: 0 }

  constructor(source: ContainerSource, options: ResourceMonitorOptions = {}) {
    this.#source = source
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#adaptive = options.sampling === 'adaptive'
    this.#maxConcurrency = options.maxConcurrency ?? defaultConcurrency
    this.#reader = new UsageReader(source, this.#clock)
    this.#cache = new ContainerCache(source, this.#clock)
    this.#intervalMs = defaultIntervalMs
    if (options.collectIntervalMs !== undefined) this.setCollectInterval(options.collectIntervalMs)
  }

  /** Begins to measure what is monitored. @throws TypeError when it already runs. */
  start(): void {
    if (this.#running !== undefined)
      throw new TypeError('ResourceMonitor.start: it is already running')
    this.#running = new AbortController()
    this.#tick(this.#running.signal)
  }

  /** Stops measuring; every `startMonitoring` iteration ends. */
  stop(): void {
    this.#running?.abort(new TrackerError('STOPPED', 'the resource monitor was stopped'))
    this.#running = undefined
    this.#cancelTick()
    this.#nextAt = Number.POSITIVE_INFINITY
    for (const containerId of this.#watches.keys()) this.#reader.forget(containerId)
    this.#watches.clear()
    this.#byWorkspace.clear()
    this.#due = []
  }

  /**
   * Measurements of one workspace, from now until the signal aborts, the loop is left or the monitor stops.
   * A slow reader gets the newest measurement, not a backlog.
   *
   * @throws TrackerError `NOT_FOUND` when no container of the workspace runs, `STOPPED` before `start`.
   */
  async startMonitoring(
    signal: AbortSignal,
    workspaceId: string,
  ): Promise<AsyncIterableIterator<ContainerStats>> {
    const running = this.#running
    if (running === undefined) throw new TrackerError('STOPPED', 'call ResourceMonitor.start first')
    const watch =
      this.#byWorkspace.get(workspaceId) ??
      this.#add(workspaceId, await this.#resolve(workspaceId, signal))
    watch.readers += 1
    const ended = AbortSignal.any([signal, running.signal])
    return latestOf<ContainerStats>({
      signal: ended,
      subscribe: (push) =>
        this.onSample({
          onSample: (stats) => void (stats.containerId === watch.containerId && push(stats)),
        }),
      onEnd: () => {
        watch.readers -= 1
        this.#dropUnused(watch)
      },
    })
  }

  /** Ends the monitoring of a workspace by whoever started it. @see seeds/tracker.md (Go `StopMonitoring`) */
  stopMonitoring(workspaceId: string): void {
    const watch = this.#byWorkspace.get(workspaceId)
    if (watch !== undefined) this.#remove(watch)
  }

  /** Measures a container until `unfollow`; the tracker calls this as containers come and go. */
  follow(workspaceId: string, containerId: string): void {
    const known = this.#byWorkspace.get(workspaceId)
    if (known !== undefined && known.containerId !== containerId) this.#remove(known)
    this.#add(workspaceId, containerId).followed = true
  }

  unfollow(workspaceId: string): void {
    const watch = this.#byWorkspace.get(workspaceId)
    if (watch === undefined) return
    watch.followed = false
    this.#remove(watch)
  }

  /** Adds a listener to every measurement; the returned function removes it. */
  onSample(listener: SampleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Measures one workspace now. @throws TrackerError `NOT_FOUND` when no container of it runs. */
  async collect(workspaceId: string, signal: AbortSignal): Promise<ContainerStats> {
    const watch = this.#byWorkspace.get(workspaceId)
    const containerId = watch?.containerId ?? (await this.#resolve(workspaceId, signal))
    const stats = await this.#reader.read(workspaceId, containerId, signal)
    if (watch === undefined) this.#reader.forget(containerId)
    else watch.latest = stats
    this.#publish(stats)
    return stats
  }

  /** The newest measurement of a workspace. @see seeds/tracker.md (Go `GetStats`) */
  getStats(workspaceId: string): ContainerStats | undefined {
    return this.#byWorkspace.get(workspaceId)?.latest
  }

  /** Workspaces that are measured. */
  getActiveMonitors(): readonly string[] {
    return [...this.#byWorkspace.keys()]
  }

  /** Sums of the newest measurements, with the host's own numbers where the source has them. */
  async getResourceSummary(signal: AbortSignal): Promise<ResourceSummary> {
    const system = (await this.#source.system?.(signal)) ?? null
    const latest = [...this.#watches.values()].flatMap((watch) => watch.latest ?? [])
    return summarize(latest, this.#peaks, system)
  }

  /** In ms, 10 or more. @throws RangeError for anything else. */
  setCollectInterval(intervalMs: number): void {
    if (!(intervalMs >= 10) || intervalMs > 2 ** 31 - 1) {
      throw new RangeError(`setCollectInterval: ${intervalMs} is not between 10 and 2147483647 ms`)
    }
    this.#intervalMs = intervalMs
    const now = this.#clock.monotonic()
    for (const watch of this.#watches.values()) {
      watch.pace = { intervalMs, idle: 0 }
      watch.dueAt = Math.min(watch.dueAt, now + intervalMs)
      this.#wakeAt(watch.dueAt)
    }
  }

  setLogger(logger: Logger): void {
    this.#logger = logger
  }

  getMonitorStats(): MonitorStats {
    return {
      activeMonitors: this.#byWorkspace.size,
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

  #add(workspaceId: string, containerId: string): Watch {
    const known = this.#watches.get(containerId)
    if (known !== undefined) return known
    const watch: Watch = {
      workspaceId,
      containerId,
      dueAt: this.#clock.monotonic() + this.#stagger(),
      pace: { intervalMs: this.#intervalMs, idle: 0 },
      queued: false,
      latest: undefined,
      readers: 0,
      followed: false,
    }
    this.#watches.set(containerId, watch)
    this.#byWorkspace.set(workspaceId, watch)
    this.#wakeAt(watch.dueAt)
    return watch
  }

  /** The first few are measured at once; many at a time are spread over the interval. */
  #stagger(): number {
    const size = this.#watches.size
    return size < this.#maxConcurrency
      ? 0
      : (size % ticksPerInterval) * (this.#intervalMs / ticksPerInterval)
  }

  #dropUnused(watch: Watch): void {
    if (watch.readers <= 0 && !watch.followed) this.#remove(watch)
  }

  #remove(watch: Watch): void {
    if (this.#watches.get(watch.containerId) !== watch) return
    this.#watches.delete(watch.containerId)
    if (this.#byWorkspace.get(watch.workspaceId) === watch)
      this.#byWorkspace.delete(watch.workspaceId)
    this.#reader.forget(watch.containerId)
  }

  /** Queues what is due, and what will be so soon that it is not worth waking up for again. */
  #tick(signal: AbortSignal): void {
    const now = this.#clock.monotonic()
    const soon = now + this.#intervalMs * slackShare
    let next = Number.POSITIVE_INFINITY
    for (const watch of this.#watches.values()) {
      if (watch.queued) continue
      if (watch.dueAt > soon) next = Math.min(next, watch.dueAt)
      else {
        watch.queued = true
        this.#due.push(watch)
      }
    }
    this.#wakeAt(Math.max(next, now + this.#intervalMs * shortestTickShare))
    this.#pump(signal)
  }

  /** Waking a sleeping process costs more than ten measurements, so there is one timer, set to the earliest one due. */
  #wakeAt(at: number): void {
    const running = this.#running
    if (running === undefined || at >= this.#nextAt) return
    this.#cancelTick()
    this.#nextAt = at
    this.#cancelTick = this.#clock.schedule(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#nextAt = Number.POSITIVE_INFINITY
      this.#tick(running.signal)
    })
  }

  #pump(signal: AbortSignal): void {
    while (this.#inFlight < this.#maxConcurrency) {
      const watch = this.#due.pop()
      if (watch === undefined) return
      if (this.#watches.get(watch.containerId) === watch) void this.#measure(watch, signal)
    }
  }

  async #measure(watch: Watch, signal: AbortSignal): Promise<void> {
    const late = this.#clock.monotonic() - watch.dueAt
    watch.dueAt += watch.pace.intervalMs + (late > watch.pace.intervalMs ? late : 0)
    this.#inFlight += 1
    try {
      const stats = await this.#reader.read(watch.workspaceId, watch.containerId, signal)
      if (this.#watches.get(watch.containerId) !== watch) this.#reader.forget(watch.containerId)
      else this.#accept(watch, stats)
    } catch (error) {
      if (!signal.aborted && this.#watches.get(watch.containerId) === watch)
        this.#reject(watch, error)
    } finally {
      this.#inFlight -= 1
      watch.queued = false
      if (!signal.aborted) this.#wakeAt(watch.dueAt)
      this.#pump(signal)
    }
  }

  #accept(watch: Watch, stats: ContainerStats): void {
    watch.latest = stats
    this.#total += 1
    if (this.#adaptive) {
      watch.pace = nextPace(watch.pace, stats, this.#intervalMs)
      watch.dueAt = Math.min(watch.dueAt, this.#clock.monotonic() + watch.pace.intervalMs)
    }
    this.#publish(stats)
  }

  #reject(watch: Watch, error: unknown): void {
    this.#total += 1
    this.#failed += 1
    for (const listener of this.#listeners)
      listener.onFailure?.(watch.workspaceId, watch.containerId, error)
    this.#logger.error(
      `could not measure container ${watch.containerId} of ${watch.workspaceId}`,
      error,
    )
  }

  #publish(stats: ContainerStats): void {
    this.#peaks.cpu = Math.max(this.#peaks.cpu, stats.cpuPercent)
    this.#peaks.memory = Math.max(this.#peaks.memory, stats.memoryUsage)
    for (const listener of this.#listeners) {
      try {
        listener.onSample(stats)
      } catch (error) {
        this.#logger.error('a sample listener failed', error)
      }
    }
  }
}
