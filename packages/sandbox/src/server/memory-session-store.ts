import type { SessionRecord, SessionStore } from '../ports.ts'

/** Keeps records as long as the object lives; a server that restarts with it finds its sessions again. */
export const createMemorySessionStore = (): SessionStore => {
  const records = new Map<string, SessionRecord>()
  return {
    load: () => Promise.resolve([...records.values()]),
    save: (record) => {
      records.set(record.sessionId, record)
      return Promise.resolve()
    },
    remove: (sessionId) => {
      records.delete(sessionId)
      return Promise.resolve()
    },
  }
}
