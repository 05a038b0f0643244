import { TrackerError, toMessage } from '../model/errors.ts'

/** Runs work on a disk; what it throws becomes `STORE`, unless it has a code already. */
export const guardStore = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TrackerError) throw error
    throw new TrackerError('STORE', `${what}: ${toMessage(error)}`, { cause: error })
  }
}
