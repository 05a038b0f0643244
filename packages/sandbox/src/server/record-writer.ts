import type { AuditSink, Clock, RecordStore } from '../ports.ts'
import { toReason, toStorageError, type RecordIdentity } from './storage-error.ts'

/** Whether a store takes what it is given. */
export type WriterHealth =
  | { readonly status: 'ok' }
  | {
      readonly status: 'degraded'
      /** What the store said last, by the system's name, e.g. `ENOSPC`; the audit trail has its words. */
      readonly reason: string
      /** Milliseconds since 1970. */
      readonly sinceMs: number
      /** Records whose newest state is not in the store. */
      readonly records: number
    }

/** Writes records of one kind: one write per record at a time, and only its newest state; records do not wait for each other. */
export interface RecordWriter<R> {
  /** Resolves when this record or a newer one is in the store. Rejects with STORAGE_FAILED; it is then tried again later. */
  save(record: R): Promise<void>
  /** Resolves when the record is gone. Rejects with STORAGE_FAILED; it is then tried again later. */
  remove(id: string): Promise<void>
  health(): WriterHealth
  /** Resolves when nothing is left to write; what failed is tried once more. */
  flush(): Promise<void>
}

/** What the records are, and where they go. */
export interface RecordWriterPorts<R> {
  readonly store: RecordStore<R>
  readonly audit: AuditSink
  readonly clock: Clock
  readonly idOf: (record: R) => string
  /** Names a record in errors and in the audit trail. */
  readonly identify: (id: string) => RecordIdentity
}

/** How long a write that failed waits for its next try, milliseconds. */
const RETRY_MS = 5000

type Wanted<R> = { readonly record: R } | 'removed'

interface Entry<R> {
  want: Wanted<R>
  readonly done: PromiseWithResolvers<void>
}

class Writer<R> implements RecordWriter<R> {
  readonly #ports: RecordWriterPorts<R>
  readonly #next = new Map<string, Entry<R>>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failed = new Map<string, Wanted<R>>()
  #trouble: { reason: string; readonly sinceMs: number } | undefined
  #cancelRetry: (() => void) | undefined

  constructor(ports: RecordWriterPorts<R>) {
    this.#ports = ports
  }

  save(record: R): Promise<void> {
    return this.#put(this.#ports.idOf(record), { record })
  }

  remove(id: string): Promise<void> {
    return this.#put(id, 'removed')
  }

  health(): WriterHealth {
    if (this.#trouble === undefined) return { status: 'ok' }
    return { status: 'degraded', ...this.#trouble, records: this.#failed.size }
  }

  async flush(): Promise<void> {
    await Promise.all(this.#running.values())
    this.#retry()
    await Promise.all(this.#running.values())
    this.#cancelRetry?.()
  }

  #put(id: string, want: Wanted<R>): Promise<void> {
    const waiting = this.#next.get(id)
    const entry = waiting ?? { want, done: Promise.withResolvers<void>() }
    if (entry.want !== 'removed') entry.want = want
    this.#next.set(id, entry)
    // Who does not wait for it still has it in `health`.
    if (!waiting) entry.done.promise.catch(() => undefined)
    if (!this.#running.has(id)) this.#running.set(id, this.#drain(id))
    return entry.done.promise
  }

  async #drain(id: string): Promise<void> {
    for (let entry = this.#next.get(id); entry; entry = this.#next.get(id)) {
      this.#next.delete(id)
      await this.#write(id, entry)
    }
    this.#running.delete(id)
  }

  async #write(id: string, { want, done }: Entry<R>): Promise<void> {
    try {
      const { store } = this.#ports
      await (want === 'removed' ? store.remove(id) : store.save(want.record))
      this.#onWritten(id)
      done.resolve()
    } catch (error) {
      this.#onFailed(id, want, error)
      done.reject(toStorageError(this.#ports.identify(id), error))
    }
  }

  #onWritten(id: string): void {
    if (this.#failed.size === 0) return
    this.#failed.delete(id)
    if (this.#failed.size > 0) return this.#retry()
    this.#trouble = undefined
    this.#cancelRetry?.()
    const { audit, clock } = this.#ports
    audit.record({ type: 'store.recovered', atMs: clock.now() })
  }

  #onFailed(id: string, want: Wanted<R>, error: unknown): void {
    const { audit, clock, identify } = this.#ports
    const atMs = clock.now()
    this.#failed.set(id, want)
    this.#trouble = { reason: toReason(error), sinceMs: this.#trouble?.sinceMs ?? atMs }
    audit.record({ type: 'store.failed', ...identify(id), message: String(error), atMs })
    this.#cancelRetry?.()
    this.#cancelRetry = clock.schedule(RETRY_MS, () => this.#retry())
  }

  /** Writes again what failed, unless something newer is on its way. */
  #retry(): void {
    for (const [id, want] of this.#failed) if (!this.#running.has(id)) void this.#put(id, want)
  }
}

/** Opens the writer. Each failure of the store goes to the audit trail, and so does its recovery. */
export const createRecordWriter = <R>(ports: RecordWriterPorts<R>): RecordWriter<R> =>
  new Writer(ports)
