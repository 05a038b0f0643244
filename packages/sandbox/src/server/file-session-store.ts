import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionRecord, SessionStore } from '../ports.ts'

const ID = /^[0-9a-f]{32}$/u

const NUMBERS = [
  'createdAtMs',
  'lastActivityMs',
  'executionCount',
  'idleTimeoutMinutes',
  'maxLifetimeMinutes',
  'memoryLimitBytes',
  'diskLimitBytes',
  'inodeLimit',
] as const

const isRecord = (value: unknown): value is SessionRecord => {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Record<string, unknown>
  const hasNumbers = NUMBERS.every((key) => Number.isFinite(record[key]))
  const hasNames = ['sessionId', 'engine', 'language'].every(
    (key) => typeof record[key] === 'string',
  )
  const hasOwner = record['owner'] === undefined || typeof record['owner'] === 'string'
  return hasNumbers && hasNames && hasOwner
}

const parseRecord = (text: string): SessionRecord | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const toFile = (directory: string, sessionId: string): string => {
  if (!ID.test(sessionId)) throw new TypeError('A session id has 32 hexadecimal digits.')
  return join(directory, `${sessionId}.json`)
}

/**
 * Keeps one JSON file for each session in a folder of its own. A file is written beside and moved into place, so a
 * crash leaves the old record or the new one; `load` clears what else it left. Files that are no records are skipped; the folder is created if missing.
 */
export const createFileSessionStore = (directory: string): SessionStore => ({
  load: async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const all = await readdir(directory)
    // What a crash left of a write that was never acknowledged.
    const torn = all.filter((name) => name.endsWith('.json.next'))
    await Promise.all(torn.map((name) => rm(join(directory, name), { force: true })))
    const names = all.filter((name) => name.endsWith('.json'))
    const records = await Promise.all(
      names.map(async (name) => parseRecord(await readFile(join(directory, name), 'utf8'))),
    )
    return records.filter((record) => record !== undefined)
  },
  save: async (record) => {
    const path = toFile(directory, record.sessionId)
    await writeFile(`${path}.next`, JSON.stringify(record), { mode: 0o600 })
    await rename(`${path}.next`, path)
  },
  remove: async (sessionId) => {
    await rm(toFile(directory, sessionId), { force: true })
  },
})
