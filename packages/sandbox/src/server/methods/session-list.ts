import type { Methods, SessionListItem } from '../../protocol/methods.ts'
import type { CallContext } from '../dispatch.ts'
import type { Session } from '../session.ts'

type List = Methods['session.list']

const toItem = ({ record, container, state }: Session, nowMs: number): SessionListItem => {
  const isActive = state.running !== undefined
  return {
    sessionId: record.sessionId,
    containerId: container.containerId,
    language: record.language,
    createdAt: new Date(record.createdAtMs).toISOString(),
    lastActivity: new Date(record.lastActivityMs).toISOString(),
    state: isActive ? 'Active' : 'Idle',
    executionCount: record.executionCount,
    idleMinutes: isActive ? 0 : (nowMs - record.lastActivityMs) / 60_000,
    lifetimeMinutes: (nowMs - record.createdAtMs) / 60_000,
    engine: record.engine,
    runtime: container.runtime,
  }
}

export const listSessions = (_params: List['params'], context: CallContext): List['result'] => {
  const now = context.now()
  const sessions = context.sessions.list(context.principal).map((session) => toItem(session, now))
  return { count: sessions.length, sessions }
}
