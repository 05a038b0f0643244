import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type {
  ExecutionHead,
  ExecutionRecord,
  ExecutionScope,
  ExecutionTable,
  StoredExecution,
  WindowTotals,
} from '../tables.ts'

export const MINUTE_MS = 60_000

type Row = Record<string, SQLOutputValue>

// What a half-finished deletion left behind does not count for its workspace.
const OF_WORKSPACE =
  'workspace_id = ? AND function_id NOT IN (SELECT function_id FROM gone_functions)'

/** Everything that reads executions. */
export function createQueries(db: DatabaseSync): Omit<ExecutionTable, 'append' | 'prune'> {
  const after = db.prepare(
    'SELECT seq, head, rest FROM execution_details WHERE function_id = ? AND seq > ? ORDER BY seq LIMIT ?',
  )
  const one = db.prepare(
    'SELECT head, rest FROM execution_details WHERE execution_id = ? AND function_id = ?',
  )
  const cpu = db.prepare(
    'SELECT minute, cpu_ms FROM execution_minutes WHERE function_id = ? AND minute >= ? AND minute <= ? AND cpu_ms > 0 ORDER BY minute',
  )
  return {
    ...createNewest(db),
    ...createTotals(db),
    after: async (functionId, seq, limit) => after.all(functionId, seq, limit).map(parseStored),
    get: async (functionId, id) => {
      const row = one.get(id, functionId)
      return row === undefined ? null : parseRecord(row)
    },
    cpuMinutes: async (functionId, fromMs, toMs) =>
      cpu
        .all(functionId, Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS))
        .map((row) => ({ atMs: Number(row['minute']) * MINUTE_MS, cpuMs: Number(row['cpu_ms']) })),
  }
}

function createNewest(db: DatabaseSync): Pick<ExecutionTable, 'newest' | 'places' | 'heads'> {
  const select = (columns: string): Scoped =>
    scoped(
      db,
      (where) => `SELECT ${columns}
      FROM executions JOIN execution_details USING (seq, function_id, ended_at_ms)
      WHERE ${where} ORDER BY ended_at_ms DESC, seq DESC LIMIT ?`,
    )
  const places = select('seq')
  const heads = select('head')
  const newest = select('seq, head, rest')
  const stored = scoped(
    db,
    (where) => `SELECT coalesce(sum(executions), 0) AS total FROM stored_counts WHERE ${where}`,
  )
  const total = (scope: ExecutionScope): number => Number(run(stored, scope, [])[0]?.['total'] ?? 0)
  return {
    newest: async (scope, limit) => ({
      rows: run(newest, scope, [limit]).map(parseStored),
      total: total(scope),
    }),
    places: async (scope, limit) => ({
      seqs: run(places, scope, [limit]).map((row) => row['seq'] as number),
      total: total(scope),
    }),
    heads: async (scope, limit) =>
      run(heads, scope, [limit]).map((row) => JSON.parse(row['head'] as string) as ExecutionHead),
  }
}

function createTotals(db: DatabaseSync): Pick<ExecutionTable, 'totals' | 'totalsByFunction'> {
  const minutes = `SELECT function_id, sum(invocations) AS invocations, sum(errors) AS errors, sum(duration_ms) AS durationMs
    FROM execution_minutes WHERE minute >= ? AND minute < ?`
  const edges = `SELECT function_id, count(*) AS invocations, sum(is_error) AS errors, sum(duration_ms) AS durationMs
    FROM executions WHERE ended_at_ms > ? AND ended_at_ms <= ?`
  const all = {
    minutes: scoped(db, (where) => `${minutes} AND ${where}`),
    edges: scoped(db, (where) => `${edges} AND ${where}`),
  }
  const grouped = {
    minutes: db.prepare(`${minutes} AND ${OF_WORKSPACE} GROUP BY function_id`),
    edges: db.prepare(`${edges} AND ${OF_WORKSPACE} GROUP BY function_id`),
  }
  return {
    totals: async (scope, fromMs, toMs) =>
      sum(
        windowParts(fromMs, toMs).flatMap(({ table, from, to }) =>
          all[table][kindOf(scope)].all(from, to, idOf(scope)),
        ),
      ),
    totalsByFunction: async (workspaceId, fromMs, toMs) => {
      const rows = windowParts(fromMs, toMs).flatMap(({ table, from, to }) =>
        grouped[table].all(from, to, workspaceId),
      )
      const byFunction = Map.groupBy(rows, (row) => row['function_id'] as string)
      return new Map([...byFunction].map(([functionId, parts]) => [functionId, sum(parts)]))
    },
  }
}

interface WindowPart {
  readonly table: 'minutes' | 'edges'
  readonly from: number
  readonly to: number
}

/** Whole minutes come from their sums, what sticks out at both ends from the executions themselves. */
function windowParts(fromMs: number, toMs: number): WindowPart[] {
  const firstWhole = Math.floor(fromMs / MINUTE_MS) + 1
  const lastWhole = Math.floor(toMs / MINUTE_MS)
  if (firstWhole > lastWhole) return [{ table: 'edges', from: fromMs, to: toMs }]
  return [
    { table: 'edges', from: fromMs, to: firstWhole * MINUTE_MS - 1 },
    { table: 'minutes', from: firstWhole, to: lastWhole },
    { table: 'edges', from: lastWhole * MINUTE_MS - 1, to: toMs },
  ]
}

type Scoped = Readonly<Record<'function' | 'workspace', StatementSync>>

function scoped(db: DatabaseSync, sql: (where: string) => string): Scoped {
  return { function: db.prepare(sql('function_id = ?')), workspace: db.prepare(sql(OF_WORKSPACE)) }
}

function kindOf(scope: ExecutionScope): 'function' | 'workspace' {
  return 'functionId' in scope ? 'function' : 'workspace'
}

function idOf(scope: ExecutionScope): string {
  return 'functionId' in scope ? scope.functionId : scope.workspaceId
}

function run(statements: Scoped, scope: ExecutionScope, rest: readonly SQLInputValue[]): Row[] {
  return statements[kindOf(scope)].all(idOf(scope), ...rest)
}

function sum(rows: readonly Row[]): WindowTotals {
  const total = (column: string): number =>
    rows.reduce((value, row) => value + Number(row[column] ?? 0), 0)
  return {
    invocations: total('invocations'),
    errors: total('errors'),
    durationMs: total('durationMs'),
  }
}

type Rest = Pick<ExecutionRecord, 'failure' | 'request' | 'response' | 'lines' | 'logsTruncated'>

/** What the head of an execution leaves out. */
export function toRest({
  failure,
  request,
  response,
  lines,
  logsTruncated,
}: ExecutionRecord): Rest {
  return { failure, request, response, lines, logsTruncated }
}

function parseRecord(row: Row): ExecutionRecord {
  const head = JSON.parse(row['head'] as string) as ExecutionHead
  const { failureCode: _, lastLine: __, ...fields } = head
  return { ...fields, ...(JSON.parse(row['rest'] as string) as Rest) }
}

function parseStored(row: Row): StoredExecution {
  return { seq: row['seq'] as number, record: parseRecord(row) }
}
