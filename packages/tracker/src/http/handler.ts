import type { Alerts } from '../analysis/alerts.ts'
import type { Anomalies } from '../analysis/anomalies.ts'
import type { FlightRecorder } from '../analysis/flight-recorder.ts'
import type { Clock, Logger } from '../model/ports.ts'
import type { MetricsCollector } from '../rollup/metrics-collector.ts'
import type { Tracker } from '../tracking/tracker.ts'
import { Refusal, refuse, shown, toRefusal } from './answer.ts'
import type { Route } from './routes.ts'
import { routesOf } from './routes.ts'

/** Options of `createTrackerHandler`. */
export interface TrackerHandlerOptions {
  readonly tracker: Tracker
  /** Enables `/workspaces/:id/history` and `/workspaces/:id/insights`. */
  readonly collector?: MetricsCollector
  /** Enables `/alerts`. */
  readonly alerts?: Alerts
  /** Enables `/anomalies`. */
  readonly anomalies?: Anomalies
  /** Enables `/flights`. */
  readonly recorder?: FlightRecorder
  /** Path the handler is mounted at: begins with a slash and ends without one. Default empty. */
  readonly basePath?: string
  /** Live connections at a time. Default 256. */
  readonly maxLiveConnections?: number
  /** Time without a message after which a live connection gets a heartbeat, in ms. Default 15,000. */
  readonly heartbeatMs?: number
  /** A live client that reads nothing for this long is cut off, in ms. Default 60,000. */
  readonly stallMs?: number
  readonly clock?: Clock
  /** Gets failures of the handler itself. */
  readonly logger?: Logger
}

interface Place {
  /** With `:id` for the workspace. */
  readonly pattern: string
  readonly id: string
}

const maxUrlChars = 4096
const uriTooLong = 414

const checkBasePath = (basePath: string): string => {
  if (basePath === '' || /^(?:\/[^/?#]+)+$/.test(basePath)) return basePath
  throw new TypeError(
    `basePath: "${basePath}" does not begin with a slash, or ends with one (leave it out for none)`,
  )
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal('BAD_REQUEST', 'the path is not well encoded')
  }
}

/** Splits a path below the base into its pattern and its workspace. */
const placeOf = (path: string): Place => {
  const [first = '', second, ...rest] = path.slice(1).split('/')
  if (first !== 'workspaces' || second === undefined) return { pattern: path, id: '' }
  return { pattern: ['/workspaces/:id', ...rest].join('/'), id: decode(second) }
}

const methodsAt = (routes: ReadonlyMap<string, Route>, pattern: string): readonly string[] =>
  [...routes.keys()].flatMap((key) => {
    const [method = '', other] = key.split(' ')
    return other === pattern ? [method] : []
  })

/**
 * Serves the dashboard API as a fetch-style function. Paths: see the README. It authenticates nobody.
 *
 * @throws TypeError for a `basePath` that no path could begin with.
 */
export const createTrackerHandler = (
  options: TrackerHandlerOptions,
): ((request: Request) => Promise<Response>) => {
  const { tracker, logger } = options
  const basePath = checkBasePath(options.basePath ?? '')
  const routes = routesOf(options)
  const answer = async (request: Request): Promise<Response> => {
    if (request.url.length > maxUrlChars)
      throw new Refusal('BAD_REQUEST', `the URL is longer than ${maxUrlChars}`, uriTooLong)
    const { pathname, searchParams: query } = new URL(request.url)
    const nothing = new Refusal('NOT_FOUND', `nothing is at ${shown(pathname)}`)
    if (!pathname.startsWith(`${basePath}/`)) throw nothing
    const { pattern, id } = placeOf(pathname.slice(basePath.length))
    const methods = methodsAt(routes, pattern)
    if (methods.length === 0) throw nothing
    const route = routes.get(`${request.method} ${pattern}`)
    if (route === undefined) return notAllowed(request.method, methods)
    if (pattern.includes(':id') && tracker.getWorkspaceState(id) === undefined)
      throw new Refusal('NOT_FOUND', `no workspace is called ${shown(id)}`)
    return route({ request, query, id })
  }
  return async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      const refusal = toRefusal(error)
      if (refusal !== undefined) return refuse(refusal)
      // Without the query, which may hold a token of the server that mounts us.
      logger?.error(`${request.method} ${shown(new URL(request.url).pathname)} failed`, error)
      return refuse(new Refusal('UNKNOWN_ERROR', 'something failed here; see the log'))
    }
  }
}

const notAllowed = (method: string, methods: readonly string[]): Response =>
  refuse(new Refusal('METHOD', `${shown(method)} is not possible here`), {
    allow: methods.join(', '),
  })
