/** What is kept over time. CPU in percent of one core, memory in bytes, network in bytes per second. */
export const metricNames = ['cpu', 'memory', 'network_rx', 'network_tx'] as const

/** Name of a metric that is kept over time. */
export type MetricName = (typeof metricNames)[number]

/** Lengths of the rollup periods. */
export const resolutions = ['10s', '1m', '1h', '1d'] as const

/** Length of a rollup period: 10 seconds, a minute, an hour or a day. */
export type Resolution = (typeof resolutions)[number]

/** Each resolution in ms. */
export const resolutionMs: Readonly<Record<Resolution, number>> = {
  '10s': 10_000,
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
}

/** One period of one metric of one workspace. */
export interface RollupRow {
  readonly workspaceId: string
  readonly metric: MetricName
  readonly resolution: Resolution
  /** Begin of the period, in ms since 1970, a multiple of its length. */
  readonly startMs: number
  /** Measurements in the period. */
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly p95: number
  readonly p99: number
}

/** Which rows are wanted. */
export interface RollupQuery {
  readonly workspaceId: string
  readonly metric: MetricName
  readonly resolution: Resolution
  /** Inclusive, in ms since 1970. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** Where rollups are kept. @see docs/decisions/0008-tracker-storage.md */
export interface MetricsStore {
  /** Resolves when the rows would survive a crash. @throws TrackerError `STORE` */
  append(rows: readonly RollupRow[]): Promise<void>
  /** Rows in order of time. @throws TrackerError `STORE` */
  query(query: RollupQuery): Promise<readonly RollupRow[]>
  close(): Promise<void>
}
