import type { TrackerEvent } from '../model/events.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { StateWriter } from '../persistence/state-writer.ts'
import type { Evidence } from './flight-record.ts'
import type { SampleRow } from './sample-row.ts'
import { fromSampleRow, toSampleRow } from './sample-row.ts'

/** Bounds of the tapes. */
export interface TapeOptions {
  readonly windowMs: number
  readonly maxSamples: number
  readonly maxWorkspaces: number
  readonly writer: StateWriter | undefined
}

interface Tape {
  samples: readonly ContainerStats[]
  events: readonly TrackerEvent[]
  /** Numbers of what comes next, for its slot in the store. */
  nextSample: number
  nextEvent: number
  /** From an earlier process, and nothing has been heard of it since. */
  inherited: boolean
}

interface Slotted<T> {
  readonly number: number
  readonly item: T
}

const maxEvents = 64
const storedEvents = 16
const prefix = 'tape/'

type SlotName = readonly [workspaceId: string, kind: 's' | 'e', slot: number]

const slotKey = (...name: SlotName): string => prefix + JSON.stringify(name)

/** The last minutes of every workspace, each measurement and event in a slot of its own, so that little is written at a time. */
export class FlightTapes {
  readonly #options: TapeOptions
  readonly #tapes = new Map<string, Tape>()

  constructor(options: TapeOptions) {
    this.#options = options
  }

  /** Takes up what an earlier process kept. */
  restore(saved: ReadonlyMap<string, unknown>): void {
    for (const [key, value] of saved) {
      if (!key.startsWith(prefix)) continue
      const [workspaceId, kind, slot] = JSON.parse(key.slice(prefix.length)) as SlotName
      if (slot >= this.#slots(kind)) {
        // Of a recorder that kept more.
        this.#options.writer?.put(key, undefined)
        continue
      }
      const tape = this.#open(workspaceId)
      const { number, item } = value as Slotted<SampleRow | TrackerEvent>
      tape.inherited = true
      if (kind === 's') {
        tape.samples = [...tape.samples, fromSampleRow(workspaceId, item as SampleRow)]
        tape.nextSample = Math.max(tape.nextSample, number + 1)
      } else {
        tape.events = [...tape.events, item as TrackerEvent]
        tape.nextEvent = Math.max(tape.nextEvent, number + 1)
      }
    }
    for (const tape of this.#tapes.values()) {
      tape.samples = tape.samples.toSorted((a, b) => a.timestamp - b.timestamp)
      tape.events = tape.events.toSorted((a, b) => a.timestamp - b.timestamp)
    }
  }

  addSample(stats: ContainerStats): void {
    const tape = this.#open(stats.workspaceId)
    const oldest = stats.timestamp - this.#options.windowMs
    tape.samples = [...tape.samples, stats]
      .filter(({ timestamp }) => timestamp >= oldest)
      .slice(-this.#options.maxSamples)
    const number = tape.nextSample++
    const slot = slotKey(stats.workspaceId, 's', number % this.#slots('s'))
    this.#options.writer?.put(slot, { number, item: toSampleRow(stats) })
  }

  addEvent(event: TrackerEvent): void {
    const tape = this.#open(event.workspaceId)
    const oldest = event.timestamp - this.#options.windowMs
    tape.events = [...tape.events, event]
      .filter(({ timestamp }) => timestamp >= oldest)
      .slice(-maxEvents)
    const number = tape.nextEvent++
    const slot = slotKey(event.workspaceId, 'e', number % this.#slots('e'))
    this.#options.writer?.put(slot, { number, item: event })
  }

  /** What is known of one container of a workspace. */
  evidence(workspaceId: string, containerId: string): Evidence {
    const tape = this.#tapes.get(workspaceId)
    const own = tape?.samples.filter((stats) => stats.containerId === containerId)
    return { samples: own ?? [], events: tape?.events ?? [] }
  }

  /** The container that was measured last, of a tape of an earlier process. */
  inheritedContainer(workspaceId: string): string | undefined {
    const tape = this.#tapes.get(workspaceId)
    return tape?.inherited === true ? tape.samples.at(-1)?.containerId : undefined
  }

  /** Workspaces whose tape is of an earlier process. */
  inherited(): readonly string[] {
    return [...this.#tapes].filter(([, tape]) => tape.inherited).map(([id]) => id)
  }

  /** The workspace lives on: its tape is ours now. */
  adopt(workspaceId: string): void {
    const tape = this.#tapes.get(workspaceId)
    if (tape !== undefined) tape.inherited = false
  }

  delete(workspaceId: string): void {
    const tape = this.#tapes.get(workspaceId)
    if (tape === undefined) return
    this.#tapes.delete(workspaceId)
    for (const [kind, used] of [
      ['s', tape.nextSample],
      ['e', tape.nextEvent],
    ] as const)
      for (let slot = 0; slot < Math.min(this.#slots(kind), used); slot += 1)
        this.#options.writer?.put(slotKey(workspaceId, kind, slot), undefined)
  }

  /** Slots of samples or events that one workspace has in the store. */
  #slots(kind: 's' | 'e'): number {
    return kind === 's' ? this.#options.maxSamples : storedEvents
  }

  /** The tape of a workspace, which becomes the newest of all. */
  #open(workspaceId: string): Tape {
    const known = this.#tapes.get(workspaceId)
    if (known !== undefined) this.#tapes.delete(workspaceId)
    else if (this.#tapes.size >= this.#options.maxWorkspaces)
      this.delete(this.#tapes.keys().next().value ?? workspaceId)
    const tape = known ?? {
      samples: [],
      events: [],
      nextSample: 0,
      nextEvent: 0,
      inherited: false,
    }
    this.#tapes.set(workspaceId, tape)
    return tape
  }
}
