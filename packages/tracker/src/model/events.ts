import type { WorkspaceMetrics } from './metrics.ts'
import type { ContainerState, WorkspaceStatus } from './state.ts'

/**
 * The seven event types.
 *
 * @see seeds/tracker.md "이벤트 타입"
 */
export const EventType = {
  STATUS_CHANGED: 'status_changed',
  CONTAINER_UPDATE: 'container_update',
  ERROR: 'error',
  RECOVERY: 'recovery',
  METRICS_UPDATE: 'metrics_update',
  SYNC_START: 'sync_start',
  SYNC_COMPLETE: 'sync_complete',
} as const
export type EventType = (typeof EventType)[keyof typeof EventType]

/**
 * Why a workspace's state changed. `metrics_updated`: another container, in the same state, took over, so its measurements
 * begin anew.
 *
 * @see seeds/tracker.md (Go `createStateChangeEvent`)
 */
export type StatusChangeReason =
  | 'workspace_initialized'
  | 'workspace_removed'
  | `status_changed_${WorkspaceStatus}_to_${WorkspaceStatus}`
  | `container_state_changed_${ContainerState | 'none'}_to_${ContainerState | 'none'}`
  | 'metrics_updated'

/** A workspace appeared, changed its status, its container's state, or went away. */
export interface StatusChangeEvent {
  /** Empty when the workspace was not known before. */
  readonly oldStatus: WorkspaceStatus | ''
  readonly newStatus: WorkspaceStatus
  readonly reason: StatusChangeReason
  readonly containerId: string
  readonly changedAt: number
}

/** A container of a workspace changed its state; `''` stands for no container. */
export interface ContainerUpdateEvent {
  readonly containerId: string
  readonly oldState: ContainerState | ''
  readonly newState: ContainerState | ''
  readonly updatedAt: number
  readonly metrics: WorkspaceMetrics | null
}

/** Class of a failure that is reported as an event. */
export type ErrorEventCode =
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'NOT_FOUND'
  | 'PERMISSION'
  | 'CONTAINER'
  | 'NETWORK'
  | 'UNKNOWN_ERROR'

/** Something failed: the engine (no workspace), or a container that crashed or ran out of memory. */
export interface ErrorEvent {
  readonly error: string
  readonly code: ErrorEventCode
  readonly retryCount: number
  readonly occurredAt: number
  /** Facts for the reader, such as `exit_code` and `container_id`. */
  readonly context: Readonly<Record<string, string | number | boolean>>
}

/** Something that had failed works again. */
export interface RecoveryEvent {
  readonly resolvedError: string
  readonly recoveryMethod:
    | 'container_started'
    | 'sync_succeeded'
    | 'events_reconnected'
    | 'metrics_read'
  readonly recoveredAt: number
  readonly downtimeMs: number
}

/** New measurements of a workspace, and how much they changed. */
export interface MetricsUpdateEvent {
  readonly oldMetrics: WorkspaceMetrics | null
  readonly newMetrics: WorkspaceMetrics
  readonly updatedAt: number
  readonly delta: {
    readonly cpuPercentDelta: number
    readonly memoryUsageDelta: number
    readonly networkRxDelta: number
    readonly networkTxDelta: number
  }
}

/** A listing of everything began or ended. */
export interface SyncEvent {
  readonly workspaceCount: number
  readonly durationMs: number
  readonly successCount: number
  readonly errorCount: number
  readonly timestamp: number
}

/** Payload of each event type. */
export interface EventData {
  status_changed: StatusChangeEvent
  container_update: ContainerUpdateEvent
  error: ErrorEvent
  recovery: RecoveryEvent
  metrics_update: MetricsUpdateEvent
  sync_start: SyncEvent
  sync_complete: SyncEvent
}

/** An event before it is numbered. `workspaceId` is empty for what concerns the whole source. */
export type EventDraft = {
  [T in EventType]: {
    readonly type: T
    readonly workspaceId: string
    /** In ms since 1970. */
    readonly timestamp: number
    readonly message: string
    readonly data: EventData[T]
  }
}[EventType]

/** A published event. `seq` grows by one with each event of a tracker; `id` is `evt_<nanoseconds>`. */
export type TrackerEvent = EventDraft & { readonly seq: number; readonly id: string }

/** Something was missed; a reader should fetch the whole state again. */
export interface GapNotice {
  readonly type: 'gap'
  /** `reader_overflow` and `resume_too_old` concern this reader; the others the engine's events, already repaired by a listing. */
  readonly reason: SourceGapReason | 'reader_overflow' | 'resume_too_old'
  /** Events this reader did not get, where that is known. */
  readonly lost: number | null
  /** The `seq` after which events are missing. */
  readonly afterSeq: number
  readonly timestamp: number
}

/** Why a source cannot promise that it delivered every event. */
export type SourceGapReason =
  | 'reconnected'
  | 'replay_exhausted'
  | 'buffer_overflow'
  | 'malformed'
  | 'missed'

const nanoDigits = 6

/** Numbers a draft. */
export const toTrackerEvent = (draft: EventDraft, seq: number): TrackerEvent => ({
  ...draft,
  seq,
  id: `evt_${Math.trunc(draft.timestamp)}${String(seq % 10 ** nanoDigits).padStart(nanoDigits, '0')}`,
})
