import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type {
  AuditSink,
  Authenticator,
  Clock,
  Engine,
  ExecutionStore,
  Principal,
  ServerTransport,
  SessionStore,
} from '../ports.ts'
import { createConnections } from './connections.ts'
import { openExecutions, type Executions } from './executions.ts'
import { attachToHttp, type HttpFace } from './http/attach.ts'
import type { HttpAccess } from './http/guards.ts'
import { listenOnHttp, type ListenOptions, type SandboxListener } from './http/listen.ts'
import { createMemoryExecutionStore, createMemorySessionStore } from './memory-stores.ts'
import { DEFAULT_LIMITS, type SandboxLimits } from './limits.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { toStoreHealth, type StoreHealth } from './store-health.ts'
import { createSystemClock } from './system-clock.ts'
import { readVersion } from './version.ts'

/** Options of `createSandboxServer`. */
export interface SandboxServerOptions {
  /** Engines in the order of preference; the first that has the language is taken. They are not closed by the server. */
  readonly engines: readonly Engine[]
  /** Who may connect. Without one, every local connection may, and all share all sessions. */
  readonly authenticator?: Authenticator
  /** Where sessions are recorded, so that a restart finds them. Default: nowhere. */
  readonly store?: SessionStore
  /** Where programs of `execution.run` are recorded, so that their status outlives a restart. Default: nowhere. */
  readonly executionStore?: ExecutionStore
  /** Where the audit trail goes. Default: nowhere. */
  readonly audit?: AuditSink
  /** Default: the clock of this machine. */
  readonly clock?: Clock
  /** Limits that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<SandboxLimits>
}

/** What `GET /health` answers. */
export interface SandboxHealth {
  readonly status: 'ok' | 'closing'
  readonly version: string
  readonly uptimeSeconds: number
  readonly sessions: number
  readonly connections: number
  /** Whether records of sessions and executions can be written; `degraded` until they all are. */
  readonly store: StoreHealth
  readonly engines: readonly {
    readonly name: string
    readonly isolation: string
    readonly runtimes: readonly string[]
  }[]
}

/** A session server. */
export interface SandboxServer {
  /** Listens on its own port. Rejects with INSECURE_BIND or LISTEN_FAILED. */
  listen(options?: ListenOptions): Promise<SandboxListener>
  /** Serves the WebSocket path of an existing HTTP server; the returned function detaches it. */
  attach(server: Server, access?: HttpAccess): () => void
  /** Serves one connection over any transport. */
  accept(transport: ServerTransport, principal?: Principal): void
  health(): SandboxHealth
  /** Ends connections, then sessions; with `keepSessions` a later server takes them over from the store. */
  close(options?: { readonly keepSessions?: boolean }): Promise<void>
}

const silent: AuditSink = { record: () => {} }

const toSessionId = (): string => randomBytes(16).toString('hex')

interface Books {
  readonly sessions: Sessions
  readonly executions: Executions
}

/** What an earlier server left, taken over: sessions first, since executions run in them. */
const openBooks = async (
  options: SandboxServerOptions,
  ports: { readonly limits: SandboxLimits; readonly clock: Clock; readonly audit: AuditSink },
): Promise<Books> => {
  const { limits, clock, audit } = ports
  const sessions = createSessions(
    {
      engines: options.engines,
      clock,
      audit,
      store: options.store ?? createMemorySessionStore(),
      newSessionId: toSessionId,
    },
    limits,
  )
  await sessions.restore()
  const store = options.executionStore ?? createMemoryExecutionStore()
  return { sessions, executions: await openExecutions(sessions, { clock, audit, store }) }
}

const closeBooks = async (
  { sessions, executions }: Books,
  keepSessions: boolean,
): Promise<void> => {
  if (keepSessions) sessions.releaseAll()
  else await sessions.closeAll()
  await Promise.all([sessions.flush(), executions.flush()])
}

const toHealth = (
  options: SandboxServerOptions,
  counts: Pick<SandboxHealth, 'status' | 'uptimeSeconds' | 'sessions' | 'connections' | 'store'>,
): SandboxHealth => ({
  ...counts,
  version: readVersion(),
  engines: options.engines.map((engine) => ({
    name: engine.name,
    isolation: engine.isolation,
    runtimes: engine.runtimes().map(({ runtime }) => runtime),
  })),
})

/**
 * Creates a session server over engines, and takes over the sessions that its store knows. It does not listen until
 * `listen` or `attach` is called.
 */
export const createSandboxServer = async (
  options: SandboxServerOptions,
): Promise<SandboxServer> => {
  if (options.engines.length === 0)
    throw new TypeError('A sandbox server needs at least one engine.')
  const limits: SandboxLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const clock = options.clock ?? createSystemClock()
  const audit = options.audit ?? silent
  const books = await openBooks(options, { limits, clock, audit })
  const { sessions, executions } = books
  const startedAtMs = clock.now()
  const { engines } = options
  const connections = createConnections({ clock, audit, limits, ...books, engines })
  const detachers = new Set<() => void>()
  const listeners = new Set<SandboxListener>()

  const health = (): SandboxHealth =>
    toHealth(options, {
      status: connections.closing ? 'closing' : 'ok',
      uptimeSeconds: (clock.now() - startedAtMs) / 1000,
      sessions: sessions.count,
      connections: connections.count,
      store: toStoreHealth(sessions.storeHealth(), executions.storeHealth()),
    })
  const face: HttpFace = {
    accept: connections.accept,
    health,
    clock,
    audit,
    limits,
    authenticator: options.authenticator,
  }

  return {
    health,
    accept: connections.accept,
    attach: (server, access = {}) => {
      const detach = attachToHttp(server, face, access)
      detachers.add(detach)
      return detach
    },
    listen: async (listenOptions = {}) => {
      const listener = await listenOnHttp(face, listenOptions)
      listeners.add(listener)
      return listener
    },
    close: async ({ keepSessions = false } = {}) => {
      for (const detach of detachers) detach()
      connections.closeAll()
      await Promise.all([...listeners].map((listener) => listener.close()))
      await closeBooks(books, keepSessions)
    },
  }
}
