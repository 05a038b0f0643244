import type {
  ExecutionRecord,
  ExecutionScope,
  ExecutionTable,
  FunctionRow,
  FunctionTable,
  Retention,
  StoredExecution,
  Tables,
  UpdateResult,
  WindowTotals,
  WorkspaceRow,
  WorkspaceTable,
} from '../storage/tables.ts'
import { toHead, TOTALS_KEPT_MS } from '../storage/tables.ts'

interface MemoryExecution extends StoredExecution {
  sizeBytes: number
  /** False once the retention dropped it from the log; it still counts in totals. */
  kept: boolean
}

interface State {
  readonly workspaces: Map<string, WorkspaceRow>
  readonly functions: Map<string, FunctionRow>
  executions: MemoryExecution[]
  seq: number
}

/** Tables in memory that do what the SQLite adapter does, for tests. */
export function createMemoryTables(): Tables {
  const state: State = { workspaces: new Map(), functions: new Map(), executions: [], seq: 0 }
  return {
    workspaces: createWorkspaceTable(state),
    functions: createFunctionTable(state),
    executions: createExecutionTable(state),
    purge: async () => {
      state.executions = state.executions.filter(({ record }) =>
        state.functions.has(record.functionId),
      )
    },
    close: async () => undefined,
  }
}

function createWorkspaceTable({ workspaces, functions }: State): WorkspaceTable {
  return {
    async insert(row) {
      if (workspaces.has(row.id)) throw new Error(`workspace ${row.id} is already there`)
      workspaces.set(row.id, row)
    },
    list: async () =>
      [...workspaces.values()].sort((a, b) => a.createdAtMs - b.createdAtMs || compare(a.id, b.id)),
    get: async (id) => workspaces.get(id) ?? null,
    update: async (id, patch, ifVersion) =>
      update<WorkspaceRow>(workspaces, id, { patch, ifVersion }),
    async delete(id) {
      if (!workspaces.delete(id)) return null
      const gone = [...functions.values()]
        .filter((row) => row.workspaceId === id)
        .map((row) => row.id)
      for (const functionId of gone) functions.delete(functionId)
      return gone
    },
  }
}

function createFunctionTable({ workspaces, functions }: State): FunctionTable {
  const ofWorkspace = (workspaceId: string): FunctionRow[] =>
    [...functions.values()].filter((row) => row.workspaceId === workspaceId)
  const isTaken = (row: FunctionRow): boolean =>
    ofWorkspace(row.workspaceId).some((each) => each.name === row.name && each.id !== row.id)
  return {
    async insert(row) {
      if (!workspaces.has(row.workspaceId)) return 'no-workspace'
      if (isTaken(row)) return 'name-taken'
      functions.set(row.id, row)
      return 'inserted'
    },
    list: async (workspaceId) => ofWorkspace(workspaceId),
    count: async (workspaceId) => ofWorkspace(workspaceId).length,
    get: async (id) => functions.get(id) ?? null,
    findByName: async (workspaceId, name) =>
      ofWorkspace(workspaceId).find((row) => row.name === name) ?? null,
    async update(id, patch, ifVersion) {
      const before = functions.get(id)
      if (before !== undefined && isTaken({ ...before, ...patch })) return { kind: 'name-taken' }
      return update<FunctionRow>(functions, id, { patch, ifVersion })
    },
    delete: async (id) => functions.delete(id),
    codeKeys: async () => new Set([...functions.values()].map((row) => row.codeKey)),
  }
}

function update<Row extends { version: number }>(
  rows: Map<string, Row>,
  id: string,
  { patch, ifVersion }: { patch: Partial<Row>; ifVersion: number | undefined },
): UpdateResult<Row> {
  const before = rows.get(id)
  if (before === undefined) return { kind: 'missing' }
  if (ifVersion !== undefined && before.version !== ifVersion) return { kind: 'version-mismatch' }
  const row = { ...before, ...patch, version: before.version + 1 }
  rows.set(id, row)
  return { kind: 'updated', row }
}

function createExecutionTable(state: State): ExecutionTable {
  const newestFirst = (scope: ExecutionScope): MemoryExecution[] =>
    inScope(state, scope)
      .filter((each) => each.kept)
      .sort((a, b) => b.record.endedAtMs - a.record.endedAtMs || b.seq - a.seq)
  return {
    ...createTotals(state),
    async append(record) {
      if (!state.functions.has(record.functionId)) return null
      state.seq += 1
      const json = JSON.stringify(record)
      const copy = JSON.parse(json) as ExecutionRecord
      const sizeBytes = Buffer.byteLength(json)
      state.executions.push({ seq: state.seq, record: copy, sizeBytes, kept: true })
      return state.seq
    },
    async newest(scope, limit) {
      const kept = newestFirst(scope)
      return { rows: kept.slice(0, limit).map(toStored), total: kept.length }
    },
    async places(scope, limit) {
      const kept = newestFirst(scope)
      return { seqs: kept.slice(0, limit).map(({ seq }) => seq), total: kept.length }
    },
    heads: async (scope, limit) =>
      newestFirst(scope)
        .slice(0, limit)
        .map(({ record }) => toHead(record)),
    get: async (functionId, id) =>
      newestFirst({ functionId }).find(({ record }) => record.id === id)?.record ?? null,
    after: async (functionId, seq, limit) =>
      inScope(state, { functionId })
        .filter((each) => each.kept && each.seq > seq)
        .slice(0, limit)
        .map(toStored),
    prune: async (retention, nowMs) => prune(state, retention, nowMs),
  }
}

function createTotals(
  state: State,
): Pick<ExecutionTable, 'totals' | 'totalsByFunction' | 'cpuMinutes'> {
  const inWindow = (scope: ExecutionScope, fromMs: number, toMs: number): MemoryExecution[] =>
    inScope(state, scope).filter(
      ({ record }) => record.endedAtMs > fromMs && record.endedAtMs <= toMs,
    )
  return {
    totals: async (scope, fromMs, toMs) => total(inWindow(scope, fromMs, toMs)),
    async totalsByFunction(workspaceId, fromMs, toMs) {
      const ran = inWindow({ workspaceId }, fromMs, toMs)
      const byFunction = Map.groupBy(ran, ({ record }) => record.functionId)
      return new Map([...byFunction].map(([id, executions]) => [id, total(executions)]))
    },
    async cpuMinutes(functionId, fromMs, toMs) {
      const minutes = new Map<number, number>()
      for (const { record } of inScope(state, { functionId })) {
        const minute = Math.floor(record.endedAtMs / 60_000)
        if (
          minute < Math.floor(fromMs / 60_000) ||
          minute > Math.floor(toMs / 60_000) ||
          record.cpuMs === 0
        )
          continue
        minutes.set(minute, (minutes.get(minute) ?? 0) + record.cpuMs)
      }
      return [...minutes]
        .sort(([a], [b]) => a - b)
        .map(([minute, cpuMs]) => ({ atMs: minute * 60_000, cpuMs }))
    },
  }
}

function inScope(state: State, scope: ExecutionScope): MemoryExecution[] {
  return state.executions.filter(
    ({ record }) => state.functions.has(record.functionId) && isOf(record, scope),
  )
}

function prune(state: State, retention: Retention, nowMs: number): void {
  const seen = new Map<string, { count: number; bytes: number }>()
  for (const each of state.executions.toReversed()) {
    if (!each.kept) continue
    const { functionId, endedAtMs } = each.record
    const { count, bytes } = seen.get(functionId) ?? { count: 0, bytes: 0 }
    seen.set(functionId, { count: count + 1, bytes: bytes + each.sizeBytes })
    const fits =
      count < retention.maxPerFunction && bytes + each.sizeBytes <= retention.maxBytesPerFunction
    each.kept = fits && endedAtMs > nowMs - retention.maxAgeMs
  }
  state.executions = state.executions.filter(
    (each) => each.kept || each.record.endedAtMs > nowMs - TOTALS_KEPT_MS,
  )
}

function isOf(record: ExecutionRecord, scope: ExecutionScope): boolean {
  return 'functionId' in scope
    ? record.functionId === scope.functionId
    : record.workspaceId === scope.workspaceId
}

function toStored({ seq, record }: MemoryExecution): StoredExecution {
  return { seq, record }
}

function total(executions: readonly MemoryExecution[]): WindowTotals {
  const totals = { invocations: 0, errors: 0, durationMs: 0 }
  for (const { record } of executions) {
    totals.invocations += 1
    totals.errors += record.isError ? 1 : 0
    totals.durationMs += record.durationMs
  }
  return totals
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1
}
