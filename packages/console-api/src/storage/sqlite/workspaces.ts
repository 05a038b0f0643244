import type { SQLOutputValue } from 'node:sqlite'
import type { UpdateResult, WorkspacePatch, WorkspaceRow, WorkspaceTable } from '../tables.ts'
import { assignments, type Database } from './database.ts'

export function createWorkspaceTable(database: Database): WorkspaceTable {
  const { db } = database
  const one = db.prepare('SELECT * FROM workspaces WHERE id = ?')
  const all = db.prepare('SELECT * FROM workspaces ORDER BY created_at_ms, id')
  const insert = db.prepare(
    'INSERT INTO workspaces (id, name, description, created_at_ms, version) VALUES (?, ?, ?, ?, ?)',
  )
  return {
    insert: async (row) => {
      database.write('FULL', () =>
        insert.run(row.id, row.name, row.description, row.createdAtMs, row.version),
      )
    },
    list: async () => all.all().map(parseWorkspace),
    get: async (id) => parseOptional(one.get(id)),
    update: async (id, patch, ifVersion) => update(database, { id, patch, ifVersion }),
    delete: async (id) => remove(database, id),
  }
}

function update(
  database: Database,
  { id, patch, ifVersion }: { id: string; patch: WorkspacePatch; ifVersion: number | undefined },
): UpdateResult<WorkspaceRow> {
  const { db } = database
  return database.write('FULL', () => {
    const before = parseOptional(db.prepare('SELECT * FROM workspaces WHERE id = ?').get(id))
    if (before === null) return { kind: 'missing' }
    if (ifVersion !== undefined && before.version !== ifVersion) return { kind: 'version-mismatch' }
    const columns = { ...patch }
    const values = Object.values(columns)
    db.prepare(
      `UPDATE workspaces SET ${assignments(columns)} version = version + 1 WHERE id = ?`,
    ).run(...values, id)
    return { kind: 'updated', row: { ...before, ...patch, version: before.version + 1 } }
  })
}

function remove(database: Database, id: string): string[] | null {
  const { db } = database
  return database.write('FULL', () => {
    if (db.prepare('DELETE FROM workspaces WHERE id = ?').run(id).changes === 0) return null
    const gone = db.prepare('DELETE FROM functions WHERE workspace_id = ? RETURNING id').all(id)
    const mark = db.prepare('INSERT INTO gone_functions (function_id) VALUES (?)')
    return gone.map((row) => {
      mark.run(row['id'] as string)
      return row['id'] as string
    })
  })
}

function parseOptional(row: Record<string, SQLOutputValue> | undefined): WorkspaceRow | null {
  return row === undefined ? null : parseWorkspace(row)
}

function parseWorkspace(row: Record<string, SQLOutputValue>): WorkspaceRow {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    description: row['description'] as string | null,
    createdAtMs: row['created_at_ms'] as number,
    version: row['version'] as number,
  }
}
