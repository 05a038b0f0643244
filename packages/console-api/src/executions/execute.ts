import type { Clock } from '../clock.ts'
import { createId, type RandomBytes } from '../catalog/ids.ts'
import { readChangedSource } from '../catalog/functions.ts'
import { draftPoolKey } from '../catalog/parts.ts'
import { revisionOf } from '../catalog/revision.ts'
import { readSource, sourceKey, type Source } from '../catalog/source.ts'
import type { ExecutionTrigger, HttpMethod } from '../contract/index.ts'
import { ConsoleApiError, notFound, STATUS_OF } from '../errors.ts'
import type { FunctionHost, FunctionTarget, HostOutcome } from '../host/types.ts'
import type { FunctionRequest, FunctionRunner } from '../ports.ts'
import type { Objects } from '../storage/objects.ts'
import { StorageFault } from '../storage/watch.ts'
import type { ExecutionRecord, FunctionRow, Tables } from '../storage/tables.ts'
import { checkAnswer, CODE_OF_FAILURE } from './answer.ts'
import { captureBody, createLogCapture, type LogCapture } from './capture.ts'
import type { LogFeed } from './feed.ts'
import { invokeRemote, type Fetch } from './remote.ts'

/** Characters kept of a traceback. */
const MAX_MESSAGE = 16_384

export interface ExecuteParts {
  readonly tables: Tables
  readonly objects: Objects
  readonly runner: Pick<FunctionRunner, 'runtimes'>
  readonly host: FunctionHost
  readonly feed: LogFeed
  readonly clock: Clock
  readonly random: RandomBytes
  readonly fetch: Fetch
  readonly maxResponseBytes: number
}

export interface ExecuteCall {
  readonly row: FunctionRow
  readonly request: FunctionRequest
  readonly signal: AbortSignal
}

/** A finished execution: what is kept of it, and the whole answer. */
export interface Execution {
  readonly record: ExecutionRecord
  readonly outcome: HostOutcome
}

/**
 * Runs the saved function, keeps the execution, and only then resolves. Rejects with FUNCTION_DISABLED, METHOD_NOT_ALLOWED,
 * the host's BUSY / SHUTTING_DOWN, or NOT_FOUND when the function was deleted meanwhile.
 */
export async function execute(
  parts: ExecuteParts,
  call: ExecuteCall,
  trigger: 'invoke' | 'http',
): Promise<Execution> {
  const { tables, feed } = parts
  const { row } = call
  if (row.status === 'disabled') {
    throw new ConsoleApiError(
      'FUNCTION_DISABLED',
      `function ${row.id} is disabled: set its status to active`,
      { details: { function: row.id } },
    )
  }
  assertMethod(row, call.request.method)
  const target = row.invocationUrl === null ? savedTarget(parts, row) : row.invocationUrl
  const execution = await perform(parts, { ...call, target, trigger })
  const seq = await tables.executions.append(execution.record).catch((cause: unknown) => {
    const why =
      cause instanceof StorageFault ? { storage: cause.storage, reason: cause.reason } : {}
    const details = { executionId: execution.record.id, ...why }
    throw new ConsoleApiError(
      'INTERNAL_ERROR',
      'the function ran but its execution could not be stored',
      { details, cause },
    )
  })
  if (seq === null) throw notFound('function', row.id)
  feed.publish(row.id, { type: 'execution', stored: { seq, record: execution.record } })
  return execution
}

/** Runs unsaved code with the function's settings; neither kept nor counted. */
export function executeDraft(
  parts: ExecuteParts,
  call: ExecuteCall,
  source: Source,
): Promise<Execution> {
  const { row } = call
  const codeKey = sourceKey(row.id, source.bytes)
  const target = {
    ...baseTarget(row),
    poolKey: draftPoolKey(row.id),
    revision: revisionOf({ ...row, codeKey }),
    loadCode: async () => source.text,
  }
  assertRuntime(parts, row)
  return perform(parts, { ...call, target, trigger: 'draft' })
}

function assertMethod(row: FunctionRow, method: string): void {
  if (row.httpMethods.includes(method as HttpMethod)) return
  const allowed = row.httpMethods.join(', ')
  throw new ConsoleApiError(
    'METHOD_NOT_ALLOWED',
    `the function does not take ${method}, only ${allowed}`,
    {
      details: { allowed: row.httpMethods },
      headers: { allow: allowed },
    },
  )
}

function assertRuntime({ runner }: ExecuteParts, row: FunctionRow): void {
  const available = runner.runtimes().map((each) => each.runtime)
  if (available.includes(row.runtime)) return
  const message = `runtime ${row.runtime} is no longer available; there is: ${available.join(', ') || 'none'}`
  throw new ConsoleApiError('INVOCATION_ERROR', message, { details: { available } })
}

function baseTarget(
  row: FunctionRow,
): Pick<FunctionTarget, 'functionId' | 'runtime' | 'environment' | 'memoryMb'> {
  return {
    functionId: row.id,
    runtime: row.runtime,
    environment: row.environment,
    memoryMb: row.memoryMb,
  }
}

function savedTarget(parts: ExecuteParts, row: FunctionRow): FunctionTarget {
  assertRuntime(parts, row)
  const loadCode = async (): Promise<string> => {
    const bytes =
      (await readSource(parts.objects, row.codeKey)) ?? (await readChangedSource(parts, row))
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  }
  return { ...baseTarget(row), poolKey: row.id, revision: revisionOf(row), loadCode }
}

interface Performance extends ExecuteCall {
  /** An instance of our own, or the address of a deployed one. */
  readonly target: FunctionTarget | string
  readonly trigger: ExecutionTrigger
}

async function perform(parts: ExecuteParts, call: Performance): Promise<Execution> {
  const { clock, feed, host, maxResponseBytes } = parts
  const { row, request, target, trigger, signal } = call
  const id = createId('ex', parts.random)
  const startedAtMs = clock.now()
  const logs = createLogCapture()
  const options = {
    timeoutMs: row.timeoutSeconds * 1000,
    signal,
    onLog: (line: Parameters<LogCapture['add']>[0]) => {
      const kept = logs.add(line)
      if (kept !== null && trigger !== 'draft')
        feed.publish(row.id, { type: 'line', executionId: id, line: kept })
    },
  }
  const result =
    typeof target === 'string'
      ? await invokeRemote(parts.fetch, { url: target, request, options, maxResponseBytes })
      : await host.invoke(target, request, options)
  const outcome = checkAnswer(result, maxResponseBytes)
  const endedAtMs = clock.now()
  return { outcome, record: toRecord({ ...call, id, startedAtMs, endedAtMs, logs, outcome }) }
}

function toRecord(
  done: Performance & {
    id: string
    startedAtMs: number
    endedAtMs: number
    logs: LogCapture
    outcome: HostOutcome
  },
): ExecutionRecord {
  const { row, request, outcome, logs } = done
  const failure = outcome.ok
    ? null
    : { code: CODE_OF_FAILURE[outcome.code], message: outcome.message.slice(0, MAX_MESSAGE) }
  const statusCode = outcome.ok ? outcome.status : STATUS_OF[CODE_OF_FAILURE[outcome.code]]
  return {
    id: done.id,
    functionId: row.id,
    workspaceId: row.workspaceId,
    startedAtMs: Math.round(done.startedAtMs),
    endedAtMs: Math.round(done.endedAtMs),
    durationMs: toMicroseconds(outcome.durationMs),
    cpuMs: toMicroseconds(outcome.cpuMs),
    memoryBytes: outcome.memoryBytes,
    queueMs: toMicroseconds(outcome.queueMs),
    coldStart: outcome.coldStart,
    coldStartMs: toMicroseconds(outcome.coldStartMs),
    trigger: done.trigger,
    method: request.method,
    path: request.path,
    statusCode,
    isError: failure !== null || statusCode >= 500,
    failure,
    request: captureBody(request.body),
    response: outcome.ok ? captureBody(outcome.body) : null,
    lines: logs.lines,
    logsTruncated: logs.truncated,
  }
}

/** Milliseconds without digits that no clock has. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
