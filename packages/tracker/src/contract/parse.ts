import type { WireEvent, WireGap, WireMessage, WireSnapshot, WireState } from './wire.ts'

const eventTypes: ReadonlySet<unknown> = new Set([
  'status_changed',
  'container_update',
  'error',
  'recovery',
  'metrics_update',
  'sync_start',
  'sync_complete',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isState = (value: unknown): value is WireState =>
  isObject(value) &&
  typeof value['workspace_id'] === 'string' &&
  typeof value['status'] === 'string' &&
  typeof value['container_state'] === 'string'

const isEvent = (value: Record<string, unknown>): boolean =>
  eventTypes.has(value['type']) &&
  typeof value['seq'] === 'number' &&
  typeof value['workspace_id'] === 'string' &&
  isObject(value['data'])

/** Reads one live message. @throws TypeError when it is none. */
export const parseWireMessage = (text: string): WireMessage => {
  const value: unknown = JSON.parse(text)
  if (isObject(value)) {
    if (value['type'] === 'gap' && typeof value['reason'] === 'string')
      return value as unknown as WireGap
    const states = value['states']
    if (value['type'] === 'snapshot' && Array.isArray(states) && states.every(isState))
      return value as unknown as WireSnapshot
    if (isEvent(value)) return value as unknown as WireEvent
  }
  throw new TypeError('not a message of the tracker')
}
