import type { GapNotice, TrackerEvent } from '../model/events.ts'
import type { SubscribeOptions, TrackerMessage } from './event-bus.ts'

const defaultBuffer = 1024
const compactAfter = 256

/** The bounded queue of one reader. */
export class Subscription implements AsyncIterableIterator<TrackerMessage> {
  readonly #types: ReadonlySet<string> | undefined
  readonly #limit: number
  readonly #onClose: () => void
  readonly #signal: AbortSignal | undefined
  #queue: TrackerMessage[] = []
  #head = 0
  #dropped = 0
  #droppedAfter = 0
  #closed = false
  #finishing = false
  #wake: (() => void) | undefined

  constructor(options: SubscribeOptions, onClose: () => void) {
    this.#types = options.types && new Set(options.types)
    this.#limit = Math.max(1, options.bufferSize ?? defaultBuffer)
    this.#onClose = onClose
    this.#signal = options.signal
    this.#signal?.addEventListener('abort', this.close, { once: true })
  }

  /** Whether an event of this type would be queued. */
  wants(type: TrackerEvent['type']): boolean {
    return !this.#closed && this.#types?.has(type) !== false
  }

  /** Queues an event; when the queue is full the oldest makes room and is counted. */
  offer(event: TrackerEvent): void {
    if (!this.wants(event.type)) return
    if (this.#queue.length - this.#head >= this.#limit) this.#dropOldest()
    this.#queue.push(event)
    this.#wake?.()
  }

  /** Queues a notice in place; notices obey the same bound. */
  offerGap(gap: GapNotice): void {
    if (this.#closed) return
    if (this.#queue.length - this.#head >= this.#limit) this.#dropOldest()
    this.#queue.push(gap)
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<TrackerMessage>> {
    while (!this.#closed) {
      const message = this.#take()
      if (message !== undefined) return { done: false, value: message }
      if (this.#finishing) break
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    this.close()
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<TrackerMessage>> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends now; what waits is not read. */
  readonly close = (): void => {
    if (this.#closed) return
    this.#closed = true
    this.#queue = []
    this.#signal?.removeEventListener('abort', this.close)
    this.#onClose()
    this.#wake?.()
  }

  /** Ends after what waits has been read. */
  finish(): void {
    this.#finishing = true
    this.#wake?.()
  }

  #dropOldest(): void {
    const oldest = this.#queue[this.#head]
    this.#head += 1
    if (oldest === undefined) return
    if (this.#dropped === 0)
      this.#droppedAfter = oldest.type === 'gap' ? oldest.afterSeq : oldest.seq - 1
    this.#dropped += oldest.type === 'gap' ? 0 : 1
    this.#compact()
  }

  #take(): TrackerMessage | undefined {
    if (this.#dropped > 0) {
      const lost = this.#dropped
      this.#dropped = 0
      const timestamp = this.#queue[this.#head]?.timestamp ?? 0
      return {
        type: 'gap',
        reason: 'reader_overflow',
        lost,
        afterSeq: this.#droppedAfter,
        timestamp,
      }
    }
    const message = this.#queue[this.#head]
    if (message === undefined) return undefined
    this.#head += 1
    this.#compact()
    return message
  }

  #compact(): void {
    if (this.#head < compactAfter || this.#head * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}
