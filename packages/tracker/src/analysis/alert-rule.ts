import type { ContainerStats } from '../model/metrics.ts'

/** What a rule can watch. */
export type AlertMetric =
  | 'cpu_percent'
  | 'memory_percent'
  | 'memory_bytes'
  | 'network_rate'
  | 'pids'
  | 'throttled_percent'

/** How each is read from a measurement. */
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
  readonly id: string
  readonly metric: AlertMetric
  /** Fires above this value. */
  readonly above: number
  /** Resolves below this value. Default nine tenths of `above`. */
  readonly clearBelow?: number
  /** How long the value must stay above before it fires. Default 0. */
  readonly forMs?: number
  readonly severity?: 'warning' | 'critical'
}

/** Where one rule stands for one workspace. */
export type AlertState =
  | { readonly phase: 'quiet' }
  | { readonly phase: 'pending' | 'firing'; readonly since: number }

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

/** Moves a rule by one measurement, and says when it begins to fire or resolves. Between the two bounds nothing changes. */
export const reduceAlert = (
  state: AlertState,
  rule: AlertRule,
  sample: { readonly value: number; readonly at: number },
): readonly [AlertState, 'firing' | 'resolved' | undefined] => {
  const { value, at } = sample
  if (state.phase === 'firing') {
    return value < (rule.clearBelow ?? rule.above * 0.9)
      ? [{ phase: 'quiet' }, 'resolved']
      : [state, undefined]
  }
  if (!(value > rule.above)) return [{ phase: 'quiet' }, undefined]
  // A clock that went back begins the wait anew rather than making it endless.
  const since = state.phase === 'pending' && state.since <= at ? state.since : at
  if (at - since >= (rule.forMs ?? 0)) return [{ phase: 'firing', since }, 'firing']
  return [{ phase: 'pending', since }, undefined]
}
