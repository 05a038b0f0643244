import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { TrackerError } from '../model/errors.ts'
import type { FileLock } from './file-lock.ts'
import { takeFileLock } from './file-lock.ts'
import { guardStore } from './guard-store.ts'
import type { StateStore } from './state-store.ts'

/** Options of `openStateStore`. */
export interface StateFileOptions {
  /** The file; made when absent, with its folder, with access for its owner only. Beside it stands its lock, `<file>.lock`. */
  readonly file: string
  /** Bytes of all documents together before `save` refuses more. Default 64 MiB; the file may reach four times that. */
  readonly maxBytes?: number
}

/** What could not be read when a file was opened. */
export interface StateFileDamage {
  readonly bytes: number
  /** Where they are now. */
  readonly savedTo: string
}

/** A `StateStore` with a file to close. */
export interface StateFile extends StateStore {
  /** What was put aside when the file was opened; null when it was whole, or ended in a write that a crash had cut off. */
  readonly damage: StateFileDamage | null
  /** Waits for writes under way, closes the file and gives its lock back. */
  close(): Promise<void>
}

type Entry = readonly [key: string, value?: unknown]

const defaultMaxBytes = 64 * 1024 * 1024
const compactFrom = 1024 * 1024
const compactRatio = 4
const crcDigits = 8

/** One line: checksum, space, JSON of `[[key, value], [deletedKey], …]`. */
const toLine = (entries: readonly string[]): string => {
  const json = `[${entries.join(',')}]`
  return `${crc32(json).toString(16).padStart(crcDigits, '0')} ${json}\n`
}

const parseLine = (line: string): readonly Entry[] | undefined => {
  const json = line.slice(crcDigits + 1)
  if (crc32(json).toString(16).padStart(crcDigits, '0') !== line.slice(0, crcDigits))
    return undefined
  const entries: unknown = JSON.parse(json)
  return isEntries(entries) ? entries : undefined
}

const isEntries = (value: unknown): value is readonly Entry[] =>
  Array.isArray(value) &&
  value.every((one: unknown) => Array.isArray(one) && typeof one[0] === 'string')

const toEntry = (key: string, json: string | undefined): string =>
  json === undefined ? `[${JSON.stringify(key)}]` : `[${JSON.stringify(key)},${json}]`

const syncFolder = async (file: string): Promise<void> => {
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

class AppendedFile implements StateFile {
  damage: StateFileDamage | null = null
  readonly #options: StateFileOptions
  readonly #lock: FileLock
  readonly #maxBytes: number
  readonly #live = new Map<string, string>()
  #file: FileHandle
  #liveBytes = 0
  #fileBytes = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: StateFileOptions, file: FileHandle, lock: FileLock) {
    this.#options = options
    this.#lock = lock
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes
    this.#file = file
  }

  /** Reads what is there up to the first damage, which is put aside with all behind it; what a crash cut off at the end is dropped. */
  async recover(): Promise<void> {
    const content = await this.#file.readFile()
    let start = 0
    for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
      const entries = parseLine(content.toString('utf8', start, end))
      if (entries === undefined) break
      for (const [key, ...value] of entries)
        this.#set(key, value.length === 0 ? undefined : JSON.stringify(value[0]))
      start = end + 1
    }
    this.#fileBytes = start
    if (start === content.length) return
    if (content.includes(10, start)) await this.#putAside(content.subarray(start))
    await this.#file.truncate(start)
  }

  load(prefix: string): Promise<ReadonlyMap<string, unknown>> {
    return this.#inOrder('read', async () => {
      const found = [...this.#live].filter(([key]) => key.startsWith(prefix))
      return new Map(found.map(([key, json]) => [key, JSON.parse(json) as unknown]))
    })
  }

  save(changes: ReadonlyMap<string, unknown>): Promise<void> {
    // Turned into text at once: what the caller changes later is not ours.
    const texts = [...changes].map(([key, value]) => [key, JSON.stringify(value)] as const)
    return this.#inOrder('write', () => this.#append(texts))
  }

  close(): Promise<void> {
    return this.#inOrder('close', async () => {
      await this.#file.close()
      this.#lock.release()
    })
  }

  async #putAside(rest: Buffer): Promise<void> {
    const savedTo = `${this.#options.file}.damaged`
    await writeFile(savedTo, rest, { mode: 0o600, flush: true })
    this.damage = { bytes: rest.length, savedTo }
  }

  #inOrder<T>(what: string, work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => guardStore(`the state store could not ${what}`, work))
    this.#queue = result.catch(() => {})
    return result
  }

  async #append(texts: readonly (readonly [string, string | undefined])[]): Promise<void> {
    const real = texts.filter(([key, json]) => this.#live.get(key) !== json)
    if (real.length === 0) return
    const growth = real.reduce(
      (sum, [key, json]) => sum + sizeOf(key, json) - sizeOf(key, this.#live.get(key)),
      0,
    )
    if (growth > 0 && this.#liveBytes + growth > this.#maxBytes)
      throw new TrackerError('LIMIT', `the state store is full (maxBytes ${this.#maxBytes})`)
    const line = Buffer.from(toLine(real.map(([key, json]) => toEntry(key, json))))
    await this.#write(line)
    for (const [key, json] of real) this.#set(key, json)
    if (this.#fileBytes > Math.max(compactFrom, this.#liveBytes * compactRatio))
      await this.#compact()
  }

  async #write(line: Buffer): Promise<void> {
    try {
      await this.#file.appendFile(line)
      await this.#file.datasync()
      this.#fileBytes += line.length
    } catch (error) {
      // A line written in part would hide every later one.
      await this.#file.truncate(this.#fileBytes)
      throw error
    }
  }

  /** Writes what is live into a new file and puts that in the place of the old one. */
  async #compact(): Promise<void> {
    const path = `${this.#options.file}.new`
    const next = await open(path, 'w', 0o600)
    const content = Buffer.from(
      [...this.#live].map(([key, json]) => toLine([toEntry(key, json)])).join(''),
    )
    try {
      await next.writeFile(content)
      await next.sync()
    } finally {
      await next.close()
    }
    await rename(path, this.#options.file)
    await syncFolder(this.#options.file)
    await this.#file.close()
    this.#file = await open(this.#options.file, 'a+', 0o600)
    this.#fileBytes = content.length
  }

  #set(key: string, json: string | undefined): void {
    this.#liveBytes += sizeOf(key, json) - sizeOf(key, this.#live.get(key))
    if (json === undefined) this.#live.delete(key)
    else this.#live.set(key, json)
  }
}

const sizeOf = (key: string, json: string | undefined): number =>
  json === undefined ? 0 : key.length + json.length

/**
 * Opens a state store in one append-only file, rewritten when four fifths of it are out of date.
 * A write that a crash cut off is dropped when it is opened again; every write that had resolved is there.
 * Nobody else can open it until it is closed or its process ends.
 *
 * @throws TrackerError `LOCKED` when somebody has it open, `STORE` when the file cannot be read or written.
 */
export const openStateStore = (options: StateFileOptions): Promise<StateFile> =>
  guardStore('the state store could not open', async () => {
    const { file } = options
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const lock = await takeFileLock(`${file}.lock`, `the state file ${file}`)
    try {
      await rm(`${file}.new`, { force: true })
      const store = new AppendedFile(options, await open(file, 'a+', 0o600), lock)
      await store.recover()
      await syncFolder(file)
      return store
    } catch (error) {
      lock.release()
      throw error
    }
  })
