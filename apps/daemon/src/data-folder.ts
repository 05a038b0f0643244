import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
    for (const dir of [path, folder.objectsDir, folder.sessionsDir]) makeFolder(dir)
    probe(path)
  } catch (cause) {
    throw new DaemonError(
      'DATA_UNUSABLE',
      `The data folder ${path} cannot be used: ${messageOf(cause)}. Choose another one with --data or GAESUP_DATA.`,
      { cause },
    )
  }
  const lock = takeLock(path)
  held.add(lock)
  return {
    ...folder,
    release: () => {
      held.delete(lock)
      lock.close()
    },
  }
}

/** Locks of this process. A database that nobody refers to is collected, and its lock with it. */
const held = new Set<DatabaseSync>()

/**
 * Each folder on the way by itself: what Node offers for all of them at once asks for ever where a parent is there and
 * takes no children, as `/proc` does.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw new Error(`${path} is a file`)
    return
  }
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** A folder that takes no files is found out now, not with the first answer that cannot be kept. */
function probe(path: string): void {
  const file = join(path, `.probe-${process.pid}`)
  writeFileSync(file, 'x', { mode: 0o600 })
  rmSync(file)
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
        `Another daemon uses ${path}. Stop it, or choose another folder with --data or GAESUP_DATA.`,
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
