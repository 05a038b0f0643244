import type { WireHistory, WireTrend } from '../contract/resources.ts'
import type { ContainerStats } from '../model/metrics.ts'
import { systemClock } from '../model/ports.ts'
import { toOtlp } from '../push/otlp.ts'
import { metricNames, resolutions } from '../rollup/rows.ts'
import type { Tracker } from '../tracking/tracker.ts'
import { Refusal, json, text } from './answer.ts'
import { GapLog } from './gap-log.ts'
import type { TrackerHandlerOptions } from './handler.ts'
import { insightsOf } from './insights.ts'
import { liveRoute } from './live-route.ts'
import { openMetricsType, prefersOpenMetrics, prometheusType, toPrometheus } from './prometheus.ts'
import { numberOf, wordOf } from './query.ts'
import { toWire, toWireRollup, toWireState } from './to-wire.ts'

/** What a route is asked. */
export interface Asked {
  readonly request: Request
  readonly query: URLSearchParams
  /** The workspace of the path, which exists; empty for paths without one. */
  readonly id: string
}

/** Answers one path and method. @throws Refusal, TrackerError */
export type Route = (asked: Asked) => Response | Promise<Response>

const maxRows = 10_000
const defaultRows = 2000
const maxTime = 8.64e15
const hoursOfWeek = 168

const absent = (what: string, option: string): Refusal =>
  new Refusal('NOT_FOUND', `no ${what} are kept here (the handler has no ${option})`)

const statsOf = (tracker: Tracker, id: string): ContainerStats => {
  const stats = tracker.monitor.getStats(id)
  if (stats !== undefined) return stats
  throw new Refusal('NOT_FOUND', `workspace ${id} has not been measured`)
}

const stateOf = (tracker: Tracker, id: string): Response => {
  const state = tracker.getWorkspaceState(id)
  if (state !== undefined) return json(toWireState(state))
  throw new Refusal('NOT_FOUND', `workspace ${id} is gone`)
}

/** Those of a workspace where the query names one. */
const ofWorkspace = <T extends { readonly workspaceId: string }>(
  all: readonly T[],
  query: URLSearchParams,
): readonly Readonly<Record<string, unknown>>[] => {
  const wanted = query.get('workspace')
  return all
    .filter(({ workspaceId }) => wanted === null || workspaceId === wanted)
    .map((item) => toWire(item))
}

const historyRoute =
  ({ collector }: TrackerHandlerOptions): Route =>
  async ({ query, id }) => {
    if (collector === undefined) throw absent('measurements', 'collector')
    const metric = wordOf(query, 'metric', { words: metricNames, fallback: 'cpu' })
    const resolution = wordOf(query, 'resolution', { words: resolutions, fallback: '1m' })
    const time = { min: 0, max: maxTime }
    const fromMs = numberOf(query, 'from', { ...time, fallback: 0 })
    const toMs = numberOf(query, 'to', { ...time, fallback: maxTime })
    const limit = numberOf(query, 'limit', { fallback: defaultRows, min: 1, max: maxRows })
    const rows = await collector.getHistory({ workspaceId: id, metric, resolution, fromMs, toMs })
    const trend = collector.getTrend(id, metric)
    return json({
      workspace_id: id,
      metric,
      resolution,
      rows: rows.slice(-limit).map(toWireRollup),
      truncated: rows.length > limit,
      trend: trend === undefined ? null : (toWire(trend) as unknown as WireTrend),
    } satisfies WireHistory)
  }

const insightsRoute =
  ({ tracker, collector, anomalies, clock = systemClock }: TrackerHandlerOptions): Route =>
  async ({ query, id }) => {
    if (collector === undefined) throw absent('measurements', 'collector')
    const horizon = numberOf(query, 'horizon', { fallback: 24, min: 1, max: hoursOfWeek })
    const stats = statsOf(tracker, id)
    return json(await insightsOf({ collector, anomalies, stats, now: clock.now(), horizon }))
  }

const alertsRoute =
  ({ alerts }: TrackerHandlerOptions): Route =>
  ({ query }) => {
    if (alerts === undefined) throw absent('alerts', 'alerts')
    return json({
      firing: ofWorkspace(alerts.firing, query),
      recent: ofWorkspace(alerts.recent, query),
      rules: alerts.rules.map((rule) => toWire(rule)),
      dropped: alerts.dropped,
    })
  }

const metricsRoute =
  ({ tracker, alerts }: TrackerHandlerOptions): Route =>
  ({ request }) => {
    const openMetrics = prefersOpenMetrics(request.headers.get('accept') ?? '')
    const body = toPrometheus(
      tracker.getAllWorkspaceStates().values(),
      (id) => tracker.monitor.getStats(id),
      {
        openMetrics,
        tracker: tracker.getStats(),
        monitor: tracker.monitor.getMonitorStats(),
        ...(alerts && { firing: alerts.firing }),
      },
    )
    return text(body, openMetrics ? openMetricsType : prometheusType)
  }

const newestStats = (tracker: Tracker): readonly ContainerStats[] =>
  tracker.monitor.getActiveMonitors().flatMap((id) => tracker.monitor.getStats(id) ?? [])

/** Every path, by method and pattern; `:id` stands for a workspace. */
export const routesOf = (options: TrackerHandlerOptions): ReadonlyMap<string, Route> => {
  const { tracker, recorder, anomalies } = options
  const gaps = new GapLog(tracker)
  return new Map<string, Route>([
    ['GET /workspaces', () => json(workspacesBody(tracker))],
    ['GET /workspaces/:id', ({ id }) => stateOf(tracker, id)],
    ['GET /workspaces/:id/stats', ({ id }) => json(toWire(statsOf(tracker, id)))],
    ['GET /workspaces/:id/history', historyRoute(options)],
    ['GET /workspaces/:id/insights', insightsRoute(options)],
    [
      'POST /workspaces/:id/sync',
      async ({ id }) => (await tracker.forceSync(id), stateOf(tracker, id)),
    ],
    [
      'GET /summary',
      async ({ request }) => json(toWire(await tracker.monitor.getResourceSummary(request.signal))),
    ],
    ['GET /stats', () => json(statsBody(tracker))],
    ['GET /alerts', alertsRoute(options)],
    [
      'GET /anomalies',
      ({ query }) => {
        if (anomalies === undefined) throw absent('anomalies', 'anomalies')
        return json({ anomalies: ofWorkspace(anomalies.recent, query) })
      },
    ],
    [
      'GET /flights',
      ({ query }) => {
        if (recorder === undefined) throw absent('flight records', 'recorder')
        return json({ records: ofWorkspace(recorder.records, query) })
      },
    ],
    ['GET /gaps', () => (gaps.follow(), json({ total: tracker.getStats().gaps, gaps: gaps.gaps }))],
    ['GET /live', liveRoute(options)],
    ['GET /metrics', metricsRoute(options)],
    ['GET /otlp', () => json(toOtlp(newestStats(tracker)))],
  ])
}

const workspacesBody = (tracker: Tracker): object => ({
  stream: tracker.streamId,
  seq: tracker.seq,
  workspaces: [...tracker.getAllWorkspaceStates().values()].map(toWireState),
})

const statsBody = (tracker: Tracker): object => ({
  tracker: toWire(tracker.getStats()),
  monitor: toWire(tracker.monitor.getMonitorStats()),
})
