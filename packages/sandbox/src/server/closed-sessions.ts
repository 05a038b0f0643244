import type { SessionRecord } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'

const MAX_REMEMBERED = 1000

/** Remembers for a while why sessions are no more. */
export interface ClosedSessions {
  add(record: SessionRecord, error: SandboxError): void
  /** The reason, if the session was the caller's; else SESSION_NOT_FOUND, so that nobody learns about others. */
  explain(sessionId: string, owner: string | undefined): SandboxError
}

const toNotFound = (sessionId: string): SandboxError => {
  const shown = sessionId.slice(0, 64)
  return new SandboxError(
    'SESSION_NOT_FOUND',
    `There is no session ${shown}; session.list tells which there are.`,
    {
      details: { sessionId: shown },
    },
  )
}

/** Opens the memory of sessions that have ended; the oldest are forgotten first. */
export const createClosedSessions = (): ClosedSessions => {
  const remembered = new Map<
    string,
    { readonly owner: string | undefined; readonly error: SandboxError }
  >()
  return {
    add: (record, error) => {
      remembered.set(record.sessionId, { owner: record.owner, error })
      const [oldest] = remembered.keys()
      if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    },
    explain: (sessionId, owner) => {
      const entry = remembered.get(sessionId)
      return entry && entry.owner === owner ? entry.error : toNotFound(sessionId)
    },
  }
}
