import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Tables } from '../tables.ts'
import { openDatabase } from './database.ts'
import { createExecutionTable } from './executions.ts'
import { createFunctionTable } from './functions.ts'
import { purge } from './retention.ts'
import { createWorkspaceTable } from './workspaces.ts'

/** Options of `openSqliteTables`. */
export interface SqliteTablesOptions {
  /** The database file; its folder is made when it is not there. */
  readonly path: string
  /** How long a write waits for another process that holds the file, milliseconds, default 5,000. */
  readonly busyTimeoutMs?: number
}

/**
 * Opens tables in one `node:sqlite` file in WAL mode. Resolved writes survive the end of the process; configuration
 * also survives a power cut. Throws for a file of a newer schema version.
 */
export function openSqliteTables(options: SqliteTablesOptions): Tables {
  mkdirSync(dirname(options.path), { recursive: true })
  const database = openDatabase(options.path, options.busyTimeoutMs ?? 5000)
  const executions = createExecutionTable(database)
  return {
    workspaces: createWorkspaceTable(database),
    functions: createFunctionTable(database),
    executions,
    purge: () => purge(database),
    close: async () => {
      executions.flush()
      database.db.close()
    },
  }
}
