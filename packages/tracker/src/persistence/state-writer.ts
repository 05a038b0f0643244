import { TrackerError } from '../model/errors.ts'
import type { Clock, Logger } from '../model/ports.ts'
import type { StateStore } from './state-store.ts'

/** What a writer needs. */
export interface StateWriterOptions {
  readonly store: StateStore
  /** Begins every key, so that several writers can share a store. */
  readonly prefix: string
  readonly clock: Clock
  readonly logger: Logger
  /** Time that changes may wait for others, in ms. */
  readonly delayMs: number
}

/** How the documents of a writer are recognised: what begins their keys, and whether one is what this version writes. */
export type DocumentKinds = Readonly<Record<string, (value: unknown, rest: string) => boolean>>

const retryMs = 5000
const mostNamed = 5

/** Gathers changes of documents and writes the newest of each together. A write that fails is tried again with the next. */
export class StateWriter {
  readonly #options: StateWriterOptions
  #dirty = new Map<string, unknown>()
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: StateWriterOptions) {
    this.#options = options
  }

  /** Every document of this writer, by key without its prefix. What is of no known kind is deleted, and that is logged. */
  async load(kinds: DocumentKinds): Promise<ReadonlyMap<string, unknown>> {
    const { store, prefix } = this.#options
    const known = new Map<string, unknown>()
    const unknown: string[] = []
    for (const [whole, value] of await store.load(prefix)) {
      const key = whole.slice(prefix.length)
      const kind = Object.keys(kinds).find((one) => key.startsWith(one)) ?? ''
      if (kinds[kind]?.(value, key.slice(kind.length)) === true) known.set(key, value)
      else unknown.push(key)
    }
    this.#discard(unknown)
    return known
  }

  /** Notes a change; undefined deletes. The value must not change any more. */
  put(key: string, value: unknown): void {
    this.#dirty.set(this.#options.prefix + key, value)
    this.#wake(this.#options.delayMs)
  }

  /** Writes what waits, now. Resolves when it was tried: a failure is logged and never thrown. */
  flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** Writes what waits, and nothing afterwards. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.flush()
  }

  #discard(keys: readonly string[]): void {
    if (keys.length === 0) return
    for (const key of keys) this.put(key, undefined)
    const named = keys.slice(0, mostNamed).join(', ')
    const more = keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : ''
    this.#options.logger.error(
      `deleted ${keys.length} documents of ${this.#options.prefix}: ${named}${more}`,
      new TrackerError('STORE', 'this version does not know their shape'),
    )
  }

  #wake(delayMs: number): void {
    if (this.#stopped) return
    this.#cancel ??= this.#options.clock.schedule(delayMs, () => void this.flush())
  }

  async #write(): Promise<void> {
    if (this.#dirty.size === 0) return
    const batch = this.#dirty
    this.#dirty = new Map()
    try {
      await this.#options.store.save(batch)
    } catch (error) {
      this.#options.logger.error(
        `could not store ${batch.size} changes of ${this.#options.prefix}; they are tried again`,
        error,
      )
      this.#dirty = new Map([...batch, ...this.#dirty])
      this.#wake(retryMs)
    }
  }
}

/** @throws TrackerError `STOPPED` when state was to be restored first. */
export const requireStarted = (what: string, started: boolean): void => {
  if (!started)
    throw new TrackerError('STOPPED', `${what}: call start first, it restores the state`)
}
