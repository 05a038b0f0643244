import type { AuditSink, Clock, EngineSession, SessionRecord } from '../ports.ts'
import type { Command } from '../protocol/commands.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { SessionExecuteResult } from '../protocol/methods.ts'
import { toEngineFailure, toEngineRefusal } from './engine-error.ts'
import type { CommandCaps } from './output.ts'
import { selectTimeoutMs, startCommand, type CommandRun, type Outcome } from './perform-command.ts'
import type { ExecuteRequest, SessionLimits } from './session.ts'

/** How long an engine may take to stop a command after its answer, until the session counts as broken. */
const ABANDON_MS = 5000

/** A busy loop should meet the time limit that was asked for, not a CPU limit that was not. */
const DEFAULT_CPU_FACTOR = 4

/** One command on its container. */
export interface RunningCommand {
  /** Rejects with the signal's reason, or with ENGINE_UNAVAILABLE. */
  readonly answer: Promise<SessionExecuteResult>
  /** When the engine is done with the command, which can be after the answer; false when it never was. */
  readonly settled: Promise<boolean>
}

interface Place {
  readonly record: SessionRecord
  readonly container: EngineSession
  readonly request: ExecuteRequest
  readonly signal: AbortSignal
}

const toCaps = (command: Command, record: SessionRecord, limits: SessionLimits): CommandCaps => {
  const timeoutMs = selectTimeoutMs(command)
  return {
    timeoutMs,
    cpuMs:
      command.type === 'execute_shell'
        ? (command.cpuLimitMs ?? DEFAULT_CPU_FACTOR * timeoutMs)
        : timeoutMs,
    maxOutputBytes: limits.maxOutputBytes,
    memoryLimitBytes: record.memoryLimitBytes,
    diskLimitBytes: record.diskLimitBytes,
    inodeLimit: record.inodeLimit,
  }
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** First of `work` and `late`, which is asked for after `delayMs`. */
const raceTimer = async <T>(
  work: Promise<T>,
  clock: Clock,
  timer: { delayMs: number; late: () => T },
): Promise<T> => {
  let cancel = (): void => {}
  const fired = new Promise<void>((resolve) => {
    cancel = clock.schedule(timer.delayMs, resolve)
  })
  try {
    return await Promise.race([work, fired.then(timer.late)])
  } finally {
    cancel()
  }
}

const waitForAnswer = (
  run: CommandRun,
  clock: Clock,
  wait: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Outcome> =>
  raceTimer(Promise.race([run.work, rejectOnAbort(wait.signal)]), clock, {
    delayMs: wait.timeoutMs + run.graceMs,
    late: () => run.stopped(),
  })

const toEngineError = (
  error: unknown,
  { record }: Place,
  ports: { readonly clock: Clock; readonly audit: AuditSink },
): SandboxError => {
  if (error instanceof SandboxError) return error
  const { sessionId, engine } = record
  const told = toEngineRefusal(error, sessionId)
  ports.audit.record({ ...toEngineFailure(engine, error), sessionId, atMs: ports.clock.now() })
  if (told) return told
  return new SandboxError(
    'ENGINE_UNAVAILABLE',
    `Engine ${engine} failed in session ${sessionId}.`,
    {
      details: { sessionId, engine },
    },
  )
}

/** Starts a command, times it, and says when the next one may start. */
export const runCommand = (
  place: Place,
  ports: { readonly clock: Clock; readonly audit: AuditSink },
  limits: SessionLimits,
): RunningCommand => {
  const { record, container, request, signal } = place
  const { clock, audit } = ports
  const { command, onOutput, whenWritable } = request
  const startedAtMs = clock.now()
  const caps = toCaps(command, record, limits)
  const { maxReadBytes } = limits
  const run = startCommand(command, {
    session: container,
    caps,
    maxReadBytes,
    signal,
    onOutput,
    whenWritable,
  })

  const answer = async (): Promise<SessionExecuteResult> => {
    try {
      const { limit, ...outcome } = await waitForAnswer(run, clock, {
        signal,
        timeoutMs: caps.timeoutMs,
      })
      const durationMs = clock.now() - startedAtMs
      audit.record({
        type: 'command.executed',
        sessionId: record.sessionId,
        command: command.type,
        success: outcome.success,
        durationMs,
        ...(limit === undefined ? {} : { limit }),
        atMs: clock.now(),
      })
      return { ...outcome, durationMs }
    } catch (error) {
      throw toEngineError(error, place, ports)
    }
  }

  const answered = answer()
  const done = run.work.then(
    () => true,
    () => true,
  )
  const wait = (): Promise<boolean> =>
    raceTimer(done, clock, { delayMs: ABANDON_MS, late: () => false })
  return { answer: answered, settled: answered.then(wait, wait) }
}
