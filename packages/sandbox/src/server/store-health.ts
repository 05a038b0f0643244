import type { WriterHealth } from './record-writer.ts'

/** Whether the stores accept writes. */
export type StoreHealth =
  | { readonly status: 'ok' }
  | {
      readonly status: 'degraded'
      /** What a store said last, by the system's name, e.g. `ENOSPC`; the audit trail has its words. */
      readonly reason: string
      /** Milliseconds since 1970. */
      readonly sinceMs: number
      /** Sessions whose newest record is not in their store. */
      readonly sessions: number
      /** Executions whose newest record is not in their store. */
      readonly executions: number
    }

const countOf = (health: WriterHealth): number => (health.status === 'ok' ? 0 : health.records)

/** Both stores as one: degraded as long as either is, by the one that failed first. */
export const toStoreHealth = (sessions: WriterHealth, executions: WriterHealth): StoreHealth => {
  const troubles = [sessions, executions].filter((health) => health.status === 'degraded')
  const [first] = troubles.toSorted((left, right) => left.sinceMs - right.sinceMs)
  if (first === undefined) return { status: 'ok' }
  const { status, reason, sinceMs } = first
  return { status, reason, sinceMs, sessions: countOf(sessions), executions: countOf(executions) }
}
