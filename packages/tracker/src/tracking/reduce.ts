import type { EventDraft, StatusChangeReason } from '../model/events.ts'
import type { WorkspaceMetrics } from '../model/metrics.ts'
import type { ContainerEvent } from '../model/ports.ts'
import type {
  ContainerInfo,
  ContainerState,
  WorkspaceRecord,
  WorkspaceState,
} from '../model/state.ts'
import { toStatusDraft, toUpdateDraft } from './change-drafts.ts'
import { toMetricsUpdate } from './metrics-change.ts'
import { runs, selectPrimary, selectStatus } from './select.ts'
import { observeTrouble } from './trouble.ts'

/** A container as the tracker follows it. */
export interface ContainerView {
  readonly info: ContainerInfo
  /** A kill or stop was asked for, so the exit that follows is no crash. */
  readonly stopAsked: boolean
}

/** An unresolved failure of a workspace. */
export interface Trouble {
  readonly error: string
  readonly since: number
}

/** Everything the tracker keeps about one workspace. Values never change; reducers return new ones. */
export interface Track {
  readonly record: WorkspaceRecord
  readonly containers: readonly ContainerView[]
  readonly state: WorkspaceState
  readonly trouble: Trouble | null
  readonly errorCount: number
  readonly lastErrorTime: number
}

/** What a listing says about one workspace. */
export interface Truth {
  readonly record: WorkspaceRecord
  readonly containers: readonly ContainerInfo[]
  readonly at: number
  /** Containers whose events came in while the listing was under way: what is known is newer than the listing. */
  readonly fresher: ReadonlySet<string>
}

const stateAfter = (event: ContainerEvent, before: ContainerState | undefined): ContainerState => {
  switch (event.action) {
    case 'create':
      return 'created'
    case 'start':
    case 'restart':
    case 'unpause':
      return 'running'
    case 'pause':
      return 'paused'
    case 'die':
    case 'stop':
      return 'exited'
    case 'destroy':
      return 'removing'
    case 'kill':
    case 'oom':
    case 'rename':
    case 'exec':
    case 'health':
      return before ?? 'running'
    default:
      return event.action satisfies never
  }
}

const viewAfter = (event: ContainerEvent, before: ContainerView | undefined): ContainerView => {
  const started =
    event.action === 'start' || event.action === 'restart' || event.action === 'create'
  return {
    info: {
      id: event.containerId,
      name: event.name,
      workspaceId: event.workspaceId,
      image: event.image,
      state: stateAfter(event, before?.info.state),
      createdAt: before?.info.createdAt ?? event.at,
    },
    stopAsked: started ? false : event.action === 'kill' || (before?.stopAsked ?? false),
  }
}

const blank = (record: WorkspaceRecord, at: number): Track => ({
  record,
  containers: [],
  state: {
    workspaceId: record.id,
    name: record.name,
    status: record.status,
    containerId: '',
    containerState: '',
    lastUpdated: at,
    lastSyncAttempt: 0,
    syncAttempts: 0,
    lastError: '',
    metrics: null,
  },
  trouble: null,
  errorCount: 0,
  lastErrorTime: 0,
})

const reasonFor = (
  old: WorkspaceState | undefined,
  next: WorkspaceState,
): StatusChangeReason | undefined => {
  if (old === undefined) return 'workspace_initialized'
  if (old.status !== next.status) return `status_changed_${old.status}_to_${next.status}`
  if (old.containerState !== next.containerState)
    return `container_state_changed_${old.containerState || 'none'}_to_${next.containerState || 'none'}`
  // Another container in the same state: what changed is whose measurements they are.
  return old.containerId === next.containerId ? undefined : 'metrics_updated'
}

const announce = (
  old: WorkspaceState | undefined,
  next: WorkspaceState,
  at: number,
): readonly EventDraft[] => {
  const drafts: EventDraft[] = []
  const workspaceId = next.workspaceId
  const oldState = old?.containerState ?? ''
  if (
    oldState !== next.containerState ||
    (old !== undefined && old.containerId !== next.containerId)
  ) {
    const containerId = next.containerId || (old?.containerId ?? '')
    const { containerState: newState, metrics } = next
    const data = { containerId, oldState, newState, updatedAt: at, metrics }
    drafts.push(toUpdateDraft(workspaceId, at, data))
  }
  const reason = reasonFor(old, next)
  if (reason === undefined) return drafts
  const data = {
    oldStatus: old?.status ?? '',
    newStatus: next.status,
    reason,
    containerId: next.containerId,
    changedAt: at,
  } as const
  drafts.push(toStatusDraft(workspaceId, at, data))
  return drafts
}

const settle = (track: Track, containers: readonly ContainerView[], at: number): Track => {
  const primary = selectPrimary(containers)
  const status = selectStatus(track.record, primary)
  const containerId = primary?.id ?? ''
  const containerState: WorkspaceState['containerState'] = primary?.state ?? ''
  const { state } = track
  const same =
    state.status === status &&
    state.containerId === containerId &&
    state.containerState === containerState &&
    state.name === track.record.name
  if (same) return { ...track, containers }
  const metrics = containerId === state.containerId ? state.metrics : null
  const next = {
    ...state,
    name: track.record.name,
    status,
    containerId,
    containerState,
    metrics,
    lastUpdated: at,
  }
  return { ...track, containers, state: next }
}

/** Applies one event of the engine to the workspace that owns the container. */
export const observe = (
  known: Track | undefined,
  record: WorkspaceRecord,
  event: ContainerEvent,
): readonly [Track, readonly EventDraft[]] => {
  const track = known ?? blank(record, event.at)
  const before = track.containers.find(({ info }) => info.id === event.containerId)
  const others = track.containers.filter(({ info }) => info.id !== event.containerId)
  const containers = event.action === 'destroy' ? others : [...others, viewAfter(event, before)]
  const settled = settle(track, containers, event.at)
  const drafts = announce(known?.state, settled.state, event.at)
  const [next, troubles] = observeTrouble(settled, event)
  return [next, [...drafts, ...troubles]]
}

/** A workspace that nothing was known of. The first listing may bring thousands, so each is made in one piece. */
const first = ({ record, at }: Truth, containers: readonly ContainerView[]): Track => {
  const primary = selectPrimary(containers)
  const state: WorkspaceState = {
    workspaceId: record.id,
    name: record.name,
    status: selectStatus(record, primary),
    containerId: primary?.id ?? '',
    containerState: primary?.state ?? '',
    lastUpdated: at,
    lastSyncAttempt: at,
    syncAttempts: 0,
    lastError: '',
    metrics: null,
  }
  return { record, containers, state, trouble: null, errorCount: 0, lastErrorTime: 0 }
}

/** Applies what a listing says. Containers that events have touched since the listing was asked for keep what the events said. */
export const reconcile = (
  known: Track | undefined,
  truth: Truth,
): readonly [Track, readonly EventDraft[]] => {
  const { fresher } = truth
  const sure =
    fresher.size === 0 ? truth.containers : truth.containers.filter(({ id }) => !fresher.has(id))
  const listed = sure.map((info) => {
    const before = known?.containers.find((view) => view.info.id === info.id)
    return { info, stopAsked: runs(info.state) ? false : (before?.stopAsked ?? false) }
  })
  if (known === undefined) {
    const track = first(truth, listed)
    return [track, announce(undefined, track.state, truth.at)]
  }
  const kept = known.containers.filter(({ info }) => truth.fresher.has(info.id))
  const settled = settle({ ...known, record: truth.record }, [...kept, ...listed], truth.at)
  const state: WorkspaceState = {
    ...settled.state,
    lastSyncAttempt: truth.at,
    syncAttempts: 0,
    lastError: settled.trouble?.error ?? '',
  }
  return [{ ...settled, state }, announce(known.state, state, truth.at)]
}

/** Says goodbye to a workspace that its service no longer lists. */
export const remove = ({ record, state }: Track, at: number): readonly EventDraft[] => [
  toStatusDraft(record.id, at, {
    oldStatus: state.status,
    newStatus: record.status === 'archived' ? 'archived' : 'inactive',
    reason: 'workspace_removed',
    containerId: state.containerId,
    changedAt: at,
  }),
]

/** Puts new measurements into a workspace's state. */
export const measure = (
  track: Track,
  measured: WorkspaceMetrics,
  at: number,
): readonly [Track, readonly EventDraft[]] => {
  const old = track.state.metrics
  const newMetrics: WorkspaceMetrics = {
    ...measured,
    errorCount: track.errorCount,
    lastErrorTime: track.lastErrorTime,
  }
  const draft = toMetricsUpdate(track.record.id, at, { old, next: newMetrics })
  return [{ ...track, state: { ...track.state, metrics: newMetrics, lastUpdated: at } }, [draft]]
}
