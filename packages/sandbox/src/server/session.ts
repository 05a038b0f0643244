import type { AuditSink, Clock, EngineSession, SessionRecord } from '../ports.ts'
import type { Command } from '../protocol/commands.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { SessionExecuteResult } from '../protocol/methods.ts'
import type { CommandCaps } from './output.ts'
import { selectTimeoutMs, startCommand, type CommandRun, type Outcome } from './perform-command.ts'
import {
  reduceSession,
  type CloseReason,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
} from './session-state.ts'

/** How long an engine may take to stop a command that was aborted, until the session counts as broken. */
const ABANDON_MS = 5000

/** What one request wants from a session. */
export interface ExecuteRequest {
  readonly command: Command
  /** Abort takes the command out of the queue or stops it; the answer is then the signal's reason. */
  readonly signal: AbortSignal
  onOutput(stream: 'stdout' | 'stderr', text: string): void
  whenWritable(): Promise<void>
}

/** A running session. */
export interface Session {
  readonly record: SessionRecord
  readonly container: EngineSession
  readonly state: SessionState
  /** Rejects with CANCELLED, SESSION_CLOSED, CAPACITY or ENGINE_UNAVAILABLE. The command is queued before this returns. */
  execute(request: ExecuteRequest): Promise<SessionExecuteResult>
  /** Stops what runs and destroys the container; resolves when it is gone. */
  close(reason: CloseReason): Promise<void>
}

export interface SessionPorts {
  readonly clock: Clock
  readonly audit: AuditSink
  /** Called after every change of what a record holds. */
  onChanged(session: Session): void
  /** Called once, when the session is gone. */
  onClosed(session: Session, reason: CloseReason): void
}

export interface SessionLimits {
  readonly maxOutputBytes: number
  readonly maxReadBytes: number
  readonly maxWaitingCommands: number
}

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

/** Limits of one command. */
const toCaps = (command: Command, record: SessionRecord, limits: SessionLimits): CommandCaps => {
  const timeoutMs = selectTimeoutMs(command)
  return {
    timeoutMs,
    cpuMs: command.type === 'execute_shell' ? (command.cpuLimitMs ?? timeoutMs) : timeoutMs,
    maxOutputBytes: limits.maxOutputBytes,
    memoryLimitBytes: record.memoryLimitBytes,
    diskLimitBytes: record.diskLimitBytes,
    inodeLimit: record.inodeLimit,
  }
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

/** Resolves true after `delayMs`, unless taken back. */
const startTimer = (
  clock: Clock,
  delayMs: number,
): { readonly fired: Promise<void>; readonly cancel: () => void } => {
  let cancel = (): void => {}
  const fired = new Promise<void>((resolve) => {
    cancel = clock.schedule(delayMs, resolve)
  })
  return { fired, cancel }
}

/** Opens a session over a container that the engine made. */
export const openSession = (
  start: { readonly record: SessionRecord; readonly container: EngineSession },
  ports: SessionPorts,
  limits: SessionLimits,
): Session => {
  const { container } = start
  const { clock, audit } = ports
  const { sessionId } = start.record
  const jobs = new Map<number, Job>()
  let state = toInitialState(start.record, limits)
  let nextJob = 1
  let disarm = (): void => {}
  let destroyed: Promise<void> | undefined

  const abortReason = (): SandboxError =>
    state.closeReason === undefined
      ? new SandboxError('CANCELLED', 'The request was cancelled.', { details: { sessionId } })
      : toClosedError(sessionId, state.closeReason)

  const refuse = (number: number, reason: 'closed' | 'full' | 'withdrawn'): void => {
    const error =
      reason === 'full'
        ? new SandboxError(
            'CAPACITY',
            `Session ${sessionId} has ${limits.maxWaitingCommands} commands waiting; wait for answers before sending more.`,
          )
        : abortReason()
    jobs.get(number)?.reject(error)
    jobs.delete(number)
  }

  const answer = async (job: Job, run: CommandRun, timeoutMs: number): Promise<Outcome> => {
    const deadline = startTimer(clock, timeoutMs + run.graceMs)
    const stopped = deadline.fired.then(() => run.stopped())
    try {
      return await Promise.race([run.work, rejectOnAbort(job.controller.signal), stopped])
    } finally {
      deadline.cancel()
    }
  }

  /** The next command starts only when the engine is done with this one. */
  const waitUntilSettled = async (number: number, run: CommandRun): Promise<void> => {
    const patience = startTimer(clock, ABANDON_MS)
    const settled = run.work.then(
      () => true,
      () => true,
    )
    const isSettled = await Promise.race([settled, patience.fired.then(() => false)])
    patience.cancel()
    if (!isSettled) dispatch({ type: 'CloseRequested', reason: 'broken' })
    dispatch({ type: 'CommandEnded', command: number, atMs: clock.now() })
  }

  const toEngineError = (error: unknown): SandboxError => {
    if (error instanceof SandboxError) return error
    audit.record({
      type: 'engine.failed',
      engine: start.record.engine,
      sessionId,
      message: String(error),
      atMs: clock.now(),
    })
    return new SandboxError(
      'ENGINE_UNAVAILABLE',
      `Engine ${start.record.engine} failed in session ${sessionId}.`,
      {
        details: { sessionId, engine: start.record.engine },
      },
    )
  }

  const runJob = async (number: number, job: Job): Promise<void> => {
    const { command } = job.request
    const startedAtMs = clock.now()
    const caps = toCaps(command, start.record, limits)
    const run = startCommand(command, {
      session: container,
      caps,
      maxReadBytes: limits.maxReadBytes,
      signal: job.controller.signal,
      onOutput: job.request.onOutput,
      whenWritable: job.request.whenWritable,
    })
    try {
      const { limit, ...outcome } = await answer(job, run, caps.timeoutMs)
      const durationMs = clock.now() - startedAtMs
      const base = {
        sessionId,
        command: command.type,
        success: outcome.success,
        durationMs,
        atMs: clock.now(),
      }
      audit.record({ type: 'command.executed', ...base, ...(limit === undefined ? {} : { limit }) })
      job.resolve({ ...outcome, durationMs })
    } catch (error) {
      job.reject(toEngineError(error))
    }
    jobs.delete(number)
    job.controller.abort()
    await waitUntilSettled(number, run)
  }

  const performDestroy = async (reason: CloseReason): Promise<void> => {
    try {
      await container.destroy()
    } catch (error) {
      toEngineError(error)
    }
    dispatch({ type: 'ContainerDestroyed' })
    audit.record({ type: 'session.closed', sessionId, reason, atMs: clock.now() })
    ports.onClosed(session, reason)
  }

  const perform = (effect: SessionEffect): void => {
    switch (effect.type) {
      case 'StartCommand': {
        const job = jobs.get(effect.command)
        if (job) void runJob(effect.command, job)
        return
      }
      case 'RefuseCommand':
        return refuse(effect.command, effect.reason)
      case 'AbortCommand':
        return jobs.get(effect.command)?.controller.abort(abortReason())
      case 'ArmTimer':
        disarm()
        disarm = clock.schedule(Math.max(0, effect.atMs - clock.now()), () =>
          dispatch({ type: 'TimerFired', atMs: clock.now() }),
        )
        return
      case 'DisarmTimer':
        return disarm()
      case 'DestroyContainer':
        destroyed = performDestroy(effect.reason)
    }
  }

  const dispatch = (event: SessionEvent): void => {
    const [next, effects] = reduceSession(state, event)
    const changed =
      next.lastActivityMs !== state.lastActivityMs || next.executionCount !== state.executionCount
    state = next
    if (changed) ports.onChanged(session)
    for (const effect of effects) perform(effect)
  }

  const execute = (request: ExecuteRequest): Promise<SessionExecuteResult> =>
    new Promise((resolve, reject) => {
      const number = nextJob++
      jobs.set(number, { request, controller: new AbortController(), resolve, reject })
      const withdraw = (): void =>
        dispatch({ type: 'CommandWithdrawn', command: number, atMs: clock.now() })
      dispatch({ type: 'CommandRequested', command: number, atMs: clock.now() })
      if (request.signal.aborted) withdraw()
      else request.signal.addEventListener('abort', withdraw, { once: true })
    })

  const session: Session = {
    get record() {
      return {
        ...start.record,
        lastActivityMs: state.lastActivityMs,
        executionCount: state.executionCount,
      }
    },
    container,
    get state() {
      return state
    },
    execute,
    close: async (reason) => {
      dispatch({ type: 'CloseRequested', reason })
      await destroyed
    },
  }
  dispatch({ type: 'TimerFired', atMs: clock.now() })
  return session
}
