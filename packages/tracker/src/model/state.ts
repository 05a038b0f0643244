import type { WorkspaceMetrics } from './metrics.ts'

/**
 * Status of a workspace. `archived` is the host's word alone: the tracker reports it and never changes it.
 *
 * @see seeds/tracker.md "상태 추적"
 */
export const WorkspaceStatus = {
  ACTIVE: 'active',
  INACTIVE: 'inactive',
  ARCHIVED: 'archived',
} as const
export type WorkspaceStatus = (typeof WorkspaceStatus)[keyof typeof WorkspaceStatus]

/** State of a container, in the engine's words. */
export const ContainerState = {
  CREATED: 'created',
  RUNNING: 'running',
  PAUSED: 'paused',
  RESTARTING: 'restarting',
  REMOVING: 'removing',
  EXITED: 'exited',
  DEAD: 'dead',
} as const
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState]

/** What the tracker knows about one workspace. Values are snapshots: a later change makes a new object. */
export interface WorkspaceState {
  readonly workspaceId: string
  readonly name: string
  readonly status: WorkspaceStatus
  /** Empty while the workspace has no container. */
  readonly containerId: string
  /** Empty while the workspace has no container. */
  readonly containerState: ContainerState | ''
  /** When anything here last changed, in ms since 1970. */
  readonly lastUpdated: number
  /** When a listing last tried to confirm this state, in ms since 1970. */
  readonly lastSyncAttempt: number
  /** Listings that failed in a row; 0 after one that worked. */
  readonly syncAttempts: number
  /** Empty while nothing is wrong. */
  readonly lastError: string
  /** Null until the first measurement, and again once no container is left. */
  readonly metrics: WorkspaceMetrics | null
}

/** One workspace as its owner, the host application, describes it. */
export interface WorkspaceRecord {
  readonly id: string
  readonly name: string
  readonly status: WorkspaceStatus
}

/** One container as a source lists it. */
export interface ContainerInfo {
  readonly id: string
  readonly name: string
  /** The workspace it belongs to; sources take it from a label, or fall back to the container's name. */
  readonly workspaceId: string
  readonly image: string
  readonly state: ContainerState
  /** In ms since 1970. */
  readonly createdAt: number
}
