import type { Clock, Logger } from '../model/ports.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'

/** Options of `Tracker`. */
export interface TrackerOptions {
  /** Time between listings. Default 30,000. */
  syncIntervalMs?: number
  /** Tries after a failed listing. Default 3. */
  maxRetries?: number
  /** Wait before the first of them; doubles with each. Default 1,000. */
  retryIntervalMs?: number
  /** Events kept for readers that resume. Default 4,096. */
  historySize?: number
  /** A monitor you start and stop yourself. Without it the tracker measures at every listing. */
  monitor?: ResourceMonitor
  clock?: Clock
  logger?: Logger
}

/**
 * Numbers about a tracker.
 *
 * @see seeds/tracker.md (Go `TrackerStats`)
 */
export interface TrackerStats {
  totalWorkspaces: number
  syncIntervalMs: number
  /** Listeners and event readers. */
  activeCallbacks: number
  /** When the last listing that worked ended, in ms since 1970; 0 when none has. */
  lastSyncTime: number
  /** Holes in the engine's event stream that were noticed and repaired. */
  gaps: number
  /** Number of the newest event. */
  seq: number
}

const longestTimerMs = 2 ** 31 - 1

/** @throws RangeError outside 10 … 2,147,483,647 ms. */
export const checkInterval = (name: string, ms: number): number => {
  if (ms >= 10 && ms <= longestTimerMs) return ms
  throw new RangeError(`${name}: ${ms} is not between 10 and ${longestTimerMs} ms`)
}

/** @throws RangeError for anything but a whole number of 0 or more. */
export const checkRetries = (count: number): number => {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new RangeError(`setMaxRetries: ${count} is not a whole number of 0 or more`)
}
