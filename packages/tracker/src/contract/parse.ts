import type { WireMessage } from './wire.ts'

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value)

const isState = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['workspace_id'] === 'string' &&
  typeof value['status'] === 'string' &&
  typeof value['container_state'] === 'string'

const isEvent = (value: Fields): boolean =>
  isCount(value['seq']) &&
  typeof value['workspace_id'] === 'string' &&
  isObject(value['data']) &&
  (value['state'] === undefined || value['state'] === null || isState(value['state']))

const isSnapshot = ({ stream, seq, states }: Fields): boolean =>
  typeof stream === 'string' && isCount(seq) && Array.isArray(states) && states.every(isState)

const isGap = (value: Fields): boolean =>
  typeof value['reason'] === 'string' && isCount(value['after_seq'])

/** How each message is recognised. */
const shapes: ReadonlyMap<unknown, (value: Fields) => boolean> = new Map<
  WireMessage['type'],
  (value: Fields) => boolean
>([
  ['snapshot', isSnapshot],
  ['gap', isGap],
  ['heartbeat', (value) => isCount(value['seq'])],
  ['status_changed', isEvent],
  ['container_update', isEvent],
  ['error', isEvent],
  ['recovery', isEvent],
  ['metrics_update', isEvent],
  ['sync_start', isEvent],
  ['sync_complete', isEvent],
])

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Parses one live message.
 *
 * @throws TypeError for anything else.
 */
export const parseWireMessage = (text: string): WireMessage => {
  const value = parseJson(text)
  if (isObject(value) && shapes.get(value['type'])?.(value) === true)
    return value as unknown as WireMessage
  throw new TypeError('not a message of the tracker')
}
