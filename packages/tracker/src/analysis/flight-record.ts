import type { TrackerEvent } from '../model/events.ts'
import type { ContainerStats } from '../model/metrics.ts'

/**
 * Why a container ended, as far as the record shows.
 * - `out_of_memory`: the kernel said so; `out_of_memory_likely`: SIGKILL that nobody asked for, close to the limit
 * - `killed`: by another signal, or SIGKILL with memory to spare; `crashed`: ended itself with a code
 * - `engine_lost`: gone when an engine that had not answered answered again
 * - `unobserved`: gone when the tracker was started again
 */
export type DeathCause =
  | 'out_of_memory'
  | 'out_of_memory_likely'
  | 'killed'
  | 'crashed'
  | 'engine_lost'
  | 'unobserved'

/** The last minutes of a container that died. */
export interface FlightRecord {
  readonly workspaceId: string
  readonly containerId: string
  /** In ms since 1970; for what nobody saw die, when that was noticed. */
  readonly diedAt: number
  readonly cause: DeathCause
  /** The cause in a sentence, with its evidence. */
  readonly why: string
  /** Null where nobody saw it. */
  readonly exitCode: number | null
  /** Measurements of the last ten minutes, oldest first. */
  readonly samples: readonly ContainerStats[]
  /** Events of the workspace in that time, oldest first, without measurements. */
  readonly events: readonly TrackerEvent[]
}

/** What is known about a container's last minutes. */
export interface Evidence {
  readonly samples: readonly ContainerStats[]
  readonly events: readonly TrackerEvent[]
}

/** How a container was found to have ended. */
export type Death =
  | { readonly seen: 'exit'; readonly exitCode: number }
  | { readonly seen: 'after_outage'; readonly outage: string }
  | { readonly seen: 'after_restart' }

const nearLimitPercent = 95
const killedCode = 137
const firstSignalCode = 128

const memoryOf = ({ samples }: Evidence): string => {
  const last = samples.at(-1)
  return last === undefined
    ? 'no measurement'
    : `memory at ${last.memoryPercent.toFixed(0)} % of its limit`
}

/** Says why, from what is known. */
export const diagnose = (
  death: Death,
  evidence: Evidence,
): Pick<FlightRecord, 'cause' | 'why' | 'exitCode'> => {
  const memory = memoryOf(evidence)
  if (death.seen === 'after_outage') {
    const why = `it was gone when the engine answered again (${death.outage}), so nobody saw it end; ${memory} when last measured`
    return { cause: 'engine_lost', why, exitCode: null }
  }
  if (death.seen === 'after_restart') {
    const why = `it ended while the tracker did not run, so nobody saw it; ${memory} when last measured`
    return { cause: 'unobserved', why, exitCode: null }
  }
  return diagnoseExit(death.exitCode, evidence, memory)
}

const diagnoseExit = (
  exitCode: number,
  { samples, events }: Evidence,
  memory: string,
): Pick<FlightRecord, 'cause' | 'why' | 'exitCode'> => {
  const oom = events.some((event) => event.type === 'error' && event.data.context['oom'] === true)
  if (oom) {
    const why = `the kernel reported out of memory; ${memory} when last measured`
    return { cause: 'out_of_memory', why, exitCode }
  }
  if (exitCode === killedCode && (samples.at(-1)?.memoryPercent ?? 0) >= nearLimitPercent) {
    const why = `killed by SIGKILL nobody asked the engine for, with ${memory}`
    return { cause: 'out_of_memory_likely', why, exitCode }
  }
  if (exitCode > firstSignalCode) {
    const why = `ended by signal ${exitCode - firstSignalCode} that nobody asked the engine for; ${memory}`
    return { cause: 'killed', why, exitCode }
  }
  return {
    cause: 'crashed',
    why: `the program ended itself with code ${exitCode}; ${memory}`,
    exitCode,
  }
}
