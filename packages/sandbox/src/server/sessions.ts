import type {
  AuditSink,
  Clock,
  Engine,
  EngineCreateOptions,
  Principal,
  SessionRecord,
  SessionStore,
} from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MINUTES,
  DEFAULT_MAX_LIFETIME_MINUTES,
  DEFAULT_MEMORY_LIMIT_MB,
} from '../protocol/limits.ts'
import type { SessionCreateParams } from '../protocol/methods.ts'
import { createClosedSessions } from './closed-sessions.ts'
import { chooseRuntime } from './languages.ts'
import { createRecordWriter } from './record-writer.ts'
import {
  openSession,
  toClosedError,
  type Session,
  type SessionLimits,
  type SessionPorts,
} from './session.ts'

export interface SessionsPorts {
  readonly engines: readonly Engine[]
  readonly clock: Clock
  readonly audit: AuditSink
  readonly store: SessionStore
  /** Makes ids that nobody can guess. */
  newSessionId(): string
}

export interface SessionsLimits extends SessionLimits {
  readonly maxSessions: number
  readonly diskLimitBytes: number
  readonly inodeLimit: number
}

/** All sessions of one server. */
export interface Sessions {
  create(params: SessionCreateParams, principal: Principal | undefined): Promise<Session>
  /** Throws SESSION_NOT_FOUND, SESSION_CLOSED or SESSION_LOST. */
  find(sessionId: string, principal: Principal | undefined): Session
  list(principal: Principal | undefined): readonly Session[]
  readonly count: number
  closeAll(): Promise<void>
  /** Takes over what an earlier process left. */
  restore(): Promise<void>
  /** Waits until every record is written. */
  flush(): Promise<void>
}

const MB = 1024 * 1024
const DEFAULT_RANGE = { min: 16 * MB, max: 2048 * MB }

const checkMemory = (engine: Engine, memoryLimitMB: number): number => {
  const { min, max } = engine.memoryRangeBytes ?? DEFAULT_RANGE
  const bytes = Math.floor(memoryLimitMB * MB)
  if (bytes >= min && bytes <= max) return bytes
  const message = `memoryLimitMB must be from ${min / MB} to ${max / MB} on engine ${engine.name}.`
  const details = { pointer: '/memoryLimitMB', minimum: min / MB, maximum: max / MB }
  throw new SandboxError('INVALID_PARAMS', message, { details })
}

const toEngineOptions = (record: SessionRecord): EngineCreateOptions => ({
  sessionId: record.sessionId,
  language: record.language,
  memoryLimitBytes: record.memoryLimitBytes,
  diskLimitBytes: record.diskLimitBytes,
  inodeLimit: record.inodeLimit,
})

const toLostError = (record: SessionRecord, why: string): SandboxError =>
  new SandboxError(
    'SESSION_LOST',
    `Session ${record.sessionId} was lost when the server restarted: ${why}. Create a new one with session.create.`,
    { details: { sessionId: record.sessionId, reason: why } },
  )

const toCreateError = (engine: Engine, cause: unknown): SandboxError =>
  cause instanceof SandboxError
    ? cause
    : new SandboxError(
        'ENGINE_UNAVAILABLE',
        `Engine ${engine.name} could not create a container.`,
        {
          details: { engine: engine.name },
          cause,
        },
      )

/** Builds the record of a session that is about to be made; throws what is wrong with the parameters. */
const toRecord = (
  params: SessionCreateParams,
  ports: SessionsPorts,
  limits: SessionsLimits,
): SessionRecord => {
  const { engine, runtime } = chooseRuntime(ports.engines, params)
  const now = ports.clock.now()
  return {
    sessionId: ports.newSessionId(),
    engine: engine.name,
    language: runtime.language,
    createdAtMs: now,
    lastActivityMs: now,
    executionCount: 0,
    idleTimeoutMinutes: params.idleTimeoutMinutes ?? DEFAULT_IDLE_TIMEOUT_MINUTES,
    maxLifetimeMinutes: params.maxLifetimeMinutes ?? DEFAULT_MAX_LIFETIME_MINUTES,
    memoryLimitBytes: checkMemory(engine, params.memoryLimitMB ?? DEFAULT_MEMORY_LIMIT_MB),
    diskLimitBytes: limits.diskLimitBytes,
    inodeLimit: limits.inodeLimit,
  }
}

/** Opens the book of sessions; `restore` must be awaited before the first call. */
export const createSessions = (ports: SessionsPorts, limits: SessionsLimits): Sessions => {
  const { clock, audit, store } = ports
  const live = new Map<string, Session>()
  const closed = createClosedSessions()
  const writer = createRecordWriter(store, audit, clock)
  let creating = 0

  const sessionPorts: SessionPorts = {
    clock,
    audit,
    onChanged: (session) => writer.save(session.record),
    onClosed: ({ record }, reason) => {
      live.delete(record.sessionId)
      closed.add(record, toClosedError(record.sessionId, reason))
      writer.remove(record.sessionId)
    },
  }

  const findEngine = (name: string): Engine | undefined =>
    ports.engines.find((engine) => engine.name === name)

  const createOne = async (record: SessionRecord): Promise<Session> => {
    const engine = findEngine(record.engine)
    if (!engine)
      throw new SandboxError('ENGINE_UNAVAILABLE', `There is no engine ${record.engine}.`)
    const container = await engine.create(toEngineOptions(record)).catch((error: unknown) => {
      audit.record({
        type: 'engine.failed',
        engine: engine.name,
        message: String(error),
        atMs: clock.now(),
      })
      throw toCreateError(engine, error)
    })
    await store.save(record)
    const session = openSession({ record, container }, sessionPorts, limits)
    live.set(record.sessionId, session)
    return session
  }

  const create: Sessions['create'] = async (params, principal) => {
    const record = toRecord(params, ports, limits)
    if (live.size + creating >= limits.maxSessions)
      throw new SandboxError(
        'CAPACITY',
        `This server runs at most ${limits.maxSessions} sessions; close one first.`,
      )
    creating++
    try {
      const session = await createOne(principal ? { ...record, owner: principal.id } : record)
      const { sessionId, engine, language } = session.record
      const who = principal ? { principal: principal.id } : {}
      audit.record({
        type: 'session.created',
        sessionId,
        engine,
        language,
        ...who,
        atMs: clock.now(),
      })
      return session
    } finally {
      creating--
    }
  }

  const restoreOne = async (record: SessionRecord): Promise<void> => {
    const lose = async (why: string): Promise<void> => {
      closed.add(record, toLostError(record, why))
      audit.record({
        type: 'session.closed',
        sessionId: record.sessionId,
        reason: 'lost',
        atMs: clock.now(),
      })
      await store.remove(record.sessionId)
    }
    const engine = findEngine(record.engine)
    if (!engine) return lose(`its engine ${record.engine} is not there any more`)
    try {
      const container = await engine.attach(toEngineOptions(record))
      if (!container) return await lose(`engine ${record.engine} has nothing of it left`)
      live.set(record.sessionId, openSession({ record, container }, sessionPorts, limits))
    } catch (error) {
      audit.record({
        type: 'engine.failed',
        engine: engine.name,
        sessionId: record.sessionId,
        message: String(error),
        atMs: clock.now(),
      })
      await lose(`engine ${record.engine} could not take it over`)
    }
  }

  return {
    create,
    find: (sessionId, principal) => {
      const session = live.get(sessionId)
      if (session && session.record.owner === principal?.id && session.state.phase === 'open')
        return session
      if (session && session.record.owner === principal?.id)
        throw toClosedError(sessionId, session.state.closeReason ?? 'closed')
      throw closed.explain(sessionId, principal?.id)
    },
    list: (principal) =>
      [...live.values()].filter(
        ({ record, state }) => record.owner === principal?.id && state.phase === 'open',
      ),
    get count() {
      return live.size
    },
    closeAll: async () => {
      await Promise.all([...live.values()].map((session) => session.close('shutdown')))
    },
    restore: async () => {
      await Promise.all((await store.load()).map(restoreOne))
    },
    flush: () => writer.flush(),
  }
}
