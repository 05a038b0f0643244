import type { ContainerStats } from '../model/metrics.ts'

/** What a rule can watch. */
export type AlertMetric =
  | 'cpu_percent'
  | 'memory_percent'
  | 'memory_bytes'
  | 'network_rate'
  | 'pids'
  | 'throttled_percent'

/**
 * Reads each metric from a measurement: percent (of one core, of the limit, of periods), bytes, bytes per second, or a
 * count.
 */
export const alertMetrics: Readonly<Record<AlertMetric, (stats: ContainerStats) => number>> = {
  cpu_percent: (stats) => stats.cpuPercent,
  memory_percent: (stats) => stats.memoryPercent,
  memory_bytes: (stats) => stats.memoryUsage,
  network_rate: (stats) => stats.networkRxRate + stats.networkTxRate,
  pids: (stats) => stats.pidsCount,
  throttled_percent: (stats) => stats.throttledPercent,
}

/** A threshold with hysteresis and duration. */
export interface AlertRule {
  /** No two rules have the same. */
  readonly id: string
  readonly metric: AlertMetric
  /** Fires above this value. */
  readonly above: number
  /** Resolves below this value. Default nine tenths of `above`. */
  readonly clearBelow?: number
  /** How long the value must have been seen above before it fires, in ms. Default 0. */
  readonly forMs?: number
  /** The most that the time between two measurements counts, in ms, so that silence does not pass for evidence. Default 60,000. */
  readonly maxGapMs?: number
  readonly severity?: 'warning' | 'critical'
}

/** Where one rule stands for one workspace. Times in ms since 1970, `heldMs` in ms. */
export type AlertState =
  | { readonly phase: 'quiet' }
  | {
      readonly phase: 'pending'
      /** When the value crossed the threshold. */
      readonly since: number
      /** How long it has been seen above. */
      readonly heldMs: number
      /** The newest measurement; null after a restart, so that the time without us counts nothing. */
      readonly lastAt: number | null
    }
  | { readonly phase: 'firing'; readonly since: number }

const defaultMaxGapMs = 60_000
const defaultClearShare = 0.9

/** The rules of the seed's implementation: CPU over 80 %, memory over 85 % of its limit. */
export const defaultAlertRules: readonly AlertRule[] = [
  {
    id: 'high-cpu',
    metric: 'cpu_percent',
    above: 80,
    clearBelow: 70,
    forMs: 60_000,
    severity: 'warning',
  },
  {
    id: 'high-memory',
    metric: 'memory_percent',
    above: 85,
    clearBelow: 80,
    forMs: 30_000,
    severity: 'critical',
  },
]

/** Below this value a rule resolves. */
const clearBelowOf = (rule: AlertRule): number =>
  rule.clearBelow ?? rule.above - Math.abs(rule.above) * (1 - defaultClearShare)

/** @throws TypeError for two rules of one id; RangeError for bounds that could never work. */
export const checkRules = (rules: readonly AlertRule[]): readonly AlertRule[] => {
  const ids = new Set<string>()
  for (const rule of rules) {
    if (rule.id === '' || ids.has(rule.id))
      throw new TypeError(`two alert rules are called "${rule.id}", or one has no id`)
    ids.add(rule.id)
    if (!Number.isFinite(rule.above) || !(clearBelowOf(rule) <= rule.above))
      throw new RangeError(`alert rule ${rule.id}: clearBelow is not a number up to above`)
    if (!((rule.forMs ?? 0) >= 0) || !((rule.maxGapMs ?? 1) > 0))
      throw new RangeError(`alert rule ${rule.id}: forMs is below 0, or maxGapMs not above 0`)
  }
  return rules
}

/**
 * Applies a measurement to a rule, and returns whether an alert begins or resolves. Between the two bounds a firing
 * rule keeps firing. A value that is not a finite number changes nothing.
 */
export const reduceAlert = (
  state: AlertState,
  rule: AlertRule,
  sample: { readonly value: number; readonly at: number },
): readonly [AlertState, 'firing' | 'resolved' | undefined] => {
  const { value, at } = sample
  if (!Number.isFinite(value)) return [state, undefined]
  if (state.phase === 'firing')
    return value < clearBelowOf(rule) ? [{ phase: 'quiet' }, 'resolved'] : [state, undefined]
  if (value <= rule.above) return [{ phase: 'quiet' }, undefined]
  const pending = holdOn(state, rule, at)
  return pending.heldMs >= (rule.forMs ?? 0)
    ? [{ phase: 'firing', since: pending.since }, 'firing']
    : [pending, undefined]
}

const holdOn = (
  state: Exclude<AlertState, { phase: 'firing' }>,
  rule: AlertRule,
  at: number,
): Extract<AlertState, { phase: 'pending' }> => {
  // A clock that went back begins the wait anew rather than making it endless.
  if (state.phase === 'quiet' || (state.lastAt !== null && at < state.lastAt))
    return { phase: 'pending', since: at, heldMs: 0, lastAt: at }
  const passedMs = state.lastAt === null ? 0 : at - state.lastAt
  const heldMs = state.heldMs + Math.min(passedMs, rule.maxGapMs ?? defaultMaxGapMs)
  return { phase: 'pending', since: state.since, heldMs, lastAt: at }
}
