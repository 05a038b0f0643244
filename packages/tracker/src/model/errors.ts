import type { ErrorEventCode } from './events.ts'

/**
 * Code of a `TrackerError`.
 * - the codes of error events: the engine, the network or a container; mostly the operator's to fix
 * - `PROTOCOL`: the other side sent what its protocol does not allow; report it
 * - `LIMIT`: a bound of this package was reached; raise the option it names or send less
 * - `STORE`: the metrics store could not read or write; look at the disk
 * - `LOCKED`: another process, or another part of this one, uses the same file or folder; give each its own
 * - `STOPPED`: called on something that was stopped; start it again
 */
export type TrackerErrorCode =
  | ErrorEventCode
  | 'PROTOCOL'
  | 'LIMIT'
  | 'STORE'
  | 'LOCKED'
  | 'STOPPED'

/** The one error class of this package. */
export class TrackerError extends Error {
  override readonly name: string = 'TrackerError'
  readonly code: TrackerErrorCode

  constructor(code: TrackerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const nodeCodes: Readonly<Record<string, ErrorEventCode>> = {
  ECONNREFUSED: 'CONNECTION',
  ECONNRESET: 'CONNECTION',
  EPIPE: 'CONNECTION',
  ENOENT: 'CONNECTION',
  ECONNABORTED: 'CONNECTION',
  EACCES: 'PERMISSION',
  EPERM: 'PERMISSION',
  ETIMEDOUT: 'TIMEOUT',
  ENOTFOUND: 'NETWORK',
  EAI_AGAIN: 'NETWORK',
  EHOSTUNREACH: 'NETWORK',
  ENETUNREACH: 'NETWORK',
}

const eventCodes: ReadonlySet<string> = new Set<ErrorEventCode>([
  'CONNECTION',
  'TIMEOUT',
  'NOT_FOUND',
  'PERMISSION',
  'CONTAINER',
  'NETWORK',
  'UNKNOWN_ERROR',
])

const isEventCode = (code: string): code is ErrorEventCode => eventCodes.has(code)

/** The class of any thrown value, for an error event. */
export const toErrorEventCode = (error: unknown): ErrorEventCode => {
  if (!(error instanceof Error)) return 'UNKNOWN_ERROR'
  if (error.name === 'TimeoutError') return 'TIMEOUT'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (isEventCode(code)) return code
  return nodeCodes[code] ?? 'UNKNOWN_ERROR'
}

/** The text of any thrown value. */
export const toMessage = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
