import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type {
  AuditSink,
  Authenticator,
  Clock,
  Engine,
  Principal,
  ServerTransport,
  SessionStore,
} from '../ports.ts'
import { createConnections } from './connections.ts'
import { attachToHttp, type HttpFace } from './http/attach.ts'
import type { HttpAccess } from './http/guards.ts'
import { listenOnHttp, type ListenOptions, type SandboxListener } from './http/listen.ts'
import { createMemorySessionStore } from './memory-session-store.ts'
import { DEFAULT_LIMITS, type SandboxLimits } from './limits.ts'
import type { StoreHealth } from './record-writer.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSystemClock } from './system-clock.ts'
import { readVersion } from './version.ts'

/** What a server is built from. */
export interface SandboxServerOptions {
  /** Engines in the order of preference; the first that has the language is taken. They are not closed by the server. */
  readonly engines: readonly Engine[]
  /** Who may connect. Without one, every local connection may, and all share all sessions. */
  readonly authenticator?: Authenticator
  /** Where sessions are noted so that a restart finds them. Default: nowhere. */
  readonly store?: SessionStore
  /** Where the audit trail goes. Default: nowhere. */
  readonly audit?: AuditSink
  /** Default: the clock of this machine. */
  readonly clock?: Clock
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<SandboxLimits>
}

/** What `GET /health` answers. */
export interface SandboxHealth {
  readonly status: 'ok' | 'closing'
  readonly version: string
  readonly uptimeSeconds: number
  readonly sessions: number
  readonly connections: number
  /** Whether records of sessions can be written; `degraded` until one is again. */
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
  /** Serves the WebSocket path of an HTTP server that is already there; the answer takes it back. */
  attach(server: Server, access?: HttpAccess): () => void
  /** Serves one connection over any transport. */
  accept(transport: ServerTransport, principal?: Principal): void
  health(): SandboxHealth
  /** Ends connections, then sessions; with `keepSessions` a later server takes them over from the store. */
  close(options?: { readonly keepSessions?: boolean }): Promise<void>
}

const silent: AuditSink = { record: () => {} }

const toSessionId = (): string => randomBytes(16).toString('hex')

const openSessions = async (
  options: SandboxServerOptions,
  limits: SandboxLimits,
  clock: Clock,
): Promise<Sessions> => {
  const sessions = createSessions(
    {
      engines: options.engines,
      clock,
      audit: options.audit ?? silent,
      store: options.store ?? createMemorySessionStore(),
      newSessionId: toSessionId,
    },
    limits,
  )
  await sessions.restore()
  return sessions
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
 * Builds a session server over engines, and takes over the sessions that its store knows of. It listens to nothing
 * until `listen` or `attach` is called.
 */
export const createSandboxServer = async (
  options: SandboxServerOptions,
): Promise<SandboxServer> => {
  if (options.engines.length === 0)
    throw new TypeError('A sandbox server needs at least one engine.')
  const limits: SandboxLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const clock = options.clock ?? createSystemClock()
  const audit = options.audit ?? silent
  const sessions = await openSessions(options, limits, clock)
  const startedAtMs = clock.now()
  const connections = createConnections({
    clock,
    audit,
    limits,
    sessions,
    engines: options.engines,
  })
  const detachers = new Set<() => void>()
  const listeners = new Set<SandboxListener>()

  const health = (): SandboxHealth =>
    toHealth(options, {
      status: connections.closing ? 'closing' : 'ok',
      uptimeSeconds: (clock.now() - startedAtMs) / 1000,
      sessions: sessions.count,
      connections: connections.count,
      store: sessions.storeHealth(),
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
      if (keepSessions) sessions.releaseAll()
      else await sessions.closeAll()
      await sessions.flush()
    },
  }
}
