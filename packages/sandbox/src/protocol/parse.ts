import type { ErrorCode } from './errors.ts'
import type {
  Incoming,
  IncomingFault,
  IncomingItem,
  Params,
  RawId,
  ServerMessage,
  WireError,
} from './json-rpc.ts'
import { scanMessage, type RawMembers } from './scan.ts'

/** Bounds of one message; a message beyond them is a fault. */
export interface ParseLimits {
  /** Largest message, UTF-16 code units. Default 16 Mi. */
  readonly maxLength: number
  /** Deepest nesting. Default 64. */
  readonly maxDepth: number
  /** Most requests in one batch. Default 100. */
  readonly maxBatch: number
}

/** Limits used where a server names none. */
export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  maxLength: 16 * 1024 * 1024,
  maxDepth: 64,
  maxBatch: 100,
}

const fault = (code: ErrorCode, message: string, id: RawId = 'null'): IncomingFault => ({
  kind: 'fault',
  id,
  code,
  message,
})

const single = (item: IncomingItem): Incoming => ({ kind: 'single', item })

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isId = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'number'

const isParams = (value: unknown): value is Params =>
  value === undefined || (typeof value === 'object' && value !== null)

const findDefect = (item: Record<string, unknown>): string | undefined => {
  if (item['jsonrpc'] !== '2.0') return 'The member "jsonrpc" must be "2.0".'
  if (typeof item['method'] !== 'string') return 'The member "method" must be a string.'
  if (!isParams(item['params']))
    return 'The member "params" must be an object or an array, or be absent.'
  return undefined
}

const parseItem = (item: unknown, raw: RawMembers): IncomingItem => {
  if (!isRecord(item)) return fault('INVALID_REQUEST', 'A request must be a JSON object.')
  const hasId = Object.hasOwn(item, 'id')
  if (hasId && !isId(item['id']))
    return fault('INVALID_REQUEST', 'The member "id" must be a string, a number or null.')
  const isAnswer = Object.hasOwn(item, 'result') || Object.hasOwn(item, 'error')
  if (isAnswer && !Object.hasOwn(item, 'method')) return { kind: 'stray' }
  const id = hasId ? (raw.id ?? JSON.stringify(item['id'])) : 'null'
  const defect = findDefect(item)
  if (defect !== undefined) return fault('INVALID_REQUEST', defect, id)
  const call = {
    method: item['method'] as string,
    params: item['params'] as Params,
    rawParams: raw.params,
  }
  return hasId ? { kind: 'request', id, ...call } : { kind: 'notification', ...call }
}

const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/**
 * Parses the text of one message. Never throws: whatever is wrong becomes a fault to be answered.
 *
 * @see https://www.jsonrpc.org/specification
 */
export const parseIncoming = (
  text: string,
  limits: ParseLimits = DEFAULT_PARSE_LIMITS,
): Incoming => {
  if (text.length > limits.maxLength)
    return single(
      fault('FRAME_TOO_LARGE', `A message may have at most ${limits.maxLength} characters.`),
    )
  const scan = scanMessage(text, { maxDepth: limits.maxDepth, maxItems: limits.maxBatch })
  if (!scan.ok && scan.reason === 'depth')
    return single(fault('PARSE_ERROR', `JSON may be nested at most ${limits.maxDepth} deep.`))
  if (!scan.ok)
    return single(fault('INVALID_REQUEST', `A batch may have at most ${limits.maxBatch} requests.`))
  const parsed = parseJson(text)
  if (!parsed) return single(fault('PARSE_ERROR', 'The message is not JSON.'))
  if (!Array.isArray(parsed.value)) return single(parseItem(parsed.value, scan.members[0] ?? {}))
  if (parsed.value.length === 0)
    return single(fault('INVALID_REQUEST', 'A batch must not be empty.'))
  return {
    kind: 'batch',
    items: parsed.value.map((item, at) => parseItem(item, scan.members[at] ?? {})),
  }
}

const parseWireError = (value: unknown): WireError | undefined => {
  if (!isRecord(value) || typeof value['code'] !== 'number' || typeof value['message'] !== 'string')
    return undefined
  const data = value['data']
  return { code: value['code'], message: value['message'], ...(isRecord(data) ? { data } : {}) }
}

const parseServerItem = (item: unknown): ServerMessage | undefined => {
  if (!isRecord(item) || item['jsonrpc'] !== '2.0') return undefined
  if (typeof item['method'] === 'string')
    return isParams(item['params'])
      ? { kind: 'notification', method: item['method'], params: item['params'] }
      : undefined
  const hasResult = Object.hasOwn(item, 'result')
  const hasError = Object.hasOwn(item, 'error')
  if (!isId(item['id']) || hasResult === hasError) return undefined
  const id = item['id'] as string | number | null
  if (hasResult) return { kind: 'result', id, result: item['result'] }
  const error = parseWireError(item['error'])
  return error && { kind: 'error', id, error }
}

/** Parses text from a server: one message or a batch. Undefined if any of it is not JSON-RPC 2.0. */
export const parseServerMessages = (text: string): readonly ServerMessage[] | undefined => {
  const parsed = parseJson(text)
  if (!parsed) return undefined
  const items: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  const messages = items.map(parseServerItem)
  return messages.some((message) => message === undefined)
    ? undefined
    : messages.filter((message) => message !== undefined)
}
