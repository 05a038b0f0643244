import { randomUUID } from 'node:crypto'
import type { AuditSink, Clock, ExecutionRecord, ExecutionStore, Principal } from '../ports.ts'
import type { ShellResult } from '../protocol/commands.ts'
import { isWireError, SandboxError } from '../protocol/errors.ts'
import type {
  ExecutionRunParams,
  ExecutionStatus,
  SessionExecuteResult,
} from '../protocol/methods.ts'
import type { Source } from '../protocol/sources.ts'
import { createRecordWriter, type RecordWriter, type WriterHealth } from './record-writer.ts'
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
  /**
   * Resolves with the id when the program is noted; it then runs on its own, whatever becomes of the connection.
   * Rejects with STORAGE_FAILED, and nothing runs.
   */
  run(request: ExecutionRequest): Promise<string>
  status(executionId: string, principal: Principal | undefined): ExecutionStatus
  storeHealth(): WriterHealth
  /** Waits until every record is written. */
  flush(): Promise<void>
}

export interface ExecutionsPorts {
  readonly clock: Clock
  readonly audit: AuditSink
  readonly store: ExecutionStore
}

/** What the functions below share. */
interface Book {
  readonly sessions: Sessions
  readonly records: Map<string, ExecutionRecord>
  readonly writer: RecordWriter<ExecutionRecord>
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

const hasEnded = ({ status }: ExecutionRecord): boolean =>
  status.status === 'completed' || status.status === 'failed'

const forgetOldest = ({ records, writer }: Book): void => {
  const ended = [...records.values()].filter(hasEnded)
  for (const { executionId } of ended.slice(0, Math.max(0, ended.length - MAX_REMEMBERED))) {
    records.delete(executionId)
    // The health of the store reports a record that stays.
    void writer.remove(executionId).catch(() => undefined)
  }
}

/** Stores how it stands, and tells it from then on; a result that could not be stored says so in its status. */
const note = async (book: Book, record: ExecutionRecord): Promise<void> => {
  const told = await book.writer.save(record).then(
    () => record,
    (error: unknown) => toUnkept(record, error),
  )
  book.records.set(record.executionId, told)
}

const toUnkept = (record: ExecutionRecord, error: unknown): ExecutionRecord => {
  if (!hasEnded(record) || !isWireError(error)) return record
  const before = record.status.error === undefined ? '' : `${record.status.error} `
  return { ...record, status: { ...record.status, error: before + error.message } }
}

const perform = async (
  book: Book,
  request: ExecutionRequest,
  accepted: ExecutionRecord,
): Promise<void> => {
  const { executionId } = accepted
  const { language, memoryLimit } = request.params
  const memory = memoryLimit === undefined ? {} : { memoryLimitMB: memoryLimit }
  const params = { language, ...memory }
  const session = await book.sessions.create(params, request.principal, executionId)
  try {
    // Not stored: after a restart it does not matter how far a program came that has not ended.
    book.records.set(executionId, { ...accepted, status: { executionId, status: 'running' } })
    request.notify('execution.started', { executionId, language: session.record.language })
    const status = toStatus(executionId, await runIn(session, request, executionId))
    await note(book, { ...accepted, status })
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

const runToItsEnd = async (
  book: Book,
  request: ExecutionRequest,
  accepted: ExecutionRecord,
): Promise<void> => {
  try {
    await perform(book, request, accepted)
  } catch (error) {
    const { executionId } = accepted
    const record = book.records.get(executionId)
    // Its session could not be closed, which the session tells.
    if (record && hasEnded(record)) return
    const status = toFailure(executionId, error)
    await note(book, { ...accepted, status })
    request.notify('execution.error', { executionId, error: status.error })
  } finally {
    forgetOldest(book)
  }
}

const toCutOff = ({ executionId }: ExecutionRecord): ExecutionStatus => ({
  executionId,
  status: 'failed',
  error: 'The server ended before this program did; what it did until then is lost. Run it again.',
})

const restore = async (book: Book, store: ExecutionStore): Promise<void> => {
  const found = await store.load().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `The executions of the last run cannot be read: ${why}.`
    throw new SandboxError('STORAGE_FAILED', message, { cause })
  })
  const oldestFirst = found.toSorted((left, right) => left.acceptedAtMs - right.acceptedAtMs)
  for (const record of oldestFirst) book.records.set(record.executionId, record)
  const cutOff = oldestFirst.filter((record) => !hasEnded(record))
  await Promise.all(cutOff.map((record) => note(book, { ...record, status: toCutOff(record) })))
  forgetOldest(book)
}

/** Opens the book of executions over the sessions of the server, which are restored; reports what an earlier process left. */
export const openExecutions = async (
  sessions: Sessions,
  { clock, audit, store }: ExecutionsPorts,
): Promise<Executions> => {
  const writer = createRecordWriter<ExecutionRecord>({
    store,
    audit,
    clock,
    idOf: ({ executionId }) => executionId,
    identify: (executionId) => ({ executionId }),
  })
  const book: Book = { sessions, records: new Map(), writer }
  await restore(book, store)
  return {
    run: async (request) => {
      const executionId = randomUUID()
      const record: ExecutionRecord = {
        executionId,
        ...(request.principal === undefined ? {} : { owner: request.principal.id }),
        acceptedAtMs: clock.now(),
        status: { executionId, status: 'queued' },
      }
      try {
        await writer.save(record)
      } catch (error) {
        void writer.remove(executionId).catch(() => undefined)
        throw error
      }
      book.records.set(executionId, record)
      // The answer goes first, then what happens.
      clock.schedule(0, () => void runToItsEnd(book, request, record))
      return executionId
    },
    status: (executionId, principal) => {
      const record = book.records.get(executionId)
      return record && record.owner === principal?.id
        ? record.status
        : { executionId, status: 'not_found' }
    },
    storeHealth: () => writer.health(),
    flush: () => writer.flush(),
  }
}
