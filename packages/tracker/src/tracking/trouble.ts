import type { ErrorEventCode, EventDraft, RecoveryEvent } from '../model/events.ts'
import type { ContainerEvent } from '../model/ports.ts'
import type { Track } from './reduce.ts'

/** A failure to report. */
export interface Failure {
  readonly error: string
  readonly code: ErrorEventCode
  readonly retryCount: number
  readonly context: Readonly<Record<string, string | number | boolean>>
}

/** Marks a workspace as failing and says so. Failing again keeps the time of the first failure. */
export const fail = (
  track: Track,
  failure: Failure,
  at: number,
): readonly [Track, readonly EventDraft[]] => {
  const trouble = { error: failure.error, since: track.trouble?.since ?? at }
  const errorCount = track.errorCount + 1
  const metrics =
    track.state.metrics === null ? null : { ...track.state.metrics, errorCount, lastErrorTime: at }
  const state = { ...track.state, metrics, lastError: failure.error, lastUpdated: at }
  const draft: EventDraft = {
    type: 'error',
    workspaceId: track.record.id,
    timestamp: at,
    message: failure.error,
    data: { ...failure, occurredAt: at },
  }
  return [{ ...track, state, trouble, errorCount, lastErrorTime: at }, [draft]]
}

/** Marks a workspace as well again; says nothing when it was not failing. */
export const recover = (
  track: Track,
  method: RecoveryEvent['recoveryMethod'],
  at: number,
): readonly [Track, readonly EventDraft[]] => {
  const { trouble } = track
  if (trouble === null) return [track, []]
  const draft: EventDraft = {
    type: 'recovery',
    workspaceId: track.record.id,
    timestamp: at,
    message: `${track.record.id} recovered`,
    data: {
      resolvedError: trouble.error,
      recoveryMethod: method,
      recoveredAt: at,
      downtimeMs: Math.max(0, at - trouble.since),
    },
  }
  return [
    { ...track, trouble: null, state: { ...track.state, lastError: '', lastUpdated: at } },
    [draft],
  ]
}

const failureOf = (event: ContainerEvent): Failure | undefined => {
  const context = { container_id: event.containerId, image: event.image }
  if (event.action === 'oom') {
    const error = `container ${event.name} ran out of memory`
    return { error, code: 'CONTAINER', retryCount: 0, context: { ...context, oom: true } }
  }
  if (event.action === 'health' && event.healthy === false) {
    const error = `container ${event.name} is unhealthy`
    return { error, code: 'CONTAINER', retryCount: 0, context: { ...context, healthy: false } }
  }
  return undefined
}

/** Errors and recoveries that an engine event brings: out-of-memory kills, failing health, and a start after them. */
export const observeTrouble = (
  track: Track,
  event: ContainerEvent,
): readonly [Track, readonly EventDraft[]] => {
  const failure = failureOf(event)
  if (failure !== undefined) return fail(track, failure, event.at)
  const well = event.action === 'start' || (event.action === 'health' && event.healthy === true)
  return well ? recover(track, 'container_started', event.at) : [track, []]
}

/** The end of a container with an error, once it is sure that nobody asked for it. */
export const crash = (
  track: Track,
  event: ContainerEvent,
): readonly [Track, readonly EventDraft[]] => {
  const exitCode = event.exitCode ?? 0
  const error = `container ${event.name} exited with code ${exitCode}`
  const context = { container_id: event.containerId, image: event.image, exit_code: exitCode }
  return fail(track, { error, code: 'CONTAINER', retryCount: 0, context }, event.at)
}
