import { sizingAdvice } from '../analysis/advice.ts'
import type { Alert } from '../analysis/alert.ts'
import type { Alerts } from '../analysis/alerts.ts'
import type { FlightRecord } from '../analysis/flight-record.ts'
import type { FlightRecorder } from '../analysis/flight-recorder.ts'
import { forecast } from '../analysis/forecast.ts'
import { timeToOom } from '../analysis/time-to-oom.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { MetricName, RollupRow } from '../rollup/rows.ts'
import type { MetricsCollector } from '../rollup/metrics-collector.ts'
import { toWire } from './to-wire.ts'

const hoursOfDay = 24
const weekMs = 7 * 86_400_000
const hourMs = 3_600_000

/** Alerts that fire, and records of what crashed, as JSON. */
export const alertsBody = (alerts: Alerts): object => ({
  firing: alerts.firing.map(toWireAlert),
  dropped: alerts.dropped,
})

const toWireAlert = (alert: Alert): object => ({
  ...toWire(alert),
  started_at: new Date(alert.startedAt).toISOString(),
  at: new Date(alert.at).toISOString(),
})

export const flightsBody = (recorder: FlightRecorder, workspaceId: string | null): object => ({
  records: recorder.records
    .filter((record) => workspaceId === null || record.workspaceId === workspaceId)
    .map(toWireRecord),
})

const toWireRecord = (record: FlightRecord): object => ({
  ...toWire(record),
  died_at: new Date(record.diedAt).toISOString(),
})

/** What the past of a workspace lets one say about its future: advice, the next day, and when memory runs out. */
export const insightsOf = async (
  collector: MetricsCollector,
  stats: ContainerStats,
  now: number,
): Promise<Readonly<Record<string, unknown>>> => {
  const { workspaceId } = stats
  const rows = (metric: MetricName): Promise<readonly RollupRow[]> =>
    collector.getHistory({
      workspaceId,
      metric,
      resolution: '1h',
      fromMs: now - weekMs,
      toMs: now + hourMs,
    })
  const [cpu, memory] = await Promise.all([rows('cpu'), rows('memory')])
  const recent = collector
    .getRecent(workspaceId, 'memory', '10s')
    .map(({ startMs, mean }) => ({ atMs: startMs, value: mean }))
  const { throttledPercent, memoryLimit, oomKills, pressure } = stats
  const advice = sizingAdvice({
    cpu,
    memory,
    memoryLimitBytes: memoryLimit,
    throttledPercent,
    oomKills: oomKills ?? 0,
  })
  const closed = memory.slice(0, -1).map(({ mean }) => mean)
  return toWire({
    advice: advice ?? null,
    memoryForecast: forecast(closed, { season: hoursOfDay, horizon: hoursOfDay }) ?? null,
    timeToOom: timeToOom(recent, memoryLimit, pressure) ?? null,
  })
}
