import type { EventDraft, EventType, GapNotice, TrackerEvent } from '../model/events.ts'
import { toTrackerEvent } from '../model/events.ts'
import { EventHistory } from './event-history.ts'
import { MetricsChange } from './metrics-change.ts'
import { Subscription } from './subscription.ts'

/** What a reader gets: numbered events, and notices of gaps. */
export type TrackerMessage = TrackerEvent | GapNotice

/** Options of a reader. */
export interface SubscribeOptions {
  /** Ends the reader. */
  signal?: AbortSignal
  /** Only these types; all seven when absent. Gap notices always come. */
  types?: readonly EventType[]
  /** Events that may wait for a slow reader before the oldest are dropped and a gap notice takes their place. Default 1,024. */
  bufferSize?: number
  /** Resume: first deliver the kept events whose `seq` is greater. */
  afterSeq?: number
}

/** A plug-in event handler. A promise it returns is awaited before its next event. */
export type EventHandler = (event: TrackerMessage) => void | Promise<void>

/** Options of the bus. */
export interface EventBusOptions {
  /** Events kept for readers that resume. Default 4,096. */
  historySize?: number
  /** Called with what a handler threw. */
  onHandlerError?: (error: unknown) => void
}

const defaultHistory = 4096

/**
 * Numbers events and delivers them, in order, to any number of readers. A slow or failing reader does not affect the
 * others.
 */
export class EventBus {
  /** Names this bus's numbering, so that a reader that resumes on another one (a process later) is noticed. */
  readonly id: string = crypto.randomUUID().slice(0, 8)
  readonly #history: EventHistory
  readonly #onHandlerError: (error: unknown) => void
  readonly #readers = new Set<Subscription>()

  constructor(options: EventBusOptions = {}) {
    this.#history = new EventHistory(options.historySize ?? defaultHistory)
    this.#onHandlerError = options.onHandlerError ?? (() => {})
  }

  /** Number of the newest event; 0 before the first. */
  get seq(): number {
    return this.#history.seq
  }

  get readerCount(): number {
    return this.#readers.size
  }

  /** Numbers and delivers an event. Never runs a reader's code itself, so it cannot fail or wait. */
  publish(draft: EventDraft): TrackerEvent {
    const seq = this.#history.push(draft)
    this.#deliver(draft.type, seq, draft)
    return toTrackerEvent(draft, seq)
  }

  /** Like `publish`, for callers that do not need the event: it is created only if somebody reads it. */
  tell(draft: EventDraft): void {
    this.#deliver(draft.type, this.#history.push(draft), draft)
  }

  /** Like `tell`, for a measurement. */
  publishMetrics(change: MetricsChange): void {
    this.#deliver('metrics_update', this.#history.pushMetrics(change), change)
  }

  /** Makes an event only where somebody reads it. */
  #deliver(type: EventType, seq: number, what: EventDraft | MetricsChange): void {
    let event: TrackerEvent | undefined
    for (const reader of this.#readers) {
      if (!reader.wants(type)) continue
      event ??= toTrackerEvent(what instanceof MetricsChange ? what.toDraft() : what, seq)
      reader.offer(event)
    }
  }

  /** Tells every reader that the engine's own events had a gap. */
  publishGap(reason: GapNotice['reason'], timestamp: number): void {
    for (const reader of this.#readers)
      reader.offerGap({ type: 'gap', reason, lost: null, afterSeq: this.seq, timestamp })
  }

  /** Kept events after a number, or undefined when some of them are no longer kept (or the number is not ours). */
  since(afterSeq: number): readonly TrackerEvent[] | undefined {
    return this.#history.since(afterSeq)
  }

  /** Reads events one after the other; ends when the signal aborts, the loop is left or the bus is closed. */
  events(options: SubscribeOptions = {}): AsyncIterableIterator<TrackerMessage> {
    const reader = new Subscription(options, () => this.#readers.delete(reader))
    if (options.signal?.aborted === true) reader.close()
    else this.#readers.add(reader)
    if (options.afterSeq !== undefined) this.#resume(reader, options.afterSeq)
    return reader
  }

  /** Adds a handler; the returned function removes it. What it throws goes to `onHandlerError` and stops nobody. */
  on(handler: EventHandler, options: SubscribeOptions = {}): () => void {
    const messages = this.events(options)
    const run = async (): Promise<void> => {
      for await (const message of messages) {
        try {
          await handler(message)
        } catch (error) {
          this.#onHandlerError(error)
        }
      }
    }
    void run()
    return () => void messages.return?.()
  }

  /** Ends every reader once it has read what waits for it. */
  close(): void {
    for (const reader of this.#readers) reader.finish()
  }

  #resume(reader: Subscription, afterSeq: number): void {
    const missed = this.since(afterSeq)
    if (missed !== undefined) {
      for (const event of missed) reader.offer(event)
      return
    }
    const timestamp = this.#history.newestAt
    reader.offerGap({
      type: 'gap',
      reason: 'resume_too_old',
      lost: null,
      afterSeq: this.seq,
      timestamp,
    })
  }
}
