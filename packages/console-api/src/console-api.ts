import { createFunctions } from './catalog/functions.ts'
import { createRandomBytes, type RandomBytes } from './catalog/ids.ts'
import { createDiscard, sweep, type CatalogParts } from './catalog/parts.ts'
import { createWorkspaces } from './catalog/workspaces.ts'
import { createSystemClock, type Clock } from './clock.ts'
import { createLogFeed } from './executions/feed.ts'
import type { Fetch } from './executions/remote.ts'
import { createFunctionHost } from './host/function-host.ts'
import type { FunctionHostOptions, HostStats } from './host/types.ts'
import { createApp } from './http/app.ts'
import {
  createFunctionRoutes,
  createRuntimesRoute,
  createWorkspaceRoutes,
} from './http/catalog-routes.ts'
import { createExecutionRoutes, type ExecutionRouteParts } from './http/execution-routes.ts'
import { createLogRoutes } from './http/log-routes.ts'
import { createObservabilityRoutes } from './http/observability-routes.ts'
import { passThrough } from './http/passthrough.ts'
import { createStreamRoute, type StreamLimits } from './http/stream-route.ts'
import type { FunctionRunner } from './ports.ts'
import type { Objects } from './storage/objects.ts'
import type { Retention, Tables } from './storage/tables.ts'
import { watchStorage, type StorageHealth } from './storage/watch.ts'

/** What the API needs. The owner closes them: `close` of the API does not. */
export interface ConsoleApiPorts {
  readonly tables: Tables
  readonly objects: Objects
  readonly runner: FunctionRunner
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: `crypto.getRandomValues`. */
  readonly random?: RandomBytes
  /** For functions with an `invocationUrl`; default: the platform's `fetch`. */
  readonly fetch?: Fetch
  /** Called with the cause of a 500 and with failures in the background. Default: not called. */
  readonly onProblem?: (error: Error) => void
}

/** Limits of `createConsoleApi`. */
export interface ConsoleApiOptions {
  readonly host?: FunctionHostOptions
  readonly retention?: Partial<Retention>
  /** How often old executions are dropped, milliseconds, default 60,000. */
  readonly pruneEveryMs?: number
  /** Largest request body of a function, bytes, default 6 MB (2^20). */
  readonly maxRequestBytes?: number
  /** Largest answer of a function, bytes, default 6 MB. */
  readonly maxResponseBytes?: number
  /** Origins, besides the server's own, whose pages may use the API; default none. */
  readonly allowedOrigins?: readonly string[]
  /** Live log: streams at a time (default 100), heartbeat (15,000 ms), events kept for a slow reader (1,000). */
  readonly streams?: Partial<StreamLimits>
}

/** A functions platform behind one fetch handler. */
export interface ConsoleApi {
  /** Answers every request under `/api` and `/fn`; never rejects. */
  fetch(request: Request): Promise<Response>
  /** Instances and calls of this moment, for a status page. */
  stats(): HostStats
  /** Whether tables and objects can be read and written, for a status page. */
  storage(): StorageHealth
  /** Ends streams, calls and instances, finishes background work; later requests answer SHUTTING_DOWN or fail. */
  close(): Promise<void>
}

const SIX_MB = 6 * 1024 * 1024
const RETENTION: Retention = {
  maxPerFunction: 10_000,
  maxBytesPerFunction: 64 * 1024 * 1024,
  maxAgeMs: 7 * 24 * 60 * 60 * 1000,
}
const STREAMS: StreamLimits = { maxStreams: 100, heartbeatMs: 15_000, maxBuffered: 1000 }

/**
 * Creates the functions platform as one fetch handler that any server can mount. The first request waits until
 * deletions that a crash interrupted are finished.
 */
export function createConsoleApi(
  ports: ConsoleApiPorts,
  options: ConsoleApiOptions = {},
): ConsoleApi {
  const clock = ports.clock ?? createSystemClock()
  const storage = watchStorage(ports, clock)
  const { tables, objects } = storage
  const onProblem = ports.onProblem ?? (() => undefined)
  const host = createFunctionHost({ runner: ports.runner, clock }, options.host)
  const closing = new AbortController()
  const routed = createRoutes({ ...ports, tables, objects }, options, {
    host,
    clock,
    closing: closing.signal,
  })
  const app = createApp({ ...routed, allowedOrigins: options.allowedOrigins ?? [], onProblem })
  const report = (error: unknown): void =>
    onProblem(error instanceof Error ? error : new Error(String(error)))
  const swept = sweep(tables, objects).catch(report)
  const pruning = createPruning({ tables, clock, report }, options)
  return {
    async fetch(request) {
      await swept
      return app.fetch(request)
    },
    stats: () => host.stats(),
    storage: () => storage.health(),
    async close() {
      closing.abort()
      await host.close()
      await swept
      await pruning.stop()
    },
  }
}

function createRoutes(
  ports: ConsoleApiPorts,
  options: ConsoleApiOptions,
  { host, clock, closing }: Pick<CatalogParts, 'host' | 'clock'> & { closing: AbortSignal },
): Pick<Parameters<typeof createApp>[0], 'routes' | 'passThrough'> {
  const { tables, objects, runner } = ports
  const random = ports.random ?? createRandomBytes()
  const catalog: CatalogParts = {
    tables,
    objects,
    runner,
    host,
    clock,
    random,
    discard: createDiscard(host, objects),
  }
  const functions = createFunctions(catalog)
  const feed = createLogFeed()
  const executing: ExecutionRouteParts = {
    ...catalog,
    functions,
    feed,
    fetch: ports.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    maxRequestBytes: options.maxRequestBytes ?? SIX_MB,
    maxResponseBytes: options.maxResponseBytes ?? SIX_MB,
  }
  const routes = [
    createRuntimesRoute(runner),
    ...createWorkspaceRoutes(createWorkspaces(catalog)),
    ...createFunctionRoutes(functions),
    ...createExecutionRoutes(executing),
    createStreamRoute({
      functions,
      feed,
      clock,
      executions: tables.executions,
      limits: { ...STREAMS, ...options.streams },
      closing,
    }),
    // After the stream: its path would pass for that of an execution.
    ...createLogRoutes({ ...catalog, functions }),
    ...createObservabilityRoutes({ tables, clock }),
  ]
  return { routes, passThrough: (request) => passThrough(executing, request) }
}

interface Pruning {
  /** Resolves once the round that runs is over. */
  stop(): Promise<void>
}

function createPruning(
  { tables, clock, report }: { tables: Tables; clock: Clock; report: (error: unknown) => void },
  options: ConsoleApiOptions,
): Pruning {
  const retention = { ...RETENTION, ...options.retention }
  let round = Promise.resolve()
  let cancel = (): void => undefined
  let stopped = false
  const schedule = (): void => {
    cancel = clock.after(options.pruneEveryMs ?? 60_000, () => {
      round = tables.executions
        .prune(retention, clock.now())
        .catch(report)
        .then(() => (stopped ? undefined : schedule()))
    })
  }
  schedule()
  return {
    stop() {
      stopped = true
      cancel()
      return round
    },
  }
}
