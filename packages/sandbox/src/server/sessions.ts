import type {
  AuditSink,
  Clock,
  Engine,
  EngineSession,
  Principal,
  SessionRecord,
  SessionStore,
} from '../ports.ts'
import { isWireError, SandboxError } from '../protocol/errors.ts'
import type { SessionCreateParams } from '../protocol/methods.ts'
import { createClosedSessions, type ClosedSessions } from './closed-sessions.ts'
import { toEngineFailure, toEngineRefusal } from './engine-error.ts'
import { createRecordWriter, type RecordWriter, type WriterHealth } from './record-writer.ts'
import { toEngineOptions, toRecord } from './session-record.ts'
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
  /** @param executionId of the execution that it is made for, and that it ends with */
  create(
    params: SessionCreateParams,
    principal: Principal | undefined,
    executionId?: string,
  ): Promise<Session>
  /** Throws SESSION_NOT_FOUND, SESSION_CLOSED or SESSION_LOST. */
  find(sessionId: string, principal: Principal | undefined): Session
  list(principal: Principal | undefined): readonly Session[]
  readonly count: number
  closeAll(): Promise<void>
  /** Leaves every container to a later server. */
  releaseAll(): void
  /** Takes over what an earlier process left. Rejects with STORAGE_FAILED when the store cannot be read. */
  restore(): Promise<void>
  storeHealth(): WriterHealth
  /** Waits until every record is written. */
  flush(): Promise<void>
}

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

/** What the functions below share. */
interface Book {
  readonly ports: SessionsPorts
  readonly limits: SessionsLimits
  readonly live: Map<string, Session>
  readonly closed: ClosedSessions
  readonly sessionPorts: SessionPorts
  readonly writer: RecordWriter<SessionRecord>
}

const findEngine = ({ ports }: Book, name: string): Engine | undefined =>
  ports.engines.find((engine) => engine.name === name)

const recordEngineFailure = ({ ports }: Book, engine: string, error: unknown): void =>
  ports.audit.record({ ...toEngineFailure(engine, error), atMs: ports.clock.now() })

const open = (book: Book, record: SessionRecord, container: EngineSession): Session => {
  const session = openSession({ record, container }, book.sessionPorts, book.limits)
  if (session.state.phase === 'open') book.live.set(record.sessionId, session)
  return session
}

/** The record goes first: one without a container is lost at the next start, a container without one would stay for ever. */
const createContainer = async (book: Book, record: SessionRecord): Promise<EngineSession> => {
  const engine = findEngine(book, record.engine)
  if (!engine) throw new SandboxError('ENGINE_UNAVAILABLE', `There is no engine ${record.engine}.`)
  try {
    await book.writer.save(record)
    return await engine.create(toEngineOptions(record))
  } catch (error) {
    void book.writer.remove(record.sessionId)
    if (isWireError(error)) throw error
    recordEngineFailure(book, engine.name, error)
    throw toEngineRefusal(error, record.sessionId) ?? toCreateError(engine, error)
  }
}

const createOne = async (book: Book, record: SessionRecord): Promise<Session> => {
  const container = await createContainer(book, record)
  const who = record.owner === undefined ? {} : { principal: record.owner }
  const { sessionId, language } = record
  const atMs = book.ports.clock.now()
  book.ports.audit.record({
    type: 'session.created',
    sessionId,
    engine: record.engine,
    language,
    ...who,
    atMs,
  })
  return open(book, record, container)
}

const lose = async (book: Book, record: SessionRecord, why: string): Promise<void> => {
  const { ports, closed, writer } = book
  closed.add(record, toLostError(record, why))
  ports.audit.record({
    type: 'session.closed',
    sessionId: record.sessionId,
    reason: 'lost',
    atMs: ports.clock.now(),
  })
  // A record that stays is lost again at the next start; the store's health says so.
  await writer.remove(record.sessionId).catch(() => undefined)
}

const restoreOne = async (book: Book, record: SessionRecord): Promise<void> => {
  const engine = findEngine(book, record.engine)
  if (!engine) return lose(book, record, `its engine ${record.engine} is not there any more`)
  try {
    const container = await engine.attach(toEngineOptions(record))
    if (!container)
      return await lose(book, record, `engine ${record.engine} has nothing of it left`)
    const session = open(book, record, container)
    // The health of the store reports a record that stays.
    if (record.executionId !== undefined) await session.close('closed').catch(() => undefined)
    return undefined
  } catch (error) {
    recordEngineFailure(book, engine.name, error)
    return lose(book, record, `engine ${record.engine} could not take it over`)
  }
}

const find = ({ live, closed }: Book, sessionId: string, owner: string | undefined): Session => {
  const session = live.get(sessionId)
  if (!session || session.record.owner !== owner) throw closed.explain(sessionId, owner)
  if (session.state.phase !== 'open')
    throw toClosedError(sessionId, session.state.closeReason ?? 'closed')
  return session
}

const createSessionPorts = (
  ports: SessionsPorts,
  parts: {
    readonly live: Map<string, Session>
    readonly closed: ClosedSessions
    readonly writer: RecordWriter<SessionRecord>
  },
): SessionPorts => ({
  clock: ports.clock,
  audit: ports.audit,
  keep: (session) => parts.writer.save(session.record),
  onClosed: ({ record }, reason) => {
    parts.live.delete(record.sessionId)
    parts.closed.add(record, toClosedError(record.sessionId, reason))
    return parts.writer.remove(record.sessionId)
  },
})

const load = (store: SessionStore): Promise<readonly SessionRecord[]> =>
  store.load().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `The sessions of the last run cannot be read: ${why}.`
    throw new SandboxError('STORAGE_FAILED', message, { cause })
  })

/** Opens the book of sessions; `restore` must be awaited before the first call. */
export const createSessions = (ports: SessionsPorts, limits: SessionsLimits): Sessions => {
  const live = new Map<string, Session>()
  const closed = createClosedSessions()
  const writer = createRecordWriter<SessionRecord>({
    store: ports.store,
    audit: ports.audit,
    clock: ports.clock,
    idOf: ({ sessionId }) => sessionId,
    identify: (sessionId) => ({ sessionId }),
  })
  const sessionPorts = createSessionPorts(ports, { live, closed, writer })
  const book: Book = { ports, limits, live, closed, sessionPorts, writer }
  let creating = 0
  let closing = false

  return {
    create: async (params, principal, executionId) => {
      const record = {
        ...toRecord(params, ports, limits),
        ...(principal === undefined ? {} : { owner: principal.id }),
        ...(executionId === undefined ? {} : { executionId }),
      }
      if (live.size + creating >= limits.maxSessions)
        throw new SandboxError(
          'CAPACITY',
          `This server runs at most ${limits.maxSessions} sessions; close one first.`,
        )
      creating++
      try {
        const session = await createOne(book, record)
        if (closing) await session.close('shutdown')
        return session
      } finally {
        creating--
      }
    },
    find: (sessionId, principal) => find(book, sessionId, principal?.id),
    list: (principal) =>
      [...live.values()].filter(
        ({ record, state }) => record.owner === principal?.id && state.phase === 'open',
      ),
    get count() {
      return live.size
    },
    closeAll: async () => {
      closing = true
      // The health of the store reports a record that could not be removed.
      await Promise.allSettled([...live.values()].map((session) => session.close('shutdown')))
    },
    releaseAll: () => {
      closing = true
      for (const session of live.values()) session.release()
    },
    restore: async () => {
      await Promise.all((await load(ports.store)).map((record) => restoreOne(book, record)))
    },
    storeHealth: () => writer.health(),
    flush: () => writer.flush(),
  }
}
