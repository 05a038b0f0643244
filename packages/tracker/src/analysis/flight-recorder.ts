import type { ContainerStats } from '../model/metrics.ts'
import type { TrackerEvent } from '../model/events.ts'
import type { Tracker } from '../tracking/tracker.ts'

/** Why a container ended, as far as the record shows. */
export type DeathCause = 'out_of_memory' | 'out_of_memory_likely' | 'killed' | 'crashed'

/** The last minutes of a container that died. */
export interface FlightRecord {
  readonly workspaceId: string
  readonly containerId: string
  readonly diedAt: number
  readonly cause: DeathCause
  /** The cause in a sentence, with its evidence. */
  readonly why: string
  readonly exitCode: number | null
  /** Measurements of the last ten minutes, oldest first. */
  readonly samples: readonly ContainerStats[]
  /** Events of the workspace in that time, oldest first, without measurements. */
  readonly events: readonly TrackerEvent[]
}

/** Options of `FlightRecorder`. */
export interface FlightRecorderOptions {
  /** Default 600,000. */
  readonly windowMs?: number
  /** Measurements kept per workspace, whatever the window. Default 60. */
  readonly maxSamples?: number
  /** Records kept; the oldest go first. Default 64. */
  readonly maxRecords?: number
}

interface Tape {
  samples: ContainerStats[]
  events: TrackerEvent[]
}

const defaults = { windowMs: 600_000, maxSamples: 60, maxRecords: 64 }
const maxEvents = 64
const nearLimitPercent = 95
const killedCode = 137

const diagnose = (
  error: TrackerEvent & { type: 'error' },
  tape: Tape,
): Pick<FlightRecord, 'cause' | 'why' | 'exitCode'> => {
  const code = error.data.context['exit_code']
  const exitCode = typeof code === 'number' ? code : null
  const oom = tape.events.some(
    (event) => event.type === 'error' && event.data.context['oom'] === true,
  )
  const last = tape.samples.at(-1)
  const memory =
    last === undefined
      ? 'no measurement'
      : `memory at ${last.memoryPercent.toFixed(0)} % of its limit`
  if (oom)
    return {
      cause: 'out_of_memory',
      why: `the kernel reported out of memory; ${memory} when last measured`,
      exitCode,
    }
  if (exitCode === killedCode && (last?.memoryPercent ?? 0) >= nearLimitPercent) {
    return {
      cause: 'out_of_memory_likely',
      why: `killed by SIGKILL nobody asked the engine for, with ${memory}`,
      exitCode,
    }
  }
  if (exitCode !== null && exitCode > 128)
    return {
      cause: 'killed',
      why: `ended by signal ${exitCode - 128} that nobody asked the engine for; ${memory}`,
      exitCode,
    }
  return {
    cause: 'crashed',
    why: `the program ended itself with code ${exitCode ?? 'unknown'}; ${memory}`,
    exitCode,
  }
}

/** Keeps the last ten minutes of every workspace, and of what crashed, a record that says why. */
export class FlightRecorder {
  readonly #options: Required<FlightRecorderOptions>
  readonly #tapes = new Map<string, Tape>()
  #records: FlightRecord[] = []

  constructor(options: FlightRecorderOptions = {}) {
    this.#options = { ...defaults, ...options }
  }

  /** Records a tracker's workspaces; the returned function stops that. */
  attach(tracker: Tracker): () => void {
    const offSamples = tracker.monitor.onSample({ onSample: (stats) => this.sample(stats) })
    const offEvents = tracker.on((message) => void (message.type !== 'gap' && this.event(message)))
    return () => {
      offSamples()
      offEvents()
    }
  }

  /** Records of crashes, newest last. */
  get records(): readonly FlightRecord[] {
    return this.#records
  }

  sample(stats: ContainerStats): void {
    const tape = this.#tape(stats.workspaceId)
    const oldest = stats.timestamp - this.#options.windowMs
    tape.samples = [...tape.samples, stats]
      .filter(({ timestamp }) => timestamp >= oldest)
      .slice(-this.#options.maxSamples)
  }

  event(event: TrackerEvent): void {
    if (event.workspaceId === '' || event.type === 'metrics_update') return
    const tape = this.#tape(event.workspaceId)
    const oldest = event.timestamp - this.#options.windowMs
    tape.events = [...tape.events, event]
      .filter(({ timestamp }) => timestamp >= oldest)
      .slice(-maxEvents)
    if (event.type === 'error' && typeof event.data.context['exit_code'] === 'number')
      this.#freeze(event, tape)
    if (event.type === 'status_changed' && event.data.reason === 'workspace_removed')
      this.#tapes.delete(event.workspaceId)
  }

  #freeze(event: TrackerEvent & { type: 'error' }, tape: Tape): void {
    const containerId = String(event.data.context['container_id'] ?? '')
    const own = tape.samples.filter((stats) => stats.containerId === containerId)
    const kept = { samples: own, events: [...tape.events] }
    this.#records = [
      ...this.#records,
      {
        workspaceId: event.workspaceId,
        containerId,
        diedAt: event.timestamp,
        ...diagnose(event, kept),
        ...kept,
      },
    ].slice(-this.#options.maxRecords)
    // The next life of the workspace begins on an empty tape.
    this.#tapes.delete(event.workspaceId)
  }

  #tape(workspaceId: string): Tape {
    const known = this.#tapes.get(workspaceId)
    if (known !== undefined) return known
    const tape: Tape = { samples: [], events: [] }
    this.#tapes.set(workspaceId, tape)
    return tape
  }
}
