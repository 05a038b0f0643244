import { randomUUID } from 'node:crypto'
import type { AuditSink, Clock, Engine, Principal, ServerTransport } from '../ports.ts'
import { openConnection, type ConnectionHost } from './connection.ts'
import type { Executions } from './executions.ts'
import { toConnectionLimits, type SandboxLimits } from './limits.ts'
import { createRateLimiter } from './rate-limit.ts'
import type { Sessions } from './sessions.ts'
import { readVersion } from './version.ts'

const CLOSE_GOING_AWAY = 1001
const CLOSE_TRY_LATER = 1013

/** All connections of one server. */
export interface Connections {
  readonly count: number
  readonly closing: boolean
  readonly accept: (transport: ServerTransport, principal?: Principal) => void
  closeAll(): void
}

export interface ConnectionsPorts {
  readonly clock: Clock
  readonly audit: AuditSink
  readonly limits: SandboxLimits
  readonly sessions: Sessions
  readonly executions: Executions
  readonly engines: readonly Engine[]
}

const toBase = ({
  clock,
  limits,
  sessions,
  executions,
  engines,
}: ConnectionsPorts): ConnectionHost['base'] => ({
  sessions,
  executions,
  engines,
  now: () => clock.now(),
  info: {
    version: readVersion(),
    maxSessions: limits.maxSessions,
    maxOutputBytes: limits.maxOutputBytes,
    maxMessageBytes: limits.maxMessageBytes,
  },
})

/** Opens the book of connections; each is served until its transport ends. */
export const createConnections = (ports: ConnectionsPorts): Connections => {
  const { clock, audit, limits } = ports
  const open = new Set<ServerTransport>()
  const limiter = limits.rateLimit ? createRateLimiter(limits.rateLimit, clock) : undefined
  const base = toBase(ports)
  let closing = false

  const toHost = (
    transport: ServerTransport,
    who: { readonly connectionId: string; readonly principal?: string },
  ): ConnectionHost => ({
    base,
    clock,
    limits: toConnectionLimits(limits),
    limiter,
    onDefect: (error) =>
      audit.record({ type: 'server.failed', message: String(error), atMs: clock.now() }),
    onClosed: () => {
      open.delete(transport)
      audit.record({ type: 'connection.closed', ...who, atMs: clock.now() })
    },
  })

  return {
    get count() {
      return open.size
    },
    get closing() {
      return closing
    },
    accept: (transport, principal) => {
      if (closing || open.size >= limits.maxConnections)
        return transport.close(
          CLOSE_TRY_LATER,
          closing ? 'The server is shutting down.' : 'Too many connections.',
        )
      open.add(transport)
      const who = { connectionId: randomUUID(), ...(principal ? { principal: principal.id } : {}) }
      audit.record({ type: 'connection.opened', ...who, atMs: clock.now() })
      openConnection(transport, principal, toHost(transport, who))
    },
    closeAll: () => {
      closing = true
      for (const transport of open)
        transport.close(CLOSE_GOING_AWAY, 'The server is shutting down.')
    },
  }
}
