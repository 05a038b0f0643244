import { randomUUID } from 'node:crypto'
import type { Clock, Principal } from '../ports.ts'
import type { ShellResult } from '../protocol/commands.ts'
import { isWireError } from '../protocol/errors.ts'
import type {
  ExecutionRunParams,
  ExecutionStatus,
  SessionExecuteResult,
} from '../protocol/methods.ts'
import type { Source } from '../protocol/sources.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Finished executions that are remembered, each with its output. */
const MAX_REMEMBERED = 100

/** One program in a session of its own. */
export interface ExecutionRequest {
  readonly params: ExecutionRunParams
  readonly source: Source
  readonly principal: Principal | undefined
  /** Sends `execution.*` notifications to who asked, as long as the connection stands. */
  readonly notify: (method: string, params: Readonly<Record<string, unknown>>) => void
  readonly whenWritable: () => Promise<void>
}

/** The legacy way: run and forget, ask for the status later. */
export interface Executions {
  /** Answers the id at once; the program runs on its own, whatever becomes of the connection. */
  run(request: ExecutionRequest): string
  status(executionId: string, principal: Principal | undefined): ExecutionStatus
}

interface Entry {
  readonly owner: string | undefined
  status: ExecutionStatus
}

const runIn = async (
  session: Session,
  request: ExecutionRequest,
  executionId: string,
): Promise<SessionExecuteResult> => {
  const { params, source, notify, whenWritable } = request
  const { signal } = new AbortController()
  const write = { type: 'write_file', path: source.path, content: params.code } as const
  const written = await session.execute({
    command: write,
    signal,
    onOutput: () => {},
    whenWritable,
  })
  if (!written.success) return written
  const run = { type: 'execute_shell', commandName: source.program, args: [source.path] } as const
  return session.execute({
    command: { ...run, timeoutMs: (params.timeout ?? 30) * 1000 },
    signal,
    onOutput: (stream, text) => notify('execution.output', { executionId, stream, text }),
    whenWritable,
  })
}

const toStatus = (executionId: string, envelope: SessionExecuteResult): ExecutionStatus => {
  const shell = envelope.result as ShellResult | null
  return {
    executionId,
    status: envelope.success && shell?.exitCode === 0 ? 'completed' : 'failed',
    exitCode: shell?.exitCode ?? null,
    stdout: shell?.stdout ?? '',
    stderr: shell?.stderr ?? '',
    durationMs: envelope.durationMs,
    timeout: shell?.limit === 'time',
    ...(envelope.error === null ? {} : { error: envelope.error }),
  }
}

const perform = async (
  sessions: Sessions,
  request: ExecutionRequest,
  entry: Entry,
): Promise<void> => {
  const { executionId } = entry.status
  const { language, memoryLimit } = request.params
  const memory = memoryLimit === undefined ? {} : { memoryLimitMB: memoryLimit }
  const session = await sessions.create({ language, ...memory }, request.principal)
  try {
    entry.status = { executionId, status: 'running' }
    request.notify('execution.started', { executionId, language: session.record.language })
    const status = toStatus(executionId, await runIn(session, request, executionId))
    entry.status = status
    const { exitCode, durationMs, timeout } = status
    request.notify('execution.completed', { executionId, exitCode, durationMs, timeout })
  } finally {
    await session.close('closed')
  }
}

const toFailure = (executionId: string, error: unknown): ExecutionStatus => ({
  executionId,
  status: 'failed',
  error: isWireError(error) ? error.message : 'The server failed to run this.',
})

/** Opens the book of executions over the sessions of the server. */
export const createExecutions = (
  sessions: Sessions,
  ports: { readonly clock: Clock },
): Executions => {
  const entries = new Map<string, Entry>()
  const forget = (): void => {
    const finished = [...entries].filter(
      ([, { status }]) => status.status === 'completed' || status.status === 'failed',
    )
    for (const [id] of finished.slice(0, Math.max(0, finished.length - MAX_REMEMBERED)))
      entries.delete(id)
  }
  return {
    run: (request) => {
      const executionId = randomUUID()
      const entry: Entry = {
        owner: request.principal?.id,
        status: { executionId, status: 'queued' },
      }
      entries.set(executionId, entry)
      const fail = (error: unknown): void => {
        entry.status = toFailure(executionId, error)
        request.notify('execution.error', { executionId, error: entry.status.error })
      }
      // The answer goes first, then what happens.
      ports.clock.schedule(
        0,
        () => void perform(sessions, request, entry).catch(fail).finally(forget),
      )
      return executionId
    },
    status: (executionId, principal) => {
      const entry = entries.get(executionId)
      return entry && entry.owner === principal?.id
        ? entry.status
        : { executionId, status: 'not_found' }
    },
  }
}
