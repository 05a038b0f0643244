import type { WireEvent, WireGap, WireRollup, WireState } from '../contract/wire.ts'
import type { GapNotice, TrackerEvent } from '../model/events.ts'
import type { WorkspaceState } from '../model/state.ts'
import type { RollupRow } from '../rollup/rows.ts'

/** Fields that hold a time; in JSON they are RFC 3339, and null stands for "never". */
const timeFields: ReadonlySet<string> = new Set([
  'lastUpdated',
  'lastSyncAttempt',
  'lastActivity',
  'lastErrorTime',
  'changedAt',
  'updatedAt',
  'occurredAt',
  'recoveredAt',
  'timestamp',
  'lastSyncTime',
  'lastCleanup',
  'at',
  'startedAt',
  'diedAt',
])

const toTime = (ms: number): string | null =>
  ms > 0 && ms < 8.64e15 ? new Date(ms).toISOString() : null

const toKey = (key: string): string => {
  const bare = /^(?:duration|downtime|.*Interval|.*Expiry)Ms$/.test(key) ? key.slice(0, -2) : key
  return bare.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

const convert = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => {
    const isTime = timeFields.has(key) && typeof inner === 'number'
    return [toKey(key), isTime ? toTime(inner) : key === 'context' ? inner : convert(inner)]
  })
  return Object.fromEntries(entries) as unknown
}

/** Any plain object with our field names, as its JSON. */
export const toWire = (value: object): Readonly<Record<string, unknown>> =>
  convert(value) as Record<string, unknown>

/** A workspace's state as its JSON. */
export const toWireState = (state: WorkspaceState): WireState => convert(state) as WireState

/** An event as its JSON, with the state of its workspace: null when the workspace is gone. */
export const toWireEvent = (event: TrackerEvent, state: WorkspaceState | undefined): WireEvent => {
  const wire = convert(event) as WireEvent
  if (event.workspaceId === '') return wire
  return { ...wire, state: state === undefined ? null : toWireState(state) }
}

export const toWireGap = (gap: GapNotice): WireGap => convert(gap) as WireGap

export const toWireRollup = (row: RollupRow): WireRollup => ({
  start: new Date(row.startMs).toISOString(),
  count: row.count,
  min: row.min,
  mean: row.mean,
  max: row.max,
  p95: row.p95,
  p99: row.p99,
})
