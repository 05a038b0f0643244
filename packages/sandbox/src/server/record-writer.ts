import type { AuditSink, Clock, SessionRecord, SessionStore } from '../ports.ts'
import { toReason, toStorageError } from './storage-error.ts'

/** Whether the store takes what it is given. */
export type StoreHealth =
  | { readonly status: 'ok' }
  | {
      readonly status: 'degraded'
      /** What the store said last, by the system's name, e.g. `ENOSPC`; the audit trail has its words. */
      readonly reason: string
      /** Milliseconds since 1970. */
      readonly sinceMs: number
      /** Sessions whose newest record is not in the store. */
      readonly sessions: number
    }

/** Writes records: one write per session at a time, and only the newest state of it; sessions do not wait for each other. */
export interface RecordWriter {
  /** Resolves when this record or a newer one is in the store. Rejects with STORAGE_FAILED; it is then tried again later. */
  save(record: SessionRecord): Promise<void>
  /** Resolves when the record is gone. Rejects with STORAGE_FAILED; it is then tried again later. */
  remove(sessionId: string): Promise<void>
  health(): StoreHealth
  /** Resolves when nothing is left to write; what failed is tried once more. */
  flush(): Promise<void>
}

/** How long a write that failed waits for its next try, milliseconds. */
const RETRY_MS = 5000

type Wanted = { readonly record: SessionRecord } | 'removed'

interface Entry {
  want: Wanted
  readonly done: PromiseWithResolvers<void>
}

class Writer implements RecordWriter {
  readonly #store: SessionStore
  readonly #audit: AuditSink
  readonly #clock: Clock
  readonly #next = new Map<string, Entry>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failed = new Map<string, Wanted>()
  #trouble: { reason: string; readonly sinceMs: number } | undefined
  #cancelRetry: (() => void) | undefined

  constructor(store: SessionStore, audit: AuditSink, clock: Clock) {
    this.#store = store
    this.#audit = audit
    this.#clock = clock
  }

  save(record: SessionRecord): Promise<void> {
    return this.#put(record.sessionId, { record })
  }

  remove(sessionId: string): Promise<void> {
    return this.#put(sessionId, 'removed')
  }

  health(): StoreHealth {
    if (this.#trouble === undefined) return { status: 'ok' }
    return { status: 'degraded', ...this.#trouble, sessions: this.#failed.size }
  }

  async flush(): Promise<void> {
    await Promise.all(this.#running.values())
    this.#retry()
    await Promise.all(this.#running.values())
    this.#cancelRetry?.()
  }

  #put(sessionId: string, want: Wanted): Promise<void> {
    const waiting = this.#next.get(sessionId)
    const entry = waiting ?? { want, done: Promise.withResolvers<void>() }
    if (entry.want !== 'removed') entry.want = want
    this.#next.set(sessionId, entry)
    // Who does not wait for it still has it in `health`.
    if (!waiting) entry.done.promise.catch(() => undefined)
    if (!this.#running.has(sessionId)) this.#running.set(sessionId, this.#drain(sessionId))
    return entry.done.promise
  }

  async #drain(sessionId: string): Promise<void> {
    for (let entry = this.#next.get(sessionId); entry; entry = this.#next.get(sessionId)) {
      this.#next.delete(sessionId)
      await this.#write(sessionId, entry)
    }
    this.#running.delete(sessionId)
  }

  async #write(sessionId: string, { want, done }: Entry): Promise<void> {
    try {
      await (want === 'removed' ? this.#store.remove(sessionId) : this.#store.save(want.record))
      this.#onWritten(sessionId)
      done.resolve()
    } catch (error) {
      this.#onFailed(sessionId, want, error)
      done.reject(toStorageError(sessionId, error))
    }
  }

  #onWritten(sessionId: string): void {
    if (this.#failed.size === 0) return
    this.#failed.delete(sessionId)
    if (this.#failed.size > 0) return this.#retry()
    this.#trouble = undefined
    this.#cancelRetry?.()
    this.#audit.record({ type: 'store.recovered', atMs: this.#clock.now() })
  }

  #onFailed(sessionId: string, want: Wanted, error: unknown): void {
    const atMs = this.#clock.now()
    this.#failed.set(sessionId, want)
    this.#trouble = { reason: toReason(error), sinceMs: this.#trouble?.sinceMs ?? atMs }
    this.#audit.record({ type: 'store.failed', sessionId, message: String(error), atMs })
    this.#cancelRetry?.()
    this.#cancelRetry = this.#clock.schedule(RETRY_MS, () => this.#retry())
  }

  /** Writes again what failed, unless something newer is on its way. */
  #retry(): void {
    for (const [sessionId, want] of this.#failed)
      if (!this.#running.has(sessionId)) void this.#put(sessionId, want)
  }
}

/** Opens the writer. Each failure of the store goes to the audit trail, and so does its recovery. */
export const createRecordWriter = (
  store: SessionStore,
  audit: AuditSink,
  clock: Clock,
): RecordWriter => new Writer(store, audit, clock)
