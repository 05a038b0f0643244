import type { AuditSink, Clock, EngineSession, SessionRecord } from '../ports.ts'
import type { Command } from '../protocol/commands.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { SessionExecuteResult } from '../protocol/methods.ts'
import { toEngineFailure } from './engine-error.ts'
import { runCommand } from './run-command.ts'
import { toUnkeptError } from './storage-error.ts'
import {
  reduceSession,
  type CloseReason,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
} from './session-state.ts'

/** What one request wants from a session. */
export interface ExecuteRequest {
  readonly command: Command
  /** Abort takes the command out of the queue or stops it; the answer is then the signal's reason. */
  readonly signal: AbortSignal
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
  readonly whenWritable: () => Promise<void>
}

/** A running session. */
export interface Session {
  readonly record: SessionRecord
  readonly container: EngineSession
  readonly state: SessionState
  /** Rejects with CANCELLED, SESSION_CLOSED, CAPACITY, ENGINE_UNAVAILABLE or STORAGE_FAILED. The command is queued before this returns. */
  execute(request: ExecuteRequest): Promise<SessionExecuteResult>
  /** Stops what runs and destroys the container; resolves when it and its record are gone, or rejects with STORAGE_FAILED. */
  close(reason: CloseReason): Promise<void>
  /** Leaves the container to whoever takes it over: no timer of this session ends it any more. */
  release(): void
}

export interface SessionPorts {
  readonly clock: Clock
  readonly audit: AuditSink
  /** Resolves when the session's record of this moment is in the store; rejects with STORAGE_FAILED. */
  keep(session: Session): Promise<void>
  /** Called once, when the session is gone; resolves when its record is, too. */
  onClosed(session: Session, reason: CloseReason): Promise<void>
}

export interface SessionLimits {
  readonly maxOutputBytes: number
  readonly maxReadBytes: number
  readonly maxWaitingCommands: number
}

/** Activity after such a pause is noted at once: a crash in the middle of a long command must not make the session look idle. */
const NOTED_AFTER_MS = 1000

interface Job {
  readonly request: ExecuteRequest
  readonly controller: AbortController
  readonly resolve: (result: SessionExecuteResult) => void
  readonly reject: (error: unknown) => void
}

const toInitialState = (record: SessionRecord, limits: SessionLimits): SessionState => ({
  phase: 'open',
  running: undefined,
  waiting: [],
  executionCount: record.executionCount,
  lastActivityMs: record.lastActivityMs,
  createdAtMs: record.createdAtMs,
  idleTimeoutMs: record.idleTimeoutMinutes * 60_000,
  maxLifetimeMs: record.maxLifetimeMinutes * 60_000,
  maxWaiting: limits.maxWaitingCommands,
  closeReason: undefined,
})

const CLOSED_BECAUSE: Readonly<Record<CloseReason, string>> = {
  closed: 'it was closed by session.close',
  idle: 'it was idle longer than its idleTimeoutMinutes',
  lifetime: 'it reached its maxLifetimeMinutes',
  shutdown: 'the server is shutting down',
  broken: 'its engine did not stop a command',
}

/** The error of every call on a session that has ended. */
export const toClosedError = (sessionId: string, reason: CloseReason): SandboxError =>
  new SandboxError(
    'SESSION_CLOSED',
    `Session ${sessionId} is closed: ${CLOSED_BECAUSE[reason]}. Create a new one with session.create.`,
    { details: { sessionId, reason } },
  )

/** Effects of one session, performed on its container and its jobs. */
interface Body {
  readonly start: { readonly record: SessionRecord; readonly container: EngineSession }
  readonly ports: SessionPorts
  readonly limits: SessionLimits
  readonly jobs: Map<number, Job>
  state: SessionState
  disarm: () => void
  released: boolean
  destroyed: Promise<void> | undefined
  readonly session: Session
}

const toStopError = ({ state, start }: Body): SandboxError =>
  state.closeReason === undefined
    ? new SandboxError('CANCELLED', 'The request was cancelled.', {
        details: { sessionId: start.record.sessionId },
      })
    : toClosedError(start.record.sessionId, state.closeReason)

const toFullError = ({ start, limits }: Body): SandboxError =>
  new SandboxError(
    'CAPACITY',
    `Session ${start.record.sessionId} has ${limits.maxWaitingCommands} commands waiting; wait for answers before sending more.`,
  )

const performRefuse = (
  body: Body,
  number: number,
  reason: 'closed' | 'full' | 'withdrawn',
): void => {
  body.jobs.get(number)?.reject(reason === 'full' ? toFullError(body) : toStopError(body))
  body.jobs.delete(number)
}

/** An answer leaves when the record that counts it is kept; the next command does not wait for that. */
const answer = async (
  body: Body,
  job: Job,
  answered: { readonly result: SessionExecuteResult } | { readonly error: unknown },
): Promise<void> => {
  const kept = body.ports.keep(body.session)
  if ('error' in answered) return kept.catch(() => undefined).then(() => job.reject(answered.error))
  await kept.then(
    () => job.resolve(answered.result),
    (error: unknown) => job.reject(toUnkeptError(error, answered.result)),
  )
}

const performStart = async (body: Body, number: number): Promise<void> => {
  const job = body.jobs.get(number)
  if (!job) return
  const { request, controller } = job
  const run = runCommand(
    { ...body.start, request, signal: controller.signal },
    body.ports,
    body.limits,
  )
  const answered = await run.answer.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  dispatch(body, { type: 'CommandAnswered', command: number, atMs: body.ports.clock.now() })
  void answer(body, job, answered)
  body.jobs.delete(number)
  controller.abort()
  if (!(await run.settled)) dispatch(body, { type: 'CloseRequested', reason: 'broken' })
  dispatch(body, { type: 'CommandEnded', command: number, atMs: body.ports.clock.now() })
}

const performDestroy = async (body: Body, reason: CloseReason): Promise<void> => {
  const { start, ports, session } = body
  const { sessionId, engine } = start.record
  try {
    await start.container.destroy()
  } catch (error) {
    ports.audit.record({
      ...toEngineFailure(engine, error),
      sessionId,
      atMs: ports.clock.now(),
    })
  }
  dispatch(body, { type: 'ContainerDestroyed' })
  ports.audit.record({ type: 'session.closed', sessionId, reason, atMs: ports.clock.now() })
  await ports.onClosed(session, reason)
}

const performArm = (body: Body, atMs: number): void => {
  const { clock } = body.ports
  body.disarm()
  if (body.released) return
  const fire = (): void => dispatch(body, { type: 'TimerFired', atMs: clock.now() })
  body.disarm = clock.schedule(Math.max(0, atMs - clock.now()), fire)
}

const perform = (body: Body, effect: SessionEffect): void => {
  switch (effect.type) {
    case 'StartCommand':
      void performStart(body, effect.command)
      return
    case 'RefuseCommand':
      return performRefuse(body, effect.command, effect.reason)
    case 'AbortCommand':
      return body.jobs.get(effect.command)?.controller.abort(toStopError(body))
    case 'ArmTimer':
      return performArm(body, effect.atMs)
    case 'DisarmTimer':
      return body.disarm()
    case 'DestroyContainer':
      body.destroyed = performDestroy(body, effect.reason)
      // A session that ends by itself has nobody to tell; the store's health does.
      body.destroyed.catch(() => undefined)
  }
}

const dispatch = (body: Body, event: SessionEvent): void => {
  const before = body.state
  const [state, effects] = reduceSession(before, event)
  body.state = state
  if (state.lastActivityMs - before.lastActivityMs >= NOTED_AFTER_MS && state.phase === 'open')
    void body.ports.keep(body.session)
  for (const effect of effects) perform(body, effect)
}

const execute = (
  body: Body,
  number: number,
  request: ExecuteRequest,
): Promise<SessionExecuteResult> =>
  new Promise((resolve, reject) => {
    const { clock } = body.ports
    body.jobs.set(number, { request, controller: new AbortController(), resolve, reject })
    const withdraw = (): void =>
      dispatch(body, { type: 'CommandWithdrawn', command: number, atMs: clock.now() })
    dispatch(body, { type: 'CommandRequested', command: number, atMs: clock.now() })
    if (request.signal.aborted) withdraw()
    else request.signal.addEventListener('abort', withdraw, { once: true })
  })

/** Opens a session over a container that the engine made. */
export const openSession = (
  start: Body['start'],
  ports: SessionPorts,
  limits: SessionLimits,
): Session => {
  let nextJob = 1
  const session: Session = {
    get record() {
      const { lastActivityMs, executionCount } = body.state
      return { ...start.record, lastActivityMs, executionCount }
    },
    container: start.container,
    get state() {
      return body.state
    },
    execute: (request) => execute(body, nextJob++, request),
    close: async (reason) => {
      dispatch(body, { type: 'CloseRequested', reason })
      await body.destroyed
    },
    release: () => {
      body.released = true
      body.disarm()
    },
  }
  const state = toInitialState(start.record, limits)
  const body: Body = {
    start,
    ports,
    limits,
    jobs: new Map(),
    state,
    disarm: () => {},
    released: false,
    destroyed: undefined,
    session,
  }
  dispatch(body, { type: 'TimerFired', atMs: ports.clock.now() })
  return session
}
