import { toMessage } from '../model/errors.ts'
import type { EventDraft } from '../model/events.ts'
import type { Clock } from '../model/ports.ts'
import type { ContainerInfo, WorkspaceRecord } from '../model/state.ts'
import { Outage } from './outage.ts'
import type { Change, World } from './world.ts'

/** What the loop needs from the tracker. */
export interface SyncPorts {
  readonly clock: Clock
  readonly world: World
  list(
    signal: AbortSignal,
  ): Promise<{ records: readonly WorkspaceRecord[]; containers: readonly ContainerInfo[] }>
  publish(draft: EventDraft): void
  apply(changes: readonly Change[], surprises: readonly string[]): void
}

const soonMs = 20
const longestRetryMs = 30_000

/** Lists at an interval, after gaps and on demand; one listing at a time. */
export class SyncLoop {
  maxRetries = 3
  retryIntervalMs = 1000
  readonly #ports: SyncPorts
  readonly #outage = new Outage('listing', 'sync_succeeded')
  #intervalMs = 30_000
  #lastSyncTime = 0
  #signal: AbortSignal | undefined
  #cancelNext: () => void = () => {}
  #nextAt = Number.POSITIVE_INFINITY
  #current: Promise<void> | undefined
  #again: Promise<void> | undefined

  constructor(ports: SyncPorts) {
    this.#ports = ports
  }

  get intervalMs(): number {
    return this.#intervalMs
  }

  get lastSyncTime(): number {
    return this.#lastSyncTime
  }

  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs
    if (this.#signal !== undefined) this.#schedule(intervalMs)
  }

  /** First listing; rejects when it fails `maxRetries` times again. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    await this.once(signal)
  }

  async stop(): Promise<void> {
    this.#signal = undefined
    this.#cancelNext()
    await this.#current?.catch(() => {})
  }

  /** Lists shortly; calls within that time count as one. */
  soon(): void {
    if (this.#signal !== undefined && this.#nextAt > this.#ports.clock.monotonic() + soonMs)
      this.#schedule(soonMs)
  }

  /** A listing that begins after this call: one that is already under way is followed by another, shared by all who ask. */
  once(signal: AbortSignal): Promise<void> {
    if (this.#current === undefined) return this.#begin(signal)
    this.#again ??= this.#current
      .catch(() => {})
      .then(() => {
        this.#again = undefined
        return this.#begin(signal)
      })
    return this.#again
  }

  #begin(signal: AbortSignal): Promise<void> {
    this.#cancelNext()
    this.#nextAt = Number.POSITIVE_INFINITY
    const current = this.#withRetries(signal).finally(() => {
      this.#current = undefined
      if (this.#signal !== undefined && this.#nextAt === Number.POSITIVE_INFINITY)
        this.#schedule(this.#intervalMs)
    })
    this.#current = current
    return current
  }

  #schedule(delayMs: number): void {
    this.#cancelNext()
    this.#nextAt = this.#ports.clock.monotonic() + delayMs
    this.#cancelNext = this.#ports.clock.schedule(delayMs, () => {
      const signal = this.#signal
      // A failure has already been published as an error event; the next interval tries again.
      if (signal !== undefined) this.once(signal).catch(() => {})
    })
  }

  async #withRetries(signal: AbortSignal): Promise<void> {
    for (let retry = 0; ; retry += 1) {
      try {
        await this.#attempt(signal)
        return
      } catch (error) {
        if (signal.aborted) throw error
        const last = retry >= this.maxRetries
        const now = this.#ports.clock.now()
        this.#ports.world.noteSyncFailure(toMessage(error), now)
        const draft = this.#outage.fail(error, retry, now)
        if (retry === 0 || last) this.#ports.publish(draft)
        if (last) throw error
        await this.#wait(Math.min(longestRetryMs, this.retryIntervalMs * 2 ** retry), signal)
      }
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { clock, world } = this.#ports
    const began = clock.monotonic()
    const mark = world.mark
    this.#publishSync('sync_start', {
      workspaceCount: world.size,
      durationMs: 0,
      successCount: 0,
      errorCount: 0,
    })
    try {
      const { records, containers } = await this.#ports.list(signal)
      signal.throwIfAborted()
      const recovery = this.#outage.recover(clock.now())
      if (recovery !== undefined) this.#ports.publish(recovery)
      const listing = { records, containers, at: clock.now(), mark }
      const { changes, surprises } = world.reconcile(listing, (change) =>
        this.#ports.apply([change], []),
      )
      const quiet = this.#lastSyncTime === 0 || recovery !== undefined
      this.#ports.apply(changes, quiet ? [] : surprises)
      this.#lastSyncTime = clock.now()
      const durationMs = clock.monotonic() - began
      this.#publishSync('sync_complete', {
        workspaceCount: world.size,
        durationMs,
        successCount: world.size,
        errorCount: 0,
      })
    } catch (error) {
      const durationMs = clock.monotonic() - began
      const errorCount = Math.max(1, world.size)
      if (!signal.aborted)
        this.#publishSync('sync_complete', {
          workspaceCount: world.size,
          durationMs,
          successCount: 0,
          errorCount,
        })
      throw error
    }
  }

  #publishSync(
    type: 'sync_start' | 'sync_complete',
    data: { workspaceCount: number; durationMs: number; successCount: number; errorCount: number },
  ): void {
    const timestamp = this.#ports.clock.now()
    this.#ports.publish({
      type,
      workspaceId: '',
      timestamp,
      message: type.replace('_', ' '),
      data: { ...data, timestamp },
    })
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.schedule(ms, resolve)
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
    signal.throwIfAborted()
  }
}
