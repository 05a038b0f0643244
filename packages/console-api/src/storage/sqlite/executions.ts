import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type {
  ExecutionRecord,
  ExecutionScope,
  ExecutionTable,
  StoredExecution,
  WindowTotals,
} from '../tables.ts'
import type { Database } from './database.ts'
import { prune } from './retention.ts'

const MINUTE_MS = 60_000

interface Pending {
  readonly record: ExecutionRecord
  readonly resolve: (seq: number | null) => void
  readonly reject: (error: unknown) => void
}

export function createExecutionTable(database: Database): ExecutionTable & { flush(): void } {
  const appendAll = createAppend(database)
  const queries = createQueries(database)
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
    'INSERT INTO execution_details (seq, function_id, ended_at_ms, size_bytes, record) VALUES (?, ?, ?, ?, ?)',
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
    const json = JSON.stringify(record)
    const size = Buffer.byteLength(json)
    const seq = Number(
      thin.run(functionId, workspaceId, endedAtMs, isError, durationMs).lastInsertRowid,
    )
    detail.run(seq, functionId, endedAtMs, size, json)
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

// What a half-finished deletion left behind does not count for its workspace.
const NOT_GONE = 'function_id NOT IN (SELECT function_id FROM gone_functions)'

function createQueries({ db }: Database): Omit<ExecutionTable, 'append' | 'prune'> {
  const scoped = (
    sql: (where: string) => string,
  ): Record<'function' | 'workspace', StatementSync> => ({
    function: db.prepare(sql('function_id = ?')),
    workspace: db.prepare(sql(`workspace_id = ? AND ${NOT_GONE}`)),
  })
  const newest = scoped(
    (
      where,
    ) => `SELECT seq, record FROM executions JOIN execution_details USING (seq, function_id, ended_at_ms)
      WHERE ${where} ORDER BY ended_at_ms DESC, seq DESC LIMIT ?`,
  )
  const stored = scoped(
    (where) => `SELECT coalesce(sum(executions), 0) AS total FROM stored_counts WHERE ${where}`,
  )
  const minutes = scoped(
    (
      where,
    ) => `SELECT sum(invocations) AS invocations, sum(errors) AS errors, sum(duration_ms) AS durationMs
      FROM execution_minutes WHERE ${where} AND minute >= ? AND minute < ?`,
  )
  const edges = scoped(
    (
      where,
    ) => `SELECT count(*) AS invocations, sum(is_error) AS errors, sum(duration_ms) AS durationMs
      FROM executions WHERE ${where} AND ended_at_ms > ? AND ended_at_ms <= ?`,
  )
  const after = db.prepare(
    'SELECT seq, record FROM execution_details WHERE function_id = ? AND seq > ? ORDER BY seq LIMIT ?',
  )
  const cpu = db.prepare(
    'SELECT minute, cpu_ms FROM execution_minutes WHERE function_id = ? AND minute >= ? AND minute <= ? AND cpu_ms > 0 ORDER BY minute',
  )
  return {
    newest: async (scope, limit) => ({
      rows: run(newest, scope, [limit]).map(parseStored),
      total: Number(run(stored, scope, [])[0]?.['total'] ?? 0),
    }),
    after: async (functionId, seq, limit) => after.all(functionId, seq, limit).map(parseStored),
    totals: async (scope, fromMs, toMs) => {
      const firstWhole = Math.floor(fromMs / MINUTE_MS) + 1
      const lastWhole = Math.floor(toMs / MINUTE_MS)
      if (firstWhole > lastWhole) return sum(run(edges, scope, [fromMs, toMs]))
      return sum([
        ...run(edges, scope, [fromMs, firstWhole * MINUTE_MS - 1]),
        ...run(minutes, scope, [firstWhole, lastWhole]),
        ...run(edges, scope, [lastWhole * MINUTE_MS - 1, toMs]),
      ])
    },
    cpuMinutes: async (functionId, fromMs, toMs) =>
      cpu
        .all(functionId, Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS))
        .map((row) => ({ atMs: Number(row['minute']) * MINUTE_MS, cpuMs: Number(row['cpu_ms']) })),
  }
}

function run(
  statements: Record<'function' | 'workspace', StatementSync>,
  scope: ExecutionScope,
  rest: readonly SQLInputValue[],
): Record<string, SQLOutputValue>[] {
  return 'functionId' in scope
    ? statements.function.all(scope.functionId, ...rest)
    : statements.workspace.all(scope.workspaceId, ...rest)
}

function sum(rows: readonly Record<string, SQLOutputValue>[]): WindowTotals {
  const total = (column: string): number =>
    rows.reduce((value, row) => value + Number(row[column] ?? 0), 0)
  return {
    invocations: total('invocations'),
    errors: total('errors'),
    durationMs: total('durationMs'),
  }
}

function parseStored(row: Record<string, SQLOutputValue>): StoredExecution {
  return {
    seq: row['seq'] as number,
    record: JSON.parse(row['record'] as string) as ExecutionRecord,
  }
}
