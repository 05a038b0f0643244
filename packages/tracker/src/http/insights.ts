import { sizingAdvice } from '../analysis/advice.ts'
import type { Anomalies } from '../analysis/anomalies.ts'
import { forecast } from '../analysis/forecast.ts'
import { timeToOom } from '../analysis/time-to-oom.ts'
import type {
  WireAnomaly,
  WireForecast,
  WireInsights,
  WireMetricName,
  WireTrend,
} from '../contract/resources.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { MetricsCollector } from '../rollup/metrics-collector.ts'
import type { MetricName, RollupRow } from '../rollup/rows.ts'
import { metricNames } from '../rollup/rows.ts'
import { toWire } from './to-wire.ts'

/** What insights are made from. */
export interface InsightSources {
  readonly collector: MetricsCollector
  readonly anomalies: Anomalies | undefined
  /** The newest measurement of the workspace. */
  readonly stats: ContainerStats
  /** In ms since 1970. */
  readonly now: number
  /** Hours to forecast. */
  readonly horizon: number
}

const hoursOfDay = 24
const hourMs = 3_600_000
const weekMs = 7 * hoursOfDay * hourMs
/** A hole of this many hours is bridged with a straight line; a longer one ends the past that a forecast looks at. */
const longestHole = 3

/** The means of closed hours without a hole, up to the newest, and when the next hour begins. */
export const hourlySeries = (
  rows: readonly RollupRow[],
  now: number,
): { readonly values: readonly number[]; readonly endMs: number } => {
  const closed = rows.filter(({ startMs }) => startMs + hourMs <= now)
  let values: number[] = []
  let before: RollupRow | undefined
  for (const row of closed) {
    const missing = before === undefined ? 0 : (row.startMs - before.startMs) / hourMs - 1
    if (missing > longestHole) values = []
    else
      for (let i = 1; i <= missing; i += 1) {
        const from = before?.mean ?? row.mean
        values.push(from + ((row.mean - from) * i) / (missing + 1))
      }
    values.push(row.mean)
    before = row
  }
  return { values, endMs: (before?.startMs ?? now) + hourMs }
}

const forecastOf = (
  rows: readonly RollupRow[],
  { now, horizon }: InsightSources,
): WireForecast | null => {
  const { values, endMs } = hourlySeries(rows, now)
  const made = forecast(values, { season: hoursOfDay, horizon })
  if (made === undefined) return null
  const start = new Date(endMs).toISOString()
  return { start, step_ms: hourMs, values: [...made.values], mape: made.mape }
}

const trendsOf = (
  collector: MetricsCollector,
  workspaceId: string,
): Record<WireMetricName, WireTrend | null> => {
  const trend = (metric: MetricName): WireTrend | null => {
    const found = collector.getTrend(workspaceId, metric)
    return found === undefined ? null : (toWire(found) as unknown as WireTrend)
  }
  const entries = metricNames.map((metric) => [metric, trend(metric)] as const)
  return Object.fromEntries(entries) as Record<WireMetricName, WireTrend | null>
}

/** What the past of a workspace lets one say about its future: advice, the next hours, and when memory runs out. */
export const insightsOf = async (sources: InsightSources): Promise<WireInsights> => {
  const { collector, anomalies, stats, now } = sources
  const { workspaceId, memoryLimit } = stats
  const rows = (metric: MetricName): Promise<readonly RollupRow[]> =>
    collector.getHistory({
      workspaceId,
      metric,
      resolution: '1h',
      fromMs: now - weekMs,
      toMs: now + hourMs,
    })
  const [cpu, memory] = await Promise.all([rows('cpu'), rows('memory')])
  const forecasts = { cpu: forecastOf(cpu, sources), memory: forecastOf(memory, sources) }
  const advice = sizingAdvice({
    cpu,
    memory,
    memoryLimitBytes: memoryLimit,
    memoryForecast: forecasts.memory?.values ?? [],
    throttledPercent: stats.throttledPercent,
    oomKills: stats.oomKills ?? 0,
  })
  const recent = collector
    .getRecent(workspaceId, 'memory', '10s')
    .map(({ startMs, mean }) => ({ atMs: startMs, value: mean }))
  const own = (anomalies?.recent ?? []).filter((anomaly) => anomaly.workspaceId === workspaceId)
  return {
    workspace_id: workspaceId,
    advice: toWire({ advice: advice ?? null })['advice'] as WireInsights['advice'],
    forecasts,
    time_to_oom: toWire({ found: timeToOom(recent, memoryLimit, stats.pressure) ?? null })[
      'found'
    ] as WireInsights['time_to_oom'],
    trends: trendsOf(collector, workspaceId),
    anomalies: own.map((anomaly) => toWire(anomaly) as unknown as WireAnomaly),
  }
}
