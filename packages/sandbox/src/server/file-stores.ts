import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  ExecutionRecord,
  ExecutionStore,
  RecordStore,
  SessionRecord,
  SessionStore,
} from '../ports.ts'

/** What the records of a folder are. */
interface Kind<R> {
  readonly id: RegExp
  readonly idForm: string
  idOf(record: R): string
  isRecord(value: unknown): value is R
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const hasTexts = (value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean =>
  keys.every((key) => typeof value[key] === 'string')

const hasNumbers = (value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean =>
  keys.every((key) => Number.isFinite(value[key]))

const mayHaveTexts = (value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean =>
  keys.every((key) => value[key] === undefined || typeof value[key] === 'string')

const SESSION: Kind<SessionRecord> = {
  id: /^[0-9a-f]{32}$/u,
  idForm: 'A session id has 32 hexadecimal digits.',
  idOf: ({ sessionId }) => sessionId,
  isRecord: (value): value is SessionRecord =>
    isObject(value) &&
    hasTexts(value, ['sessionId', 'engine', 'language']) &&
    mayHaveTexts(value, ['owner', 'executionId']) &&
    hasNumbers(value, [
      'createdAtMs',
      'lastActivityMs',
      'executionCount',
      'idleTimeoutMinutes',
      'maxLifetimeMinutes',
      'memoryLimitBytes',
      'diskLimitBytes',
      'inodeLimit',
    ]),
}

const EXECUTION: Kind<ExecutionRecord> = {
  id: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u,
  idForm: 'An execution id is a UUID.',
  idOf: ({ executionId }) => executionId,
  isRecord: (value): value is ExecutionRecord =>
    isObject(value) &&
    hasTexts(value, ['executionId']) &&
    mayHaveTexts(value, ['owner']) &&
    hasNumbers(value, ['acceptedAtMs']) &&
    isObject(value['status']) &&
    hasTexts(value['status'], ['executionId', 'status']),
}

const parseRecord = <R>(kind: Kind<R>, text: string): R | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return kind.isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const createFileStore = <R>(directory: string, kind: Kind<R>): RecordStore<R> => {
  const toFile = (id: string): string => {
    if (!kind.id.test(id)) throw new TypeError(kind.idForm)
    return join(directory, `${id}.json`)
  }
  return {
    load: async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const all = await readdir(directory)
      // What a crash left of a write that was never acknowledged.
      const torn = all.filter((name) => name.endsWith('.json.next'))
      await Promise.all(torn.map((name) => rm(join(directory, name), { force: true })))
      const names = all.filter((name) => name.endsWith('.json'))
      const records = await Promise.all(
        names.map(async (name) => parseRecord(kind, await readFile(join(directory, name), 'utf8'))),
      )
      return records.filter((record) => record !== undefined)
    },
    save: async (record) => {
      const path = toFile(kind.idOf(record))
      await writeFile(`${path}.next`, JSON.stringify(record), { mode: 0o600 })
      await rename(`${path}.next`, path)
    },
    remove: async (id) => {
      await rm(toFile(id), { force: true })
    },
  }
}

/**
 * Stores one JSON file per session in a folder of its own, which is created if missing. A file is written beside its
 * place and renamed, so that a crash leaves the old record or the new one; `load` removes what else a crash left. Files
 * that are not records are skipped.
 */
export const createFileSessionStore = (directory: string): SessionStore =>
  createFileStore(directory, SESSION)

/** Stores one JSON file per execution in a folder of its own, like `createFileSessionStore`. */
export const createFileExecutionStore = (directory: string): ExecutionStore =>
  createFileStore(directory, EXECUTION)
