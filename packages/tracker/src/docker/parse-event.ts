import type { ContainerAction, ContainerEvent } from '../model/ports.ts'
import { isFields, numberAt, objectAt, stringAt } from './fields.ts'
import type { WorkspaceNaming } from './naming.ts'

const nsPerMs = 1e6

const actions: Readonly<Record<string, ContainerAction>> = {
  create: 'create',
  start: 'start',
  restart: 'restart',
  kill: 'kill',
  die: 'die',
  stop: 'stop',
  oom: 'oom',
  pause: 'pause',
  unpause: 'unpause',
  rename: 'rename',
  destroy: 'destroy',
}

/** What one line of the event stream says. */
export type ParsedLine =
  | {
      readonly type: 'event'
      readonly event: ContainerEvent
      readonly key: string
      readonly timeNano: string
    }
  /** Well formed, but about something the tracker does not show. */
  | { readonly type: 'other'; readonly key: string; readonly timeNano: string }
  | { readonly type: 'malformed' }

const actionOf = (text: string): ContainerAction | undefined => {
  // Engines write the details of some actions behind a colon: "exec_start: sh -c …", "health_status: healthy".
  const name = text.split(':', 1)[0] ?? ''
  if (name === 'exec_start') return 'exec'
  if (name === 'health_status') return 'health'
  return Object.hasOwn(actions, name) ? actions[name] : undefined
}

/** Nanoseconds are more than a double holds, so they are cut out of the text. */
const timeNanoOf = (line: string): string => /"timeNano":\s*(\d{1,19})/.exec(line)?.[1] ?? ''

const exitCodeOf = (attributes: unknown): number | undefined => {
  const text = stringAt(attributes, 'exitCode')
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined
}

const toJson = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * Reads one line of `GET /events`.
 *
 * @see https://docs.docker.com/reference/api/engine/ "SystemEvents"
 */
export const parseEngineEvent = (line: string, naming: WorkspaceNaming): ParsedLine => {
  const value = toJson(line)
  const text = stringAt(value, 'Action')
  const actor = objectAt(value, 'Actor')
  const containerId = stringAt(actor, 'ID')
  const seconds = numberAt(value, 'time')
  if (!isFields(value) || text === '' || seconds === undefined) return { type: 'malformed' }
  const timeNano = timeNanoOf(line)
  const key = `${timeNano} ${text} ${containerId}`
  const action = actionOf(text)
  if (stringAt(value, 'Type') !== 'container' || action === undefined || containerId === '')
    return { type: 'other', key, timeNano }
  const attributes = objectAt(actor, 'Attributes')
  const name = stringAt(attributes, 'name')
  const exitCode = action === 'die' ? exitCodeOf(attributes) : undefined
  const event: ContainerEvent = {
    containerId,
    workspaceId: naming({ id: containerId, name, labels: attributes }),
    name,
    image: stringAt(attributes, 'image'),
    action,
    at: timeNano === '' ? seconds * 1000 : Number(timeNano) / nsPerMs,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(action === 'health' ? { healthy: text.endsWith(': healthy') } : {}),
  }
  return { type: 'event', event, key, timeNano }
}
