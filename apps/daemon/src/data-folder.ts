import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DaemonError } from './errors.ts'

/** The one folder that holds all the daemon keeps, held by one daemon at a time. */
export interface DataFolder {
  readonly path: string
  /** Tables of the functions platform. */
  readonly databaseFile: string
  /** Code of functions, by content. */
  readonly objectsDir: string
  /** Sandbox sessions: registry and files. */
  readonly sessionsDir: string
  release(): void
}

/**
 * Creates the folder where needed and locks it. The lock is SQLite's own file lock, so the operating system gives it
 * back however the process ends.
 *
 * @throws DaemonError `DATA_IN_USE` or `DATA_UNUSABLE`
 */
export function openDataFolder(path: string): DataFolder {
  const folder = {
    path,
    databaseFile: join(path, 'functions.db'),
    objectsDir: join(path, 'objects'),
    sessionsDir: join(path, 'sessions'),
  }
  try {
    for (const dir of [path, folder.objectsDir, folder.sessionsDir])
      mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new DaemonError(
      'DATA_UNUSABLE',
      `The data folder ${path} cannot be created: ${messageOf(cause)}. Choose another one with --data.`,
      { cause },
    )
  }
  const lock = takeLock(path)
  return { ...folder, release: () => lock.close() }
}

function takeLock(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(path, 'daemon.lock'))
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return database
  } catch (cause) {
    database?.close()
    if (messageOf(cause).includes('locked')) {
      throw new DaemonError(
        'DATA_IN_USE',
        `Another daemon uses ${path}. Stop it, or choose another folder with --data.`,
        { cause },
      )
    }
    throw new DaemonError(
      'DATA_UNUSABLE',
      `The data folder ${path} cannot be used: ${messageOf(cause)}. Choose another one with --data.`,
      { cause },
    )
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
