import { open } from 'node:fs/promises'
import { TrackerError, toMessage } from '../model/errors.ts'

/** A lock that is held until it is released or its process ends, however that ends. */
export interface FileLock {
  release(): void
}

/**
 * Takes a lock for this process alone. It is the operating system's lock on a file, held through SQLite, which Node has:
 * nothing has to be cleaned up after a process that was killed. The empty file stays.
 *
 * @throws TrackerError `LOCKED` when another store has it; whatever opening the file throws.
 */
export const takeFileLock = async (path: string, purpose: string): Promise<FileLock> => {
  const { DatabaseSync } = await import('node:sqlite')
  // SQLite would make it readable for everybody.
  await (await open(path, 'a', 0o600)).close()
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!toMessage(error).includes('locked')) throw error
    throw new TrackerError('LOCKED', `${purpose} is in use; close it there, or use another one`, {
      cause: error,
    })
  }
  return { release: () => database.close() }
}
