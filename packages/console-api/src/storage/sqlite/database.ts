import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { migrate } from './migrations.ts'

/**
 * Configuration is written with `FULL` (survives a power cut), executions with `NORMAL` (survives the death of the process;
 * a power cut may take the last moments of the log, never damage the file).
 * @see https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export type Synchronous = 'FULL' | 'NORMAL'

export interface Database {
  readonly db: DatabaseSync
  /** Runs `work` as one write: all of it or nothing. */
  write<Result>(synchronous: Synchronous, work: () => Result): Result
}

export function openDatabase(path: string, busyTimeoutMs: number): Database {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    migrate(db, path)
  } catch (error) {
    db.close()
    throw error
  }
  let current: Synchronous = 'FULL'
  const opened = placeOf(path)
  return {
    db,
    write(synchronous, work) {
      // SQLite goes on with a deleted file as if nothing were, and what it writes there is nowhere.
      if (placeOf(path) !== opened) throw new DatabaseGoneError()
      if (current !== synchronous) db.exec(`PRAGMA synchronous = ${synchronous}`)
      current = synchronous
      db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
  }
}

/** The database file is not where it was opened: it was moved, replaced or deleted. */
export class DatabaseGoneError extends Error {
  override readonly name = 'DatabaseGoneError'
  readonly code = 'DATABASE_GONE'

  constructor() {
    super('the database file was moved or deleted')
  }
}

/** Which file stands at the path; undefined when none does. */
function placeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

/** True for the error of a broken UNIQUE constraint. */
export function isUniqueViolation(error: unknown): boolean {
  // 2067 = SQLITE_CONSTRAINT_UNIQUE
  return error instanceof Error && 'errcode' in error && error.errcode === 2067
}

/** `{ name, description }` → `name = ?, description = ?, ` for the columns that are there. */
export function assignments(columns: Readonly<Record<string, unknown>>): string {
  return Object.keys(columns)
    .map((column) => `${column} = ?, `)
    .join('')
}
