import type { AuditEvent } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

/** What an engine says about itself in words that are meant for clients; undefined when it just failed. */
export const toEngineRefusal = (error: unknown, sessionId: string): SandboxError | undefined => {
  const code = codeOf(error)
  if (code !== 'STORAGE_FAILED' && code !== 'CAPACITY') return undefined
  const message = error instanceof Error ? error.message : code
  return new SandboxError(code, message, { details: { sessionId }, cause: error })
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
