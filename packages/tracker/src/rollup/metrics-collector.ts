import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { WatchedTracker } from '../monitor/watched.ts'
import { watch } from '../monitor/watched.ts'
import { mergeRows } from './merge-rows.ts'
import type { MetricName, MetricsStore, Resolution, RollupQuery, RollupRow } from './rows.ts'
import type { MemoryTiers } from './series-table.ts'
import { SeriesTable } from './series-table.ts'
import type { Trend } from './trend.ts'
import { trendOf } from './trend.ts'

/** Options of `MetricsCollector`. */
export interface MetricsCollectorOptions {
  /** Keeps closed periods of 1 min, 1 h and 1 day. Without it only what is in memory can be asked for. */
  store?: MetricsStore
  /** How much stays in memory. */
  tiers?: MemoryTiers
  /** Time between writes to the store. Default 60,000. */
  flushIntervalMs?: number
  /** Rows that may wait for a store that fails or is slow; the oldest are dropped and counted. Default 200,000. */
  maxPendingRows?: number
  /** Workspaces in memory; beyond it the one not measured for the longest time makes room. Default 20,000. */
  maxWorkspaces?: number
  clock?: Clock
  logger?: Logger
}

/** Numbers about the collector itself. */
export interface CollectorStats {
  workspaces: number
  /** Bytes of the arrays that hold the recent past. */
  memoryBytes: number
  pendingRows: number
  droppedRows: number
  failedWrites: number
}

const defaultFlushMs = 60_000
const defaultMaxPending = 200_000
const defaultMaxWorkspaces = 20_000

/**
 * Rolls measurements up into periods of 10 s, 1 min, 1 h and 1 day.
 *
 * @see seeds/tracker.md "메트릭 수집" (Go `MetricsCollector`)
 */
export class MetricsCollector {
  readonly #table: SeriesTable
  readonly #options: MetricsCollectorOptions
  readonly #clock: Clock
  readonly #logger: Logger
  #pending: RollupRow[] = []
  #dropped = 0
  #failed = 0
  #running = false
  #cancel: () => void = () => {}
  #writing: Promise<void> = Promise.resolve()

  constructor(options: MetricsCollectorOptions = {}) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#table = new SeriesTable(options.tiers)
  }

  /** Begins to write to the store at the interval. @throws TypeError when it already runs. */
  start(): void {
    if (this.#running) throw new TypeError('MetricsCollector.start: it is already running')
    this.#running = true
    this.#schedule()
  }

  /** Writes what waits, periods under way included, and stops. The store stays open: whoever opened it closes it. */
  async stop(): Promise<void> {
    this.#running = false
    this.#cancel()
    if (this.#options.store !== undefined)
      for (const id of this.#table.ids()) this.#keep(this.#table.takeOpen(id))
    await this.flush()
  }

  /** Takes every measurement of a monitor, or of a tracker, which also says when a workspace is gone; the returned function stops that. */
  attach(target: ResourceMonitor | WatchedTracker): () => void {
    return watch(target, {
      onSample: (stats) => this.record(stats),
      onRemoved: (id) => this.forget(id),
    })
  }

  /** Adds one measurement. */
  record(stats: ContainerStats): void {
    const { workspaceId } = stats
    const full = this.#table.size >= (this.#options.maxWorkspaces ?? defaultMaxWorkspaces)
    if (full && !this.#table.has(workspaceId)) this.forget(this.#table.stalest() ?? workspaceId)
    const values = [stats.cpuPercent, stats.memoryUsage, stats.networkRxRate, stats.networkTxRate]
    this.#keep(this.#table.add(workspaceId, stats.timestamp, values))
  }

  /** Forgets the recent past of a workspace; what is in the store stays, and the periods under way go there. */
  forget(workspaceId: string): void {
    this.#keep(this.#table.takeOpen(workspaceId))
    this.#table.forget(workspaceId)
  }

  /** Rows of a time, from the store and from memory, in order. The period under way comes last. */
  async getHistory(query: RollupQuery): Promise<readonly RollupRow[]> {
    const stored =
      query.resolution === '10s' ? [] : ((await this.#options.store?.query(query)) ?? [])
    const written = mergeRows([...stored, ...this.#pendingOf(query)])
    const byStart = new Map(written)
    for (const row of this.#table.rows(query.workspaceId, query.metric, query.resolution)) {
      const known = byStart.get(row.startMs)
      // Rows of the ring repeat what was written, without their counts; the period under way adds to it.
      if (known === undefined) byStart.set(row.startMs, row)
      else if (row.count > 0)
        byStart.set(row.startMs, mergeRows([known, row]).get(row.startMs) ?? row)
    }
    return [...byStart.values()]
      .filter(({ startMs }) => startMs >= query.fromMs && startMs < query.toMs)
      .toSorted((a, b) => a.startMs - b.startMs)
  }

  /** Where a metric is heading, from the ten-second values of the last minutes; undefined with fewer than three of them. */
  getTrend(workspaceId: string, metric: MetricName): Trend | undefined {
    const rows = this.#table.rows(workspaceId, metric, '10s')
    return trendOf(rows.map(({ startMs, mean }) => ({ atMs: startMs, value: mean })))
  }

  /** Recent rows from memory alone, without waiting. */
  getRecent(workspaceId: string, metric: MetricName, resolution: Resolution): readonly RollupRow[] {
    return this.#table.rows(workspaceId, metric, resolution)
  }

  getStats(): CollectorStats {
    return {
      workspaces: this.#table.size,
      memoryBytes: this.#table.bytes,
      pendingRows: this.#pending.length,
      droppedRows: this.#dropped,
      failedWrites: this.#failed,
    }
  }

  /** Writes closed periods to the store now. A failed write is logged and tried again with the next. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const { store } = this.#options
    const rows = [...this.#pending]
    if (store === undefined || rows.length === 0) return
    try {
      await store.append(rows)
      const written = new Set(rows)
      this.#pending = this.#pending.filter((row) => !written.has(row))
    } catch (error) {
      this.#failed += 1
      this.#logger.error(`could not store ${rows.length} rollup rows; they are tried again`, error)
    }
  }

  #keep(rows: readonly RollupRow[]): void {
    if (rows.length === 0 || this.#options.store === undefined) return
    this.#pending.push(...rows)
    this.#bound()
  }

  #schedule(): void {
    this.#cancel = this.#clock.schedule(this.#options.flushIntervalMs ?? defaultFlushMs, () => {
      void this.flush().then(() => {
        if (this.#running) this.#schedule()
      })
    })
  }

  #bound(): void {
    const excess = this.#pending.length - (this.#options.maxPendingRows ?? defaultMaxPending)
    if (excess <= 0) return
    this.#pending = this.#pending.slice(excess)
    this.#dropped += excess
  }

  #pendingOf(query: RollupQuery): readonly RollupRow[] {
    return this.#pending.filter(
      (row) =>
        row.workspaceId === query.workspaceId &&
        row.metric === query.metric &&
        row.resolution === query.resolution,
    )
  }
}
