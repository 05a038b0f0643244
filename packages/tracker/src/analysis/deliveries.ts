import type { Clock, Logger } from '../model/ports.ts'
import type { StateWriter } from '../persistence/state-writer.ts'
import { withRetries } from '../push/retry.ts'
import type { Alert, Notifier } from './alert.ts'

/** What deliveries need. */
export interface DeliveryOptions {
  readonly notifiers: readonly Notifier[]
  readonly maxRetries: number
  readonly retryMs: number
  readonly maxPending: number
  readonly clock: Clock
  readonly logger: Logger
  /** Keeps what waits; absent when nothing is kept. */
  readonly writer: StateWriter | undefined
}

interface Delivery {
  readonly alert: Alert
  /** Place in the outbox; null for a repetition, which needs none. */
  readonly number: number | null
}

interface Lane {
  readonly notifier: Notifier
  readonly key: string
  readonly pending: Delivery[]
  /** When each alert that fires was last told, on the monotonic clock, in ms. */
  readonly told: Map<string, number>
  next: number
  busy: boolean
}

const outbox = 'out/'

/**
 * Tells each notifier about alerts, in order, at its own pace. With a writer, a notification is in the outbox before it is
 * sent and until it was accepted, so that a process that is killed sends it after its restart: at least once.
 */
export class Deliveries {
  readonly #options: DeliveryOptions
  readonly #lanes: readonly Lane[]
  readonly #stopped = new AbortController()
  #dropped = 0

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#lanes = options.notifiers.map((notifier, i) => ({
      notifier,
      key: `${outbox}${i} ${notifier.name}/`,
      pending: [],
      told: new Map(),
      next: 0,
      busy: false,
    }))
  }

  /** Notifications that were given up. */
  get dropped(): number {
    return this.#dropped
  }

  /** Takes up what an earlier process left in the outbox. */
  restore(saved: ReadonlyMap<string, unknown>): void {
    const left = [...saved].filter(([key]) => key.startsWith(outbox))
    for (const lane of this.#lanes) this.#takeUp(lane, left)
    for (const [key] of left) {
      if (this.#lanes.some((lane) => key.startsWith(lane.key))) continue
      this.#options.writer?.put(key, undefined)
      this.#giveUp(key, 'its notifier is not there any more')
    }
  }

  /** Tells every notifier. */
  send(alert: Alert): void {
    for (const lane of this.#lanes) {
      if (lane.pending.length >= this.#options.maxPending) {
        const oldest = lane.pending.shift()
        if (oldest !== undefined) this.#forget(lane, oldest)
        this.#dropped += 1
      }
      const delivery = { alert, number: lane.next++ }
      lane.pending.push(delivery)
      this.#options.writer?.put(this.#slot(lane, delivery.number), delivery)
      void this.#drain(lane)
    }
  }

  /** Tells again those who asked for repetition and were not told for that long. */
  repeat(firing: readonly Alert[]): void {
    const now = this.#options.clock.monotonic()
    const ids = new Set(firing.map(({ id }) => id))
    for (const lane of this.#lanes) {
      const { repeatMs } = lane.notifier
      for (const id of lane.told.keys()) if (!ids.has(id)) lane.told.delete(id)
      if (repeatMs === undefined || lane.busy) continue
      for (const alert of firing)
        if (now - (lane.told.get(alert.id) ?? Number.NEGATIVE_INFINITY) >= repeatMs)
          lane.pending.push({ alert, number: null })
      void this.#drain(lane)
    }
  }

  #takeUp(lane: Lane, left: readonly (readonly [string, unknown])[]): void {
    const own = left.filter(([key]) => key.startsWith(lane.key))
    const deliveries = own.map(([, value]) => value as Delivery & { readonly number: number })
    lane.pending.push(...deliveries.toSorted((a, b) => a.number - b.number))
    lane.next = Math.max(-1, ...deliveries.map(({ number }) => number)) + 1
    // With another `maxPending` than last time each has another slot.
    for (const [key] of own) this.#options.writer?.put(key, undefined)
    for (const delivery of deliveries)
      this.#options.writer?.put(this.#slot(lane, delivery.number), delivery)
    void this.#drain(lane)
  }

  /** Ends what is under way; what is in the outbox stays there. */
  stop(): void {
    this.#stopped.abort()
  }

  async #drain(lane: Lane): Promise<void> {
    if (lane.busy) return
    lane.busy = true
    for (;;) {
      const delivery = this.#stopped.signal.aborted ? undefined : lane.pending.shift()
      if (delivery === undefined) break
      await this.#options.writer?.flush()
      await this.#deliver(lane, delivery)
    }
    lane.busy = false
  }

  async #deliver(lane: Lane, delivery: Delivery): Promise<void> {
    const { maxRetries, retryMs, clock } = this.#options
    const { signal } = this.#stopped
    const { alert } = delivery
    const again = { maxRetries, retryMs, clock, signal }
    try {
      await withRetries(() => lane.notifier.notify(alert, signal), again)
    } catch (error) {
      if (signal.aborted) return
      this.#giveUp(`${alert.id} (${alert.status}) to ${lane.notifier.name}`, error)
    }
    if (alert.status === 'firing') lane.told.set(alert.id, clock.monotonic())
    else lane.told.delete(alert.id)
    this.#forget(lane, delivery)
    // At once: until this is written, a process that is killed would tell it again.
    if (delivery.number !== null) void this.#options.writer?.flush()
  }

  #giveUp(what: string, error: unknown): void {
    this.#dropped += 1
    this.#options.logger.error(`a notification was given up: ${what}`, error)
  }

  #forget(lane: Lane, { number }: Delivery): void {
    if (number !== null) this.#options.writer?.put(this.#slot(lane, number), undefined)
  }

  /** What waits plus the one under way never needs more slots than this. */
  #slot(lane: Lane, number: number): string {
    return `${lane.key}${number % (this.#options.maxPending + 1)}`
  }
}
