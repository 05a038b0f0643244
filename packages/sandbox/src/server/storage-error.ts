import { SandboxError } from '../protocol/errors.ts'

/** The system's name of a failure, e.g. `ENOSPC`: it tells no path of the host. */
export const toReason = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/u.test(code) ? code : 'unknown'
}

/** Which record it is. */
export type RecordIdentity = { readonly sessionId: string } | { readonly executionId: string }

/** The error of a record that the store did not take. */
export const toStorageError = (identity: RecordIdentity, cause: unknown): SandboxError => {
  const reason = toReason(cause)
  const name =
    'sessionId' in identity ? `session ${identity.sessionId}` : `execution ${identity.executionId}`
  return new SandboxError(
    'STORAGE_FAILED',
    `The record of ${name} could not be stored (${reason}), so it may not survive a restart. The server's log says more.`,
    { details: { ...identity, reason }, cause },
  )
}

/** The error of a command that ran, though what it changed or counted may not survive a restart. */
export const toUnkeptError = (error: unknown, outcome: unknown): unknown =>
  error instanceof SandboxError && error.code === 'STORAGE_FAILED'
    ? new SandboxError('STORAGE_FAILED', `The command ran. ${error.message}`, {
        details: { ...error.details, outcome },
        cause: error.cause,
      })
    : error
