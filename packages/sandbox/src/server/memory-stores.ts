import type {
  ExecutionRecord,
  ExecutionStore,
  RecordStore,
  SessionRecord,
  SessionStore,
} from '../ports.ts'

const createMemoryStore = <R>(idOf: (record: R) => string): RecordStore<R> => {
  const records = new Map<string, R>()
  return {
    load: () => Promise.resolve([...records.values()]),
    save: (record) => {
      records.set(idOf(record), record)
      return Promise.resolve()
    },
    remove: (id) => {
      records.delete(id)
      return Promise.resolve()
    },
  }
}

/** Keeps records as long as the object lives; a server that restarts with it finds its sessions again. */
export const createMemorySessionStore = (): SessionStore =>
  createMemoryStore(({ sessionId }: SessionRecord) => sessionId)

/** Keeps records as long as the object lives; a server that restarts with it still knows how programs ended. */
export const createMemoryExecutionStore = (): ExecutionStore =>
  createMemoryStore(({ executionId }: ExecutionRecord) => executionId)
