import type { DatabaseSync } from 'node:sqlite'

/** Each entry lifts the file by one version; entries are never changed once released. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE workspaces (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT, created_at_ms INTEGER NOT NULL, version INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE functions (
    id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT, runtime TEXT NOT NULL,
    memory_mb INTEGER NOT NULL, timeout_seconds INTEGER NOT NULL, http_methods TEXT NOT NULL, environment TEXT NOT NULL,
    code_key TEXT NOT NULL, invocation_url TEXT, status TEXT NOT NULL, created_at_ms INTEGER NOT NULL,
    last_modified_ms INTEGER NOT NULL, last_deployed_ms INTEGER, version INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
  );
  -- One thin row per execution for exact windows; its kept detail beside it, dropped earlier by the retention.
  CREATE TABLE executions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, function_id TEXT NOT NULL, workspace_id TEXT NOT NULL, ended_at_ms INTEGER NOT NULL,
    is_error INTEGER NOT NULL, duration_ms REAL NOT NULL
  );
  CREATE INDEX executions_function_ended ON executions (function_id, ended_at_ms);
  CREATE INDEX executions_workspace_ended ON executions (workspace_id, ended_at_ms);
  CREATE TABLE execution_details (
    seq INTEGER PRIMARY KEY, function_id TEXT NOT NULL, ended_at_ms INTEGER NOT NULL, size_bytes INTEGER NOT NULL, record TEXT NOT NULL
  );
  CREATE INDEX execution_details_function ON execution_details (function_id, seq, size_bytes);
  CREATE TABLE execution_minutes (
    function_id TEXT NOT NULL, minute INTEGER NOT NULL, workspace_id TEXT NOT NULL, invocations INTEGER NOT NULL,
    errors INTEGER NOT NULL, duration_ms REAL NOT NULL, cpu_ms REAL NOT NULL,
    PRIMARY KEY (function_id, minute)
  ) WITHOUT ROWID;
  CREATE INDEX execution_minutes_workspace ON execution_minutes (workspace_id, minute);
  CREATE TABLE stored_counts (
    function_id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, executions INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX stored_counts_workspace ON stored_counts (workspace_id);
  CREATE TABLE gone_functions (function_id TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  // What is large stands last in the row, so that lists do not read it.
  `
  ALTER TABLE execution_details RENAME COLUMN record TO head;
  ALTER TABLE execution_details ADD COLUMN execution_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE execution_details ADD COLUMN rest TEXT NOT NULL DEFAULT '{}';
  UPDATE execution_details SET
    execution_id = json_extract(head, '$.id'),
    rest = json_object('failure', head -> '$.failure', 'request', head -> '$.request', 'response', head -> '$.response',
      'lines', head -> '$.lines', 'logsTruncated', head -> '$.logsTruncated'),
    head = json_set(json_remove(head, '$.failure', '$.request', '$.response', '$.lines', '$.logsTruncated'),
      '$.failureCode', json_extract(head, '$.failure.code'),
      '$.lastLine', substr(json_extract(head, '$.lines[#-1].text'), 1, 200));
  CREATE INDEX execution_details_id ON execution_details (execution_id);
  `,
]

/** Lifts the file to the newest version; a file of a newer program is refused. */
export function migrate(db: DatabaseSync, path: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > MIGRATIONS.length) {
    throw new Error(
      `${path} has schema version ${version}, this program knows ${MIGRATIONS.length}: use the newer program or another folder`,
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index >= version)
      db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}
