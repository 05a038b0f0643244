import { EventType } from '../model/events.ts'
import type { TrackerEvent } from '../model/events.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { WatchedTracker } from '../monitor/watched.ts'
import type { StateStore } from '../persistence/state-store.ts'
import { StateWriter, requireStarted } from '../persistence/state-writer.ts'
import type { Death, FlightRecord } from './flight-record.ts'
import { diagnose } from './flight-record.ts'
import { FlightTapes } from './flight-tapes.ts'
import { Recent } from './recent.ts'
import { flightDocuments } from './stored-documents.ts'

/** Options of `FlightRecorder`. */
export interface FlightRecorderOptions {
  /** How far back a record goes, in ms. Default 600,000. */
  readonly windowMs?: number
  /** Measurements kept per workspace, whatever the window. Default 60. */
  readonly maxSamples?: number
  /** Records kept; the oldest go first. Default 64. */
  readonly maxRecords?: number
  /** Workspaces recorded; beyond it the one not heard of for the longest time is dropped. Default 2,000. */
  readonly maxWorkspaces?: number
  /**
   * Keeps records and the last minutes (of events the newest 16) over a crash; needs `start`. About 15 KB a workspace and 60 KB a
   * record, so for more than a thousand workspaces one of its own, lest it crowds out alerts.
   */
  readonly store?: StateStore
  readonly clock?: Clock
  readonly logger?: Logger
}

const defaults = { windowMs: 600_000, maxSamples: 60, maxRecords: 64, maxWorkspaces: 2000 }
const saveDelayMs = 1000
const recordedTypes = Object.values(EventType).filter((type) => type !== 'metrics_update')
const ended: ReadonlySet<string> = new Set(['exited', 'dead', 'removing', ''])

/** Keeps the last ten minutes of every workspace. When a container dies, they become a record that says why. */
export class FlightRecorder {
  readonly #tapes: FlightTapes
  readonly #records: Recent<FlightRecord>
  readonly #writer: StateWriter | undefined
  readonly #hasStore: boolean
  /** Containers that ended during an outage, whose exit nobody may have seen. */
  readonly #suspects = new Map<string, { readonly containerId: string; readonly at: number }>()
  #outage: { readonly error: string; over: boolean } | undefined
  #started = false

  constructor(options: FlightRecorderOptions = {}) {
    const { windowMs, maxSamples, maxRecords, maxWorkspaces } = { ...defaults, ...options }
    const { store, clock = systemClock, logger = silentLogger } = options
    this.#hasStore = store !== undefined
    this.#writer =
      store && new StateWriter({ store, prefix: 'flights/', clock, logger, delayMs: saveDelayMs })
    this.#records = new Recent(maxRecords, this.#writer)
    this.#tapes = new FlightTapes({ windowMs, maxSamples, maxWorkspaces, writer: this.#writer })
  }

  /** Records of what died, newest last. */
  get records(): readonly FlightRecord[] {
    return this.#records.items
  }

  /**
   * Restores records and tapes of an earlier process. Needed once when there is a store, before the tracker starts.
   *
   * @throws TrackerError `STORE` when it cannot be read.
   */
  async start(): Promise<void> {
    const saved = (await this.#writer?.load(flightDocuments)) ?? new Map<string, unknown>()
    this.#started = true
    this.#records.restore(saved)
    this.#tapes.restore(saved)
  }

  /** Writes what waits. */
  async stop(): Promise<void> {
    await this.#writer?.stop()
  }

  /** Records a tracker's workspaces; the returned function stops that. Attach before the tracker starts. */
  attach(tracker: WatchedTracker): () => void {
    const offSamples = tracker.monitor.onSample({ onSample: (stats) => this.sample(stats) })
    const offEvents = tracker.on(
      (message) => void (message.type !== 'gap' && this.event(message)),
      { types: recordedTypes },
    )
    return () => {
      offSamples()
      offEvents()
    }
  }

  /** Takes a measurement. @throws TrackerError `STOPPED` when there is a store and `start` was not called. */
  sample(stats: ContainerStats): void {
    requireStarted('FlightRecorder.sample', this.#started || !this.#hasStore)
    this.#tapes.addSample(stats)
  }

  /** Takes an event. @throws TrackerError `STOPPED` when there is a store and `start` was not called. */
  event(event: TrackerEvent): void {
    requireStarted('FlightRecorder.event', this.#started || !this.#hasStore)
    if (event.type === 'metrics_update') return
    if (event.workspaceId === '') return this.#onSourceEvent(event)
    if (event.type === 'container_update') this.#onUpdate(event)
    this.#tapes.addEvent(event)
    if (event.type === 'error') this.#onError(event)
    if (event.type === 'status_changed' && event.data.reason === 'workspace_removed')
      this.#onRemoved(event)
  }

  /** Failures and recoveries of the engine as a whole, and listings. */
  #onSourceEvent(event: TrackerEvent): void {
    if (event.type === 'error') this.#outage = { error: event.data.error, over: false }
    if (event.type === 'recovery' && this.#outage !== undefined) this.#outage.over = true
    if (event.type !== 'sync_complete' || event.data.errorCount > 0) return
    for (const workspaceId of this.#tapes.inherited()) this.#findMissing(workspaceId, event)
    if (this.#outage?.over !== true) return
    for (const [workspaceId, { containerId, at }] of this.#suspects)
      this.#freeze(
        { workspaceId, containerId, at },
        { seen: 'after_outage', outage: this.#outage.error },
      )
    this.#suspects.clear()
    this.#outage = undefined
  }

  #onUpdate(event: TrackerEvent & { type: 'container_update' }): void {
    const { workspaceId, timestamp: at, data } = event
    const inherited = this.#tapes.inheritedContainer(workspaceId)
    if (inherited !== undefined) {
      const lives = data.containerId === inherited && !ended.has(data.newState)
      if (lives) this.#tapes.adopt(workspaceId)
      else this.#freeze({ workspaceId, containerId: inherited, at }, { seen: 'after_restart' })
      return
    }
    const { containerId } = data
    if (this.#outage !== undefined && !ended.has(data.oldState) && ended.has(data.newState))
      this.#suspects.set(workspaceId, { containerId, at })
  }

  #onError(event: TrackerEvent & { type: 'error' }): void {
    const exitCode = event.data.context['exit_code']
    if (typeof exitCode !== 'number') return
    const containerId = String(event.data.context['container_id'] ?? '')
    const { workspaceId, timestamp: at } = event
    this.#suspects.delete(workspaceId)
    this.#freeze({ workspaceId, containerId, at }, { seen: 'exit', exitCode })
  }

  /** A removal that nobody asked for during an outage, or before we began, is a death too. */
  #onRemoved({
    workspaceId,
    timestamp: at,
    data,
  }: TrackerEvent & { type: 'status_changed' }): void {
    if (this.#outage !== undefined && data.oldStatus === 'active')
      this.#freeze(
        { workspaceId, containerId: data.containerId, at },
        { seen: 'after_outage', outage: this.#outage.error },
      )
    this.#suspects.delete(workspaceId)
    this.#tapes.delete(workspaceId)
  }

  /** Everything is listed, and this workspace was not. */
  #findMissing(workspaceId: string, { timestamp: at }: TrackerEvent): void {
    const containerId = this.#tapes.inheritedContainer(workspaceId)
    if (containerId === undefined) this.#tapes.delete(workspaceId)
    else this.#freeze({ workspaceId, containerId, at }, { seen: 'after_restart' })
  }

  #freeze(
    dead: { readonly workspaceId: string; readonly containerId: string; readonly at: number },
    death: Death,
  ): void {
    const { workspaceId, containerId, at: diedAt } = dead
    const evidence = this.#tapes.evidence(workspaceId, containerId)
    const verdict = diagnose(death, evidence)
    this.#records.add({ workspaceId, containerId, diedAt, ...verdict, ...evidence })
    // The next life of the workspace begins on an empty tape.
    this.#tapes.delete(workspaceId)
    void this.#writer?.flush()
  }
}
