import type { WireRollup } from './wire.ts'

/** What is kept over time; CPU in percent of one core, memory in bytes, network in bytes per second. */
export type WireMetricName = 'cpu' | 'memory' | 'network_rx' | 'network_tx'

/** `GET /workspaces/:id/history`: periods of one metric. */
export interface WireHistory {
  workspace_id: string
  metric: WireMetricName
  resolution: '10s' | '1m' | '1h' | '1d'
  /** Oldest first; the newest `limit` of those that were asked for. */
  rows: WireRollup[]
  /** More were asked for than `limit`. */
  truncated: boolean
  trend: WireTrend | null
}

/** Where a metric is heading. */
export interface WireTrend {
  slope_per_second: number
  /** Share of the pairs of points that agree on the direction, 0.5 … 1. */
  agreement: number
  points: number
}

/** The next hours of a metric. */
export interface WireForecast {
  /** Begin of the first value. */
  start: string
  /** From one value to the next. */
  step_ms: number
  values: number[]
  /** Mean absolute percentage error on the last day; null where it cannot be said. */
  mape: number | null
}

/** `GET /workspaces/:id/insights`: advice and forecasts from past measurements. */
export interface WireInsights {
  workspace_id: string
  /** Limits that would fit, with evidence; null before the first full period. */
  advice: {
    cpu_cores: number
    memory_bytes: number
    action: 'grow' | 'shrink' | 'keep'
    evidence: Readonly<Record<string, number | null>>
  } | null
  /** Null until two days without a hole are known. */
  forecasts: Record<'cpu' | 'memory', WireForecast | null>
  time_to_oom: { seconds: number; bytes_per_second: number; confidence: number } | null
  trends: Record<WireMetricName, WireTrend | null>
  anomalies: WireAnomaly[]
}

/** An alert that fires, fired or ended. */
export interface WireAlert {
  id: string
  rule_id: string
  workspace_id: string
  container_id: string
  status: 'firing' | 'resolved'
  severity: 'warning' | 'critical'
  value: number
  threshold: number
  started_at: string
  at: string
  message: string
  end: 'value' | 'workspace_removed' | 'no_data' | 'rule_removed' | null
}

/** `GET /alerts`. */
export interface WireAlerts {
  firing: WireAlert[]
  /** What began or ended lately, oldest first. */
  recent: WireAlert[]
  rules: Readonly<Record<string, unknown>>[]
  /** Notifications that were given up. */
  dropped: number
}

/** A value far from what is usual at its time of day. */
export interface WireAnomaly {
  workspace_id: string
  container_id: string
  metric: WireMetricName
  value: number
  usual: number | null
  score: number
  threshold: number
  at: string
}

/** A record of what died; `samples` and `events` are its last ten minutes, oldest first. */
export interface WireFlight {
  workspace_id: string
  container_id: string
  died_at: string
  cause:
    | 'out_of_memory'
    | 'out_of_memory_likely'
    | 'killed'
    | 'crashed'
    | 'engine_lost'
    | 'unobserved'
  why: string
  exit_code: number | null
  samples: Readonly<Record<string, unknown>>[]
  events: Readonly<Record<string, unknown>>[]
}

/**
 * Code of an HTTP error.
 * - `BAD_REQUEST` (400, 414): the path or the query cannot be read; `METHOD` (405): see the `allow` header
 * - `NOT_FOUND` (404): no such path or workspace, or a part that is not switched on
 * - `LIMIT` (503): too many live connections; `STOPPED` (503): the tracker does not run
 * - the others (500, 502, 504): the codes of `TrackerError`
 */
export type WireErrorCode =
  | 'BAD_REQUEST'
  | 'METHOD'
  | 'NOT_FOUND'
  | 'LIMIT'
  | 'STOPPED'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'PERMISSION'
  | 'CONTAINER'
  | 'NETWORK'
  | 'PROTOCOL'
  | 'STORE'
  | 'LOCKED'
  | 'UNKNOWN_ERROR'

/** Body of an HTTP error. */
export interface WireError {
  error: { code: WireErrorCode; message: string }
}
