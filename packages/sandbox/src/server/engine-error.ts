import type { AuditEvent } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'
import { toReason } from './storage-error.ts'

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)

/** What an engine says about itself in words that are meant for clients; undefined when it just failed. */
export const toEngineRefusal = (error: unknown, sessionId: string): SandboxError | undefined => {
  const code = codeOf(error)
  if (code !== 'STORAGE_FAILED' && code !== 'CAPACITY') return undefined
  const message = error instanceof Error ? error.message : code
  const reason = code === 'STORAGE_FAILED' ? { reason: toReason(causeOf(error)) } : {}
  return new SandboxError(code, message, { details: { sessionId, ...reason }, cause: error })
}

/** The line of the audit trail about it. */
export const toEngineFailure = (
  engine: string,
  error: unknown,
): Extract<AuditEvent, { type: 'engine.failed' }> => {
  const code = codeOf(error)
  return {
    type: 'engine.failed',
    engine,
    message: String(error),
    ...(code === undefined ? {} : { code }),
  }
}
