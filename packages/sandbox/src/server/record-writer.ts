import type { AuditSink, Clock, SessionRecord, SessionStore } from '../ports.ts'

/** Writes records in the background: one write per session at a time, and only the newest state of it. */
export interface RecordWriter {
  save(record: SessionRecord): void
  remove(sessionId: string): void
  /** Resolves when nothing is left to write. */
  flush(): Promise<void>
}

type Wanted = { readonly record: SessionRecord } | 'removed'

/** Opens the writer. A store that fails is reported to the audit trail; the session itself goes on. */
export const createRecordWriter = (
  store: SessionStore,
  audit: AuditSink,
  clock: Clock,
): RecordWriter => {
  const wanted = new Map<string, Wanted>()
  const running = new Map<string, Promise<void>>()

  const writeOne = async (sessionId: string, want: Wanted): Promise<void> => {
    try {
      await (want === 'removed' ? store.remove(sessionId) : store.save(want.record))
    } catch (error) {
      audit.record({ type: 'store.failed', sessionId, message: String(error), atMs: clock.now() })
    }
  }

  const drain = async (sessionId: string): Promise<void> => {
    for (let want = wanted.get(sessionId); want; want = wanted.get(sessionId)) {
      wanted.delete(sessionId)
      await writeOne(sessionId, want)
    }
    running.delete(sessionId)
  }

  const put = (sessionId: string, want: Wanted): void => {
    if (wanted.get(sessionId) !== 'removed') wanted.set(sessionId, want)
    if (!running.has(sessionId)) running.set(sessionId, drain(sessionId))
  }

  return {
    save: (record) => put(record.sessionId, { record }),
    remove: (sessionId) => put(sessionId, 'removed'),
    flush: async () => {
      await Promise.all(running.values())
    },
  }
}
