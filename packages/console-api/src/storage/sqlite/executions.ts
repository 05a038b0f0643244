import { toHead, type ExecutionRecord, type ExecutionTable } from '../tables.ts'
import type { Database } from './database.ts'
import { createQueries, MINUTE_MS, toRest } from './execution-queries.ts'
import { prune } from './retention.ts'

interface Pending {
  readonly record: ExecutionRecord
  readonly resolve: (seq: number | null) => void
  readonly reject: (error: unknown) => void
}

export function createExecutionTable(database: Database): ExecutionTable & { flush(): void } {
  const appendAll = createAppend(database)
  const queries = createQueries(database.db)
  let pending: Pending[] = []
  // Executions that end in the same turn of the event loop share one transaction.
  const flush = (): void => {
    const batch = pending
    pending = []
    if (batch.length > 0) settle(batch, appendAll)
  }
  return {
    ...queries,
    flush,
    append: (record) =>
      new Promise((resolve, reject) => {
        if (pending.push({ record, resolve, reject }) === 1) setImmediate(flush)
      }),
    prune: (retention, nowMs) => prune(database, retention, nowMs),
  }
}

function settle(
  batch: readonly Pending[],
  appendAll: (records: readonly ExecutionRecord[]) => (number | null)[],
): void {
  try {
    const places = appendAll(batch.map(({ record }) => record))
    for (const [index, { resolve }] of batch.entries()) resolve(places[index] ?? null)
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

function createAppend(
  database: Database,
): (records: readonly ExecutionRecord[]) => (number | null)[] {
  const { db } = database
  const known = db.prepare('SELECT 1 FROM functions WHERE id = ?')
  const thin = db.prepare(
    'INSERT INTO executions (function_id, workspace_id, ended_at_ms, is_error, duration_ms) VALUES (?, ?, ?, ?, ?)',
  )
  const detail = db.prepare(
    'INSERT INTO execution_details (seq, function_id, ended_at_ms, size_bytes, head, execution_id, rest) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const minute = db.prepare(`
    INSERT INTO execution_minutes (function_id, minute, workspace_id, invocations, errors, duration_ms, cpu_ms) VALUES (?, ?, ?, 1, ?, ?, ?)
    ON CONFLICT DO UPDATE SET invocations = invocations + 1, errors = errors + excluded.errors,
      duration_ms = duration_ms + excluded.duration_ms, cpu_ms = cpu_ms + excluded.cpu_ms`)
  const count = db.prepare(`
    INSERT INTO stored_counts (function_id, workspace_id, executions, bytes) VALUES (?, ?, 1, ?)
    ON CONFLICT DO UPDATE SET executions = executions + 1, bytes = bytes + excluded.bytes`)
  const appendOne = (record: ExecutionRecord): number | null => {
    const { functionId, workspaceId, endedAtMs, durationMs, cpuMs } = record
    if (known.get(functionId) === undefined) return null
    const isError = record.isError ? 1 : 0
    const head = JSON.stringify(toHead(record))
    const rest = JSON.stringify(toRest(record))
    const size = Buffer.byteLength(head) + Buffer.byteLength(rest)
    const seq = Number(
      thin.run(functionId, workspaceId, endedAtMs, isError, durationMs).lastInsertRowid,
    )
    detail.run(seq, functionId, endedAtMs, size, head, record.id, rest)
    minute.run(
      functionId,
      Math.floor(endedAtMs / MINUTE_MS),
      workspaceId,
      isError,
      durationMs,
      cpuMs,
    )
    count.run(functionId, workspaceId, size)
    return seq
  }
  return (records) => database.write('NORMAL', () => records.map(appendOne))
}
