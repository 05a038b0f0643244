import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { FunctionStatus, HttpMethod } from '../../contract/index.ts'
import type { FunctionPatch, FunctionRow, FunctionTable, UpdateResult } from '../tables.ts'
import { assignments, isUniqueViolation, type Database } from './database.ts'

export function createFunctionTable(database: Database): FunctionTable {
  const { db } = database
  const one = db.prepare('SELECT * FROM functions WHERE id = ?')
  const ofWorkspace = db.prepare(
    'SELECT * FROM functions WHERE workspace_id = ? ORDER BY created_at_ms, rowid',
  )
  const byName = db.prepare('SELECT * FROM functions WHERE workspace_id = ? AND name = ?')
  const count = db.prepare('SELECT count(*) AS count FROM functions WHERE workspace_id = ?')
  const keys = db.prepare('SELECT code_key FROM functions')
  return {
    insert: async (row) => insert(database, row),
    list: async (workspaceId) => ofWorkspace.all(workspaceId).map(parseFunction),
    count: async (workspaceId) => count.get(workspaceId)?.['count'] as number,
    get: async (id) => parseOptional(one.get(id)),
    findByName: async (workspaceId, name) => parseOptional(byName.get(workspaceId, name)),
    update: async (id, patch, ifVersion) => update(database, { id, patch, ifVersion }),
    delete: async (id) => remove(database, id),
    codeKeys: async () => new Set(keys.all().map((row) => row['code_key'] as string)),
  }
}

function insert(database: Database, row: FunctionRow): 'inserted' | 'name-taken' | 'no-workspace' {
  const { db } = database
  const columns: Record<string, SQLInputValue> = {
    id: row.id,
    workspace_id: row.workspaceId,
    created_at_ms: row.lastModifiedMs,
    version: row.version,
    ...toColumns(row),
  }
  const names = Object.keys(columns)
  const sql = `INSERT INTO functions (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  try {
    return database.write('FULL', () => {
      if (db.prepare('SELECT 1 FROM workspaces WHERE id = ?').get(row.workspaceId) === undefined)
        return 'no-workspace'
      db.prepare(sql).run(...Object.values(columns))
      return 'inserted'
    })
  } catch (error) {
    if (isUniqueViolation(error)) return 'name-taken'
    throw error
  }
}

function update(
  database: Database,
  { id, patch, ifVersion }: { id: string; patch: FunctionPatch; ifVersion: number | undefined },
): UpdateResult<FunctionRow> {
  const { db } = database
  try {
    return database.write('FULL', () => {
      const before = parseOptional(db.prepare('SELECT * FROM functions WHERE id = ?').get(id))
      if (before === null) return { kind: 'missing' }
      if (ifVersion !== undefined && before.version !== ifVersion)
        return { kind: 'version-mismatch' }
      const columns = toColumns(patch)
      const sql = `UPDATE functions SET ${assignments(columns)} version = version + 1 WHERE id = ?`
      db.prepare(sql).run(...Object.values(columns), id)
      return { kind: 'updated', row: { ...before, ...patch, version: before.version + 1 } }
    })
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'name-taken' }
    throw error
  }
}

function remove(database: Database, id: string): boolean {
  const { db } = database
  return database.write('FULL', () => {
    if (db.prepare('DELETE FROM functions WHERE id = ?').run(id).changes === 0) return false
    db.prepare('INSERT INTO gone_functions (function_id) VALUES (?)').run(id)
    return true
  })
}

const COLUMNS = {
  name: 'name',
  description: 'description',
  runtime: 'runtime',
  memoryMb: 'memory_mb',
  timeoutSeconds: 'timeout_seconds',
  httpMethods: 'http_methods',
  environment: 'environment',
  codeKey: 'code_key',
  invocationUrl: 'invocation_url',
  status: 'status',
  lastModifiedMs: 'last_modified_ms',
  lastDeployedMs: 'last_deployed_ms',
} as const satisfies Record<keyof FunctionPatch, string>

function toColumns(patch: FunctionPatch): Record<string, SQLInputValue> {
  const columns: Record<string, SQLInputValue> = {}
  for (const [field, column] of Object.entries(COLUMNS)) {
    const value = patch[field as keyof FunctionPatch]
    if (value !== undefined)
      columns[column] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  }
  return columns
}

function parseOptional(row: Record<string, SQLOutputValue> | undefined): FunctionRow | null {
  return row === undefined ? null : parseFunction(row)
}

function parseFunction(row: Record<string, SQLOutputValue>): FunctionRow {
  return {
    id: row['id'] as string,
    workspaceId: row['workspace_id'] as string,
    name: row['name'] as string,
    description: row['description'] as string | null,
    runtime: row['runtime'] as string,
    memoryMb: row['memory_mb'] as number,
    timeoutSeconds: row['timeout_seconds'] as number,
    httpMethods: JSON.parse(row['http_methods'] as string) as HttpMethod[],
    environment: JSON.parse(row['environment'] as string) as Record<string, string>,
    codeKey: row['code_key'] as string,
    invocationUrl: row['invocation_url'] as string | null,
    status: row['status'] as FunctionStatus,
    lastModifiedMs: row['last_modified_ms'] as number,
    lastDeployedMs: row['last_deployed_ms'] as number | null,
    version: row['version'] as number,
  }
}
