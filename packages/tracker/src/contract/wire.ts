/**
 * JSON of states and events: the Go names of the seed's implementation in snake case, times as RFC 3339, durations in ms.
 * Nothing here imports anything outside this folder, so a browser can use it as it is.
 */

/** A workspace's metrics on the wire. */
export interface WireMetrics {
  /** Percent of one CPU. */
  cpu_percent: number
  /** Bytes. */
  memory_usage: number
  memory_limit: number
  /** MB (10^6 bytes) since the container started. */
  network_rx_mb: number
  network_tx_mb: number
  /** A duration as Go writes it: `1h2m3s`. */
  uptime: string
  /** Null when never. */
  last_activity: string | null
  error_count: number
  last_error_time: string | null
}

/** A workspace's state on the wire. */
export interface WireState {
  workspace_id: string
  name: string
  status: 'active' | 'inactive' | 'archived'
  container_id: string
  container_state:
    | ''
    | 'created'
    | 'running'
    | 'paused'
    | 'restarting'
    | 'removing'
    | 'exited'
    | 'dead'
  last_updated: string | null
  last_sync_attempt: string | null
  sync_attempts: number
  last_error: string
  metrics: WireMetrics | null
}

/** An event on the wire; `seq` is what a client resumes after. */
export interface WireEvent {
  type:
    | 'status_changed'
    | 'container_update'
    | 'error'
    | 'recovery'
    | 'metrics_update'
    | 'sync_start'
    | 'sync_complete'
  seq: number
  id: string
  workspace_id: string
  timestamp: string
  message: string
  /** The payload of the type, in snake case. */
  data: Readonly<Record<string, unknown>>
  /** The state of the workspace after the event, so that a page needs no second request; absent for events without one. */
  state?: WireState | null
}

/** Something was missed: by this reader alone (`reader_overflow`, `resume_too_old`), or by the tracker. A snapshot follows. */
export interface WireGap {
  type: 'gap'
  reason: string
  lost: number | null
  after_seq: number
  timestamp: string | null
}

/** First message of a live connection that does not resume: everything as it is, and the event number it stands for. */
export interface WireSnapshot {
  type: 'snapshot'
  /** Names the numbering of events: another one after the tracker's process was started anew. */
  stream: string
  seq: number
  states: WireState[]
}

/** Sent while nothing happens, so that a client notices a dead connection. */
export interface WireHeartbeat {
  type: 'heartbeat'
  seq: number
}

/** One message of a live connection. */
export type WireMessage = WireEvent | WireGap | WireSnapshot | WireHeartbeat

/** A period of a metric on the wire. */
export interface WireRollup {
  start: string
  count: number
  min: number
  mean: number
  max: number
  p95: number
  p99: number
}
