import type { Execution } from '../executions/execute.ts'
import { toError } from '../executions/answer.ts'

/** Headers that belong to one connection, not to the message. @see RFC 9110 section 7.6.1 */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** A function shares the console's origin, so it must not touch the console's cookies and storage. */
const NOT_FROM_FUNCTIONS = new Set([
  ...HOP_BY_HOP,
  'content-length',
  'set-cookie',
  'clear-site-data',
  'service-worker-allowed',
])

/** What the platform keeps from a function: connection matters, and the console's own cookies. */
const NOT_TO_FUNCTIONS = new Set([...HOP_BY_HOP, 'host', 'content-length', 'cookie', 'expect'])

const BODYLESS = new Set([204, 205, 304])

/** The headers of a request as its function sees them, lower case; `without` names more that it must not see. */
export function toFunctionHeaders(
  headers: Headers,
  without: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => !NOT_TO_FUNCTIONS.has(name) && !without.includes(name)),
  )
}

/**
 * The function's answer as it is, with `x-execution-id`, `x-duration-ms` and `x-function-status` (the mark that the status is
 * the function's own). A page it answers with runs in a sandbox of its own: it has the console's address but not its rights.
 */
export function toFunctionAnswer({ record, outcome }: Execution): Response {
  if (!outcome.ok) throw toError(outcome, record.id, record.durationMs)
  const headers = new Headers()
  for (const [name, value] of Object.entries(outcome.headers)) {
    if (!NOT_FROM_FUNCTIONS.has(name.toLowerCase())) headers.append(name, value)
  }
  headers.append('content-security-policy', 'sandbox allow-scripts allow-forms allow-popups')
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-execution-id', record.id)
  headers.set('x-duration-ms', String(record.durationMs))
  headers.set('x-function-status', String(outcome.status))
  const body =
    BODYLESS.has(outcome.status) || record.method === 'HEAD' ? null : new Uint8Array(outcome.body)
  return new Response(body, { status: outcome.status, headers })
}
