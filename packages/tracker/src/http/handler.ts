import type { Alerts } from '../analysis/alerts.ts'
import type { FlightRecorder } from '../analysis/flight-recorder.ts'
import type { WireError } from '../contract/wire.ts'
import { TrackerError, toMessage } from '../model/errors.ts'
import type { TrackerErrorCode } from '../model/errors.ts'
import type { ContainerStats } from '../model/metrics.ts'
import { systemClock } from '../model/ports.ts'
import type { Clock } from '../model/ports.ts'
import type { MetricsCollector } from '../rollup/metrics-collector.ts'
import { metricNames, resolutions } from '../rollup/rows.ts'
import type { Tracker } from '../tracking/tracker.ts'
import { alertsBody, flightsBody, insightsOf } from './insights.ts'
import { liveMessages } from './live.ts'
import { toOtlp } from './otlp.ts'
import { toPrometheus } from './prometheus.ts'
import { toEventStream } from './sse.ts'
import { toWire, toWireRollup, toWireState } from './to-wire.ts'

/** What the handler shows. */
export interface TrackerHandlerOptions {
  readonly tracker: Tracker
  /** Enables `/history` and `/insights`. */
  readonly collector?: MetricsCollector
  /** Enables `/alerts`. */
  readonly alerts?: Alerts
  /** Enables `/flights`. */
  readonly recorder?: FlightRecorder
  /** Path the handler is mounted at, without a slash at the end. Default empty. */
  readonly basePath?: string
  /** Live connections at a time. Default 256. */
  readonly maxLiveConnections?: number
  readonly clock?: Clock
}

const statuses = {
  CONNECTION: 502,
  TIMEOUT: 504,
  NOT_FOUND: 404,
  PERMISSION: 502,
  CONTAINER: 502,
  NETWORK: 502,
  UNKNOWN_ERROR: 500,
  PROTOCOL: 502,
  LIMIT: 503,
  STORE: 500,
  STOPPED: 503,
} as const satisfies Record<TrackerErrorCode, number>

const defaultMaxLive = 256

const json = (body: object, status = 200): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

const refuse = (status: number, code: string, message: string): Response =>
  json({ error: { code, message } } satisfies WireError, status)

const toRefusal = (error: unknown): Response =>
  error instanceof TrackerError
    ? refuse(statuses[error.code], error.code, error.message)
    : refuse(500, 'UNKNOWN_ERROR', toMessage(error))

/** Reads a whole number of zero or more; undefined when it is absent, null when it is something else. */
const numberOf = (text: string | null): number | undefined | null => {
  if (text === null || text === '') return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

interface Asked {
  readonly request: Request
  readonly url: URL
  /** The part of the path after `/workspaces/`. */
  readonly id: string
}

type Route = (asked: Asked) => Response | Promise<Response>

/** Serves the dashboard API as a fetch-style function. Paths: see the README. */
export const createTrackerHandler = (
  options: TrackerHandlerOptions,
): ((request: Request) => Promise<Response>) => {
  const { tracker, basePath = '' } = options
  const routes = routesOf(options)
  return async (request) => {
    const url = new URL(request.url)
    if (!url.pathname.startsWith(`${basePath}/`))
      return refuse(404, 'NOT_FOUND', `nothing is at ${url.pathname}`)
    const [, first = '', second = '', third = ''] = url.pathname.slice(basePath.length).split('/')
    const key = second === '' ? first : third === '' ? `${first}/:id` : `${first}/:id/${third}`
    const route = routes.get(`${request.method} ${key}`)
    if (route === undefined) {
      const known = [...routes.keys()].some((other) => other.endsWith(` ${key}`))
      return known
        ? refuse(405, 'METHOD', `${request.method} is not possible here`)
        : refuse(404, 'NOT_FOUND', `nothing is at ${url.pathname}`)
    }
    try {
      const id = decodeURIComponent(second)
      if (id !== '' && tracker.getWorkspaceState(id) === undefined)
        return refuse(404, 'NOT_FOUND', `no workspace is called ${id.slice(0, 100)}`)
      return await route({ request, url, id })
    } catch (error) {
      return error instanceof URIError
        ? refuse(400, 'BAD_REQUEST', 'the path is not well encoded')
        : toRefusal(error)
    }
  }
}

const newestStats = (tracker: Tracker): readonly ContainerStats[] =>
  tracker.monitor.getActiveMonitors().flatMap((id) => tracker.monitor.getStats(id) ?? [])

const routesOf = (options: TrackerHandlerOptions): ReadonlyMap<string, Route> => {
  const { tracker } = options
  const text = (body: string, type: string): Response =>
    new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-store' } })
  return new Map<string, Route>([
    [
      'GET workspaces',
      () =>
        json({
          seq: tracker.seq,
          workspaces: [...tracker.getAllWorkspaceStates().values()].map(toWireState),
        }),
    ],
    ['GET workspaces/:id', ({ id }) => stateOf(tracker, id)],
    ['GET workspaces/:id/stats', ({ id }) => statsOf(tracker, id)],
    ['GET workspaces/:id/history', (asked) => historyOf(options, asked)],
    [
      'POST workspaces/:id/sync',
      async ({ id }) => (await tracker.forceSync(id), stateOf(tracker, id)),
    ],
    [
      'GET summary',
      async ({ request }) => json(toWire(await tracker.monitor.getResourceSummary(request.signal))),
    ],
    [
      'GET stats',
      () =>
        json({
          tracker: toWire(tracker.getStats()),
          monitor: toWire(tracker.monitor.getMonitorStats()),
        }),
    ],
    ['GET workspaces/:id/insights', ({ id }) => insightsRoute(options, id)],
    [
      'GET alerts',
      () => (options.alerts === undefined ? absent('alerts') : json(alertsBody(options.alerts))),
    ],
    [
      'GET flights',
      ({ url }) =>
        options.recorder === undefined
          ? absent('flight records')
          : json(flightsBody(options.recorder, url.searchParams.get('workspace'))),
    ],
    ['GET live', liveRoute(options)],
    [
      'GET metrics',
      () =>
        text(
          toPrometheus(tracker.getAllWorkspaceStates().values(), (id) =>
            tracker.monitor.getStats(id),
          ),
          'text/plain; version=0.0.4; charset=utf-8',
        ),
    ],
    ['GET otlp', () => json(toOtlp(newestStats(tracker)))],
  ])
}

const stateOf = (tracker: Tracker, id: string): Response => {
  const state = tracker.getWorkspaceState(id)
  return state === undefined
    ? refuse(404, 'NOT_FOUND', `no workspace is called ${id.slice(0, 100)}`)
    : json(toWireState(state))
}

const statsOf = (tracker: Tracker, id: string): Response => {
  const stats = tracker.monitor.getStats(id)
  return stats === undefined
    ? refuse(404, 'NOT_FOUND', `workspace ${id} has not been measured`)
    : json(toWire(stats))
}

const absent = (what: string): Response => refuse(404, 'NOT_FOUND', `no ${what} are kept here`)

const insightsRoute = async (
  { tracker, collector, clock }: TrackerHandlerOptions,
  id: string,
): Promise<Response> => {
  const stats = tracker.monitor.getStats(id)
  if (collector === undefined || stats === undefined) return absent(`measurements of ${id}`)
  return json(await insightsOf(collector, stats, (clock ?? systemClock).now()))
}

const historyOf = async (options: TrackerHandlerOptions, { url, id }: Asked): Promise<Response> => {
  const { collector } = options
  if (collector === undefined) return refuse(404, 'NOT_FOUND', 'no history is collected here')
  const metric = metricNames.find((name) => name === (url.searchParams.get('metric') ?? 'cpu'))
  const resolution = resolutions.find(
    (name) => name === (url.searchParams.get('resolution') ?? '1m'),
  )
  const [from, to] = [numberOf(url.searchParams.get('from')), numberOf(url.searchParams.get('to'))]
  if (metric === undefined || resolution === undefined || from === null || to === null) {
    return refuse(
      400,
      'BAD_REQUEST',
      `metric is one of ${metricNames.join(', ')}; resolution one of ${resolutions.join(', ')}; from and to are ms since 1970`,
    )
  }
  const rows = await collector.getHistory({
    workspaceId: id,
    metric,
    resolution,
    fromMs: from ?? 0,
    toMs: to ?? Number.MAX_SAFE_INTEGER,
  })
  return json({
    workspace_id: id,
    metric,
    resolution,
    rows: rows.map(toWireRollup),
    trend: collector.getTrend(id, metric) ?? null,
  })
}

const liveRoute = (options: TrackerHandlerOptions): Route => {
  let open = 0
  return ({ request, url }) => {
    const asked = numberOf(request.headers.get('last-event-id') ?? url.searchParams.get('after'))
    if (asked === null)
      return refuse(400, 'BAD_REQUEST', 'after (or Last-Event-ID) is the number of an event')
    if (open >= (options.maxLiveConnections ?? defaultMaxLive))
      return refuse(503, 'LIMIT', 'too many live connections (maxLiveConnections)')
    open += 1
    const ended = new AbortController()
    const signal = AbortSignal.any([request.signal, ended.signal])
    signal.addEventListener('abort', () => void (open -= 1), { once: true })
    const messages = liveMessages(options.tracker, {
      signal,
      ...(asked === undefined ? {} : { afterSeq: asked }),
    })
    const body = toEventStream(messages, options.clock ?? systemClock, () => ended.abort())
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    })
  }
}
