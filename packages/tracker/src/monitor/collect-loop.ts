import type { ContainerStats, ResourceCounters } from '../model/metrics.ts'
import type { Clock } from '../model/ports.ts'
import { PendingSample } from './pending-sample.ts'
import type { SampleEnd } from './pending-sample.ts'
import type { RowOwner } from './usage-table.ts'
import type { UsageReader } from './usage-reader.ts'
import { noSlot } from './usage-reader.ts'
import type { WatchList } from './watch-list.ts'

/** What the loop needs from the monitor. */
export interface CollectPorts {
  readonly clock: Clock
  readonly watches: WatchList
  readonly reader: UsageReader
  /** Measurements that may wait for the source at a time. */
  readonly maxConcurrency: number
  intervalMs(): number
  accept(slot: number, stats: ContainerStats): void
  reject(owner: RowOwner, error: unknown): void
}

/** Measurements due within this share of the interval are taken together. */
const slackShare = 0.02
const shortestTickShare = 0.01
/** Readings that need no waiting hold up everything else for no longer than this, in ms. */
const sliceMs = 1
/** A measurement that took longer than its interval is not followed by the next at once: a rate needs time to have passed. */
const leastSpacingMs = 10
/** Asking for the time costs as much as half a reading. */
const readingsPerLook = 8

/** Measures what is due. Containers whose counters can be read at once are read in slices of one millisecond. */
export class CollectLoop {
  readonly #ports: CollectPorts
  #signal: AbortSignal | undefined
  #cancelTick: () => void = () => {}
  #nextAt = Number.POSITIVE_INFINITY
  /** Slots in the order in which they are measured; kept when all are, so that the next turn finds room. */
  readonly #due: number[] = []
  #queued = 0
  #taken = 0
  readonly #idle: PendingSample[] = []
  #inFlight = 0
  #cancelSlice: (() => void) | undefined

  readonly #end: SampleEnd = {
    arrived: (sample, counters) => this.#arrived(sample, counters),
    failed: (sample, error) => this.#failed(sample, error),
  }

  constructor(ports: CollectPorts) {
    this.#ports = ports
  }

  start(signal: AbortSignal): void {
    this.#signal = signal
    this.#tick(signal)
  }

  stop(): void {
    this.#signal = undefined
    this.#cancelTick()
    this.#cancelSlice?.()
    this.#cancelSlice = undefined
    this.#nextAt = Number.POSITIVE_INFINITY
    this.#queued = 0
    this.#taken = 0
  }

  /** Waking a sleeping process costs more than ten measurements, so there is one timer, set to the earliest one due. */
  wakeAt(at: number): void {
    const signal = this.#signal
    if (signal === undefined || at >= this.#nextAt) return
    this.#cancelTick()
    this.#nextAt = at
    const { clock } = this.#ports
    this.#cancelTick = clock.schedule(Math.max(0, at - clock.monotonic()), () => {
      this.#nextAt = Number.POSITIVE_INFINITY
      this.#tick(signal)
    })
  }

  /** Queues what is due, and what will be so soon that it is not worth waking up for again. */
  #tick(signal: AbortSignal): void {
    const { clock, watches } = this.#ports
    const now = clock.monotonic()
    const intervalMs = this.#ports.intervalMs()
    const soon = now + intervalMs * slackShare
    const next = watches.takeDue(soon, (slot) => {
      this.#due[this.#queued] = slot
      this.#queued += 1
    })
    this.#pump(signal)
    this.wakeAt(Math.max(next, now + intervalMs * shortestTickShare))
  }

  #pump(signal: AbortSignal): void {
    if (this.#cancelSlice !== undefined) return
    const { clock, watches, maxConcurrency } = this.#ports
    const endAt = clock.monotonic() + sliceMs
    for (let read = 1; this.#taken < this.#queued && this.#inFlight < maxConcurrency; read += 1) {
      const slot = this.#due[this.#taken] ?? 0
      this.#taken += 1
      const containerId = watches.containerOf(slot)
      if (containerId === '' || !watches.isQueued(slot)) continue
      const owner = { workspaceId: watches.workspaceOf(slot), containerId }
      if (!this.#measureNow(slot, owner)) this.#measure(slot, owner, signal)
      if (read % readingsPerLook === 0 && clock.monotonic() >= endAt) {
        this.#pauseSlice(signal)
        return
      }
    }
    if (this.#taken < this.#queued) return
    this.#queued = 0
    this.#taken = 0
  }

  #pauseSlice(signal: AbortSignal): void {
    this.#cancelSlice = this.#ports.clock.schedule(0, () => {
      this.#cancelSlice = undefined
      if (!signal.aborted) this.#pump(signal)
    })
  }

  /** False when the source needs time. */
  #measureNow(slot: number, owner: RowOwner): boolean {
    const { watches, reader } = this.#ports
    try {
      const stats = reader.readNow(slot, owner)
      if (stats === undefined) return false
      this.#reschedule(slot)
      this.#ports.accept(slot, stats)
    } catch (error) {
      this.#reschedule(slot)
      this.#ports.reject(owner, error)
    }
    if (watches.holds(slot, owner.containerId)) this.#done(slot)
    return true
  }

  #measure(slot: number, owner: RowOwner, signal: AbortSignal): void {
    this.#reschedule(slot)
    this.#inFlight += 1
    const sample = this.#idle.pop() ?? new PendingSample(this.#end, signal)
    Object.assign(sample, { slot, owner, signal })
    try {
      const answer = this.#ports.reader.sample(owner.containerId, signal)
      answer.then(sample.onCounters, sample.onError)
    } catch (error) {
      this.#failed(sample, error)
    }
  }

  #arrived(sample: PendingSample, counters: ResourceCounters): void {
    const { slot, owner } = sample
    try {
      const stats = this.#ports.reader.finish(slot, owner, counters)
      if (stats === undefined) {
        void this.#measureAgain(sample, counters)
        return
      }
      this.#hand(sample, stats)
    } catch (error) {
      this.#failed(sample, error)
      return
    }
    this.#over(sample)
  }

  async #measureAgain(sample: PendingSample, first: ResourceCounters): Promise<void> {
    const { slot, owner, signal } = sample
    try {
      this.#hand(sample, await this.#ports.reader.readAgain(slot, owner, { first, signal }))
    } catch (error) {
      this.#failed(sample, error)
      return
    }
    this.#over(sample)
  }

  #hand({ slot, owner }: PendingSample, stats: ContainerStats): void {
    if (this.#ports.watches.holds(slot, owner.containerId)) this.#ports.accept(slot, stats)
    else this.#ports.reader.forget(noSlot, owner.containerId)
  }

  #failed(sample: PendingSample, error: unknown): void {
    const { slot, owner, signal } = sample
    if (!signal.aborted && this.#ports.watches.holds(slot, owner.containerId))
      this.#ports.reject(owner, error)
    this.#over(sample)
  }

  #over(sample: PendingSample): void {
    const { watches, clock } = this.#ports
    const { slot, owner, signal } = sample
    this.#idle.push(sample)
    this.#inFlight -= 1
    if (watches.holds(slot, owner.containerId)) {
      const earliest = clock.monotonic() + leastSpacingMs
      watches.setDueAt(slot, Math.max(watches.dueAt(slot), earliest))
      this.#done(slot)
    }
    if (!signal.aborted) this.#pump(signal)
  }

  /** The next turn; one that comes late by more than an interval is not made up for. */
  #reschedule(slot: number): void {
    const { clock, watches } = this.#ports
    const dueAt = watches.dueAt(slot)
    const intervalMs = watches.intervalMs(slot)
    const late = clock.monotonic() - dueAt
    watches.setDueAt(slot, dueAt + intervalMs + (late > intervalMs ? late : 0))
  }

  #done(slot: number): void {
    this.#ports.watches.setQueued(slot, false)
    this.wakeAt(this.#ports.watches.dueAt(slot))
  }
}
