import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { WatchedTracker } from '../monitor/watched.ts'
import { watch } from '../monitor/watched.ts'
import type { StateStore } from '../persistence/state-store.ts'
import { StateWriter, requireStarted } from '../persistence/state-writer.ts'
import type { MetricName } from '../rollup/rows.ts'
import type { AnomalyState } from './anomaly.ts'
import { AnomalyDetector } from './anomaly.ts'
import { Recent } from './recent.ts'
import { anomalyDocuments } from './stored-documents.ts'

/** A value far from what is usual at its time of day. */
export interface Anomaly {
  readonly workspaceId: string
  readonly containerId: string
  readonly metric: MetricName
  /** In the unit of the metric: percent of one core, bytes, bytes per second. */
  readonly value: number
  /** What is usual at this time of day, in the same unit; null in the first days. */
  readonly usual: number | null
  /** How far apart they are, in standard deviations, and from where on that is an alarm. */
  readonly score: number
  readonly threshold: number
  /** In ms since 1970. */
  readonly at: number
}

/** Options of `Anomalies`. */
export interface AnomaliesOptions {
  /** What is watched. Default CPU and memory. */
  readonly metrics?: readonly MetricName[]
  /** False alarms per day and series that are acceptable. Default 0.5. */
  readonly alarmsPerDay?: number
  /** Called with each anomaly. What it throws is logged. */
  readonly onAnomaly?: (anomaly: Anomaly) => void
  /** Workspaces watched, about 2 KB a metric; beyond it the one not measured for the longest time is forgotten. Default 10,000. */
  readonly maxWorkspaces?: number
  /** Anomalies that `recent` keeps. Default 200. */
  readonly maxRecent?: number
  /** Keeps what was learned, and the thresholds, over a restart; needs `start`. */
  readonly store?: StateStore
  readonly clock?: Clock
  readonly logger?: Logger
}

interface Series {
  readonly metric: MetricName
  readonly detector: AnomalyDetector
  /** When it was last given to the store, on the monotonic clock. */
  savedAt: number
}

const valueOf: Readonly<Record<MetricName, (stats: ContainerStats) => number>> = {
  cpu: (stats) => stats.cpuPercent,
  memory: (stats) => stats.memoryUsage,
  network_rx: (stats) => stats.networkRxRate,
  network_tx: (stats) => stats.networkTxRate,
}

const saveEveryMs = 15 * 60_000
const saveDelayMs = 1000
const forgetAfterMs = 30 * 86_400_000
const seriesPrefix = 'series/'
const defaultMaxWorkspaces = 10_000

/** Watches every workspace for unusual values. */
export class Anomalies {
  readonly #options: AnomaliesOptions
  readonly #metrics: readonly MetricName[]
  readonly #workspaces = new Map<string, readonly Series[]>()
  readonly #learned = new Map<string, AnomalyState>()
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #writer: StateWriter | undefined
  readonly #recent: Recent<Anomaly>
  #started = false

  constructor(options: AnomaliesOptions = {}) {
    this.#options = options
    this.#metrics = options.metrics ?? ['cpu', 'memory']
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    const { store } = options
    const common = { clock: this.#clock, logger: this.#logger }
    this.#writer =
      store && new StateWriter({ ...common, store, prefix: 'anomalies/', delayMs: saveDelayMs })
    this.#recent = new Recent(options.maxRecent ?? 200, this.#writer)
  }

  /** The newest anomalies, oldest first. */
  get recent(): readonly Anomaly[] {
    return this.#recent.items
  }

  /** Restores what was learned and is not older than 30 days. Needed once when there is a store. @throws TrackerError `STORE` when it cannot be read. */
  async start(): Promise<void> {
    const saved = (await this.#writer?.load(anomalyDocuments)) ?? new Map<string, unknown>()
    this.#started = true
    this.#recent.restore(saved)
    const oldest = this.#clock.now() - forgetAfterMs
    for (const [key, value] of saved) {
      if (!key.startsWith(seriesPrefix)) continue
      const state = value as AnomalyState
      // Of a workspace that went away while nobody looked, most likely.
      if (state.lastMs < oldest) this.#forgetSeries(key)
      else this.#learned.set(key, state)
    }
  }

  /** Takes every measurement of a monitor, or of a tracker, which also says when a workspace is gone; the returned function stops that. */
  attach(target: ResourceMonitor | WatchedTracker): () => void {
    return watch(target, {
      onSample: (stats) => void this.record(stats),
      onRemoved: (id) => this.forget(id),
    })
  }

  /** Judges one measurement. @throws TrackerError `STOPPED` when there is a store and `start` was not called. */
  record(stats: ContainerStats): readonly Anomaly[] {
    requireStarted('Anomalies.record', this.#started || this.#options.store === undefined)
    return this.#seriesOf(stats.workspaceId).flatMap((series) => this.#judge(series, stats) ?? [])
  }

  /** Forgets what was learned about a workspace. */
  forget(workspaceId: string): void {
    this.#workspaces.delete(workspaceId)
    for (const metric of this.#metrics) this.#forgetSeries(keyOf(workspaceId, metric))
  }

  /** Writes everything that was learned. */
  async stop(): Promise<void> {
    for (const [workspaceId, all] of this.#workspaces)
      for (const series of all) this.#save(workspaceId, series)
    await this.#writer?.stop()
  }

  #judge(series: Series, stats: ContainerStats): Anomaly | undefined {
    const value = valueOf[series.metric](stats)
    const { anomalous, score, threshold, usual } = series.detector.observe(stats.timestamp, value)
    if (anomalous || this.#clock.monotonic() - series.savedAt >= saveEveryMs)
      this.#save(stats.workspaceId, series)
    if (!anomalous) return undefined
    const { workspaceId, containerId, timestamp: at } = stats
    const { metric } = series
    const anomaly = { workspaceId, containerId, metric, value, usual, score, threshold, at }
    this.#recent.add(anomaly)
    try {
      this.#options.onAnomaly?.(anomaly)
    } catch (error) {
      this.#logger.error('onAnomaly failed', error)
    }
    return anomaly
  }

  /** The series of a workspace, which becomes the newest of all. */
  #seriesOf(workspaceId: string): readonly Series[] {
    const known = this.#workspaces.get(workspaceId)
    const series = known ?? this.#metrics.map((metric) => this.#begin(workspaceId, metric))
    if (known !== undefined) this.#workspaces.delete(workspaceId)
    else if (this.#workspaces.size >= (this.#options.maxWorkspaces ?? defaultMaxWorkspaces))
      this.forget(this.#workspaces.keys().next().value ?? workspaceId)
    this.#workspaces.set(workspaceId, series)
    return series
  }

  #begin(workspaceId: string, metric: MetricName): Series {
    const state = this.#learned.get(keyOf(workspaceId, metric))
    this.#learned.delete(keyOf(workspaceId, metric))
    const { alarmsPerDay } = this.#options
    const detector = new AnomalyDetector({
      ...(alarmsPerDay === undefined ? {} : { alarmsPerDay }),
      ...(state === undefined ? {} : { state }),
    })
    // Spread, so that not everything is written in the same second.
    const savedAt = this.#clock.monotonic() - Math.random() * saveEveryMs
    return { metric, detector, savedAt }
  }

  #save(workspaceId: string, series: Series): void {
    series.savedAt = this.#clock.monotonic()
    this.#writer?.put(keyOf(workspaceId, series.metric), series.detector.state)
  }

  #forgetSeries(key: string): void {
    this.#learned.delete(key)
    this.#writer?.put(key, undefined)
  }
}

const keyOf = (workspaceId: string, metric: MetricName): string =>
  `${seriesPrefix}${metric}/${workspaceId}`
