import { fstatSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { decodeChange, restoreFiles, type FileQuota, type VirtualFiles } from '../files/index.ts'
import { decodeList, encodeList } from '../process/frames.ts'

/** Where the changes of a session's files are kept. */
export interface Journal {
  /** Takes encoded changes; they are on their way, not yet kept. */
  append(changes: readonly Uint8Array[]): void
  /** Bytes that were appended and are not written yet; who appends much lets them be written first. */
  readonly pendingBytes: number
  /**
   * Resolves when everything that was appended is written to the file. It survives the death of this process, not of the machine.
   * Rejects with the system's error; what was not written is kept for the next call.
   */
  flush(): Promise<void>
  /** What the last write failed with; undefined once one succeeded. */
  readonly failure: Error | undefined
  close(): Promise<void>
  /** Closes and deletes it. */
  destroy(): Promise<void>
}

const recordHeadBytes = 9
const recordTypes = { snapshot: 1, changes: 2 } as const
const compactBytes = 8 * 2 ** 20
/** A write that fails with more than this waiting gives it up for a whole new file, so that a full disk does not fill the memory. */
const heldBytes = 4 * 2 ** 20

/** A journal that keeps nothing. */
export const noJournal: Journal = {
  append: () => undefined,
  pendingBytes: 0,
  failure: undefined,
  flush: async () => undefined,
  close: async () => undefined,
  destroy: async () => undefined,
}

/** Begins the journal of a new session. */
export async function createJournal(folder: string, tree: VirtualFiles): Promise<Journal> {
  await mkdir(folder, { recursive: true })
  return new FileJournal(folder, tree, await startFile(folder, tree))
}

/** The journal of an earlier process and the files that it holds; undefined when there is none. A torn end is cut off. */
export async function openJournal(
  folder: string,
  quota: FileQuota,
): Promise<{ journal: Journal; tree: VirtualFiles } | undefined> {
  const bytes = await orAbsent(readFile(logPath(folder)))
  if (bytes === undefined) return undefined
  const { tree, keptBytes } = replay(bytes, quota)
  const handle = await open(logPath(folder), 'r+')
  if (keptBytes < bytes.length) await handle.truncate(keptBytes)
  return { journal: new FileJournal(folder, tree, { handle, sizeBytes: keptBytes }), tree }
}

/** Size of the journal that an earlier process left, bytes; undefined when there is none. */
export async function measureJournal(folder: string): Promise<number | undefined> {
  return (await orAbsent(stat(logPath(folder))))?.size
}

async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

interface OpenLog {
  readonly handle: FileHandle
  sizeBytes: number
}

class FileJournal implements Journal {
  failure: Error | undefined
  readonly #folder: string
  readonly #tree: VirtualFiles
  #log: OpenLog
  #compactAt: number
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false
  /** The file does not hold what the tree did before; the next write makes a whole new one. */
  #isBehind = false

  constructor(folder: string, tree: VirtualFiles, log: OpenLog) {
    this.#folder = folder
    this.#tree = tree
    this.#log = log
    this.#compactAt = this.#nextCompaction()
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  append(changes: readonly Uint8Array[]): void {
    // A whole new file holds them as well.
    if (changes.length === 0 || this.#isClosed || this.#isBehind) return
    const bytes = record(recordTypes.changes, encodeList(changes))
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
  }

  flush(): Promise<void> {
    // What one write could not keep, the next one tries again.
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write())
    return this.#writing
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#isClosed = true
      await this.#log.handle.close().catch(() => undefined)
    }
  }

  async destroy(): Promise<void> {
    this.#isClosed = true
    await this.#writing.catch(() => undefined)
    await this.#log.handle.close().catch(() => undefined)
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #write(): Promise<void> {
    if (this.#isClosed || (this.#pending.length === 0 && !this.#isBehind)) return
    // What was deleted since need not be written at all.
    if (this.failure !== undefined && this.#pendingBytes > this.#tree.usage().bytes)
      this.#fallBehind()
    try {
      if (!this.#isBehind) await this.#writePending()
      if (this.#isBehind) await this.#startOver()
      this.failure = undefined
    } catch (error) {
      this.failure = error as Error
      throw error
    }
    if (this.#log.sizeBytes >= this.#compactAt) await this.#compact()
  }

  async #writePending(): Promise<void> {
    const taken = this.#take()
    const bytes = Buffer.concat(taken)
    const { handle, sizeBytes } = this.#log
    try {
      await writeWhole(handle, bytes, sizeBytes)
      this.#log.sizeBytes += bytes.length
    } catch (error) {
      if (bytes.length + this.#pendingBytes > heldBytes) this.#fallBehind()
      else this.#giveBack(taken)
      // The torn part is of no use to anyone, and others may need its room.
      await handle.truncate(sizeBytes).catch(() => undefined)
      throw error
    }
    // A file that was deleted takes every write and keeps none.
    if (fstatSync(handle.fd).nlink === 0) this.#fallBehind()
  }

  #fallBehind(): void {
    this.#isBehind = true
    this.#take()
  }

  async #startOver(): Promise<void> {
    await orThere(mkdir(this.#folder))
    this.#isBehind = false
    try {
      await this.#replaceLog()
    } catch (error) {
      this.#fallBehind()
      throw error
    }
  }

  /** A failure costs nothing but space: the log goes on as it is. */
  async #compact(): Promise<void> {
    const taken = this.#take()
    try {
      await this.#replaceLog()
    } catch {
      this.#giveBack(taken)
      this.#compactAt = this.#log.sizeBytes + compactBytes
    }
  }

  async #replaceLog(): Promise<void> {
    const before = this.#log.handle
    this.#log = await startFile(this.#folder, this.#tree)
    this.#compactAt = this.#nextCompaction()
    await before.close().catch(() => undefined)
  }

  #nextCompaction(): number {
    return compactBytes + 4 * this.#tree.usage().bytes
  }

  #take(): Uint8Array[] {
    this.#pendingBytes = 0
    return this.#pending.splice(0)
  }

  #giveBack(taken: readonly Uint8Array[]): void {
    this.#pending.unshift(...taken)
    for (const { length } of taken) this.#pendingBytes += length
  }
}

/** One write may take fewer bytes than it was given, e.g. on a disk that is nearly full. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

/** Writes a log that holds just the tree of the moment, in place of what was there. */
async function startFile(folder: string, tree: VirtualFiles): Promise<OpenLog> {
  const path = logPath(folder)
  const bytes = record(recordTypes.snapshot, tree.snapshot())
  const handle = await open(`${path}.new`, 'w+', 0o600)
  try {
    await writeWhole(handle, bytes, 0)
    await handle.sync()
    await rename(`${path}.new`, path)
    return { handle, sizeBytes: bytes.length }
  } catch (error) {
    await handle.close()
    await rm(`${path}.new`, { force: true })
    throw error
  }
}

async function orThere(work: Promise<unknown>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

function replay(bytes: Uint8Array, quota: FileQuota): { tree: VirtualFiles; keptBytes: number } {
  let tree: VirtualFiles | undefined
  let at = 0
  for (let next = readRecord(bytes, at); next !== undefined; next = readRecord(bytes, at)) {
    if (next.type === recordTypes.snapshot) tree = restoreFiles(next.payload, { quota })
    else for (const change of decodeList(next.payload)) tree?.apply(decodeChange(change))
    at += recordHeadBytes + next.payload.length
  }
  // A log is put into place whole, so one without a beginning was damaged later: nothing of it may be thrown away.
  if (tree === undefined) throw Object.assign(new Error('the journal is damaged'), { code: 'EIO' })
  return { tree, keptBytes: at }
}

function record(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(recordHeadBytes + payload.length)
  bytes[8] = type
  bytes.set(payload, recordHeadBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, crc32(bytes.subarray(8)), true)
  return bytes
}

function readRecord(
  bytes: Uint8Array,
  at: number,
): { type: number; payload: Uint8Array } | undefined {
  if (at + recordHeadBytes > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  const length = view.getUint32(0, true)
  if (recordHeadBytes + length > view.byteLength) return undefined
  const checked = bytes.subarray(at + 8, at + recordHeadBytes + length)
  return crc32(checked) === view.getUint32(4, true)
    ? { type: checked[0] ?? 0, payload: checked.subarray(1) }
    : undefined
}

function logPath(folder: string): string {
  return join(folder, 'files.log')
}
