import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  createVirtualFiles,
  decodeChange,
  restoreFiles,
  type FileQuota,
  type VirtualFiles,
} from '../files/index.ts'
import { decodeList, encodeList } from '../process/frames.ts'

/** Where the changes of a session's files are kept. */
export interface Journal {
  /** Takes encoded changes; they are on their way, not yet kept. */
  append(changes: readonly Uint8Array[]): void
  /** Bytes that were appended and are not written yet; who appends much lets them be written first. */
  readonly pendingBytes: number
  /** Resolves when everything that was appended is written to the file. It survives the death of this process, not of the machine. */
  flush(): Promise<void>
  close(): Promise<void>
  /** Closes and deletes it. */
  destroy(): Promise<void>
}

const recordHeadBytes = 9
const recordTypes = { snapshot: 1, changes: 2 } as const
const compactBytes = 8 * 2 ** 20

/** A journal that keeps nothing. */
export const noJournal: Journal = {
  append: () => undefined,
  pendingBytes: 0,
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
  const bytes = await readFile(logPath(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  const { tree, keptBytes } = replay(bytes, quota)
  const handle = await open(logPath(folder), 'r+')
  await handle.truncate(keptBytes)
  return { journal: new FileJournal(folder, tree, { handle, sizeBytes: keptBytes }), tree }
}

interface OpenLog {
  readonly handle: FileHandle
  sizeBytes: number
}

class FileJournal implements Journal {
  readonly #folder: string
  readonly #tree: VirtualFiles
  #log: OpenLog
  #baseBytes: number
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(folder: string, tree: VirtualFiles, log: OpenLog) {
    this.#folder = folder
    this.#tree = tree
    this.#log = log
    this.#baseBytes = log.sizeBytes
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  append(changes: readonly Uint8Array[]): void {
    if (changes.length === 0 || this.#isClosed) return
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
    await this.flush()
    this.#isClosed = true
    await this.#log.handle.close()
  }

  async destroy(): Promise<void> {
    this.#isClosed = true
    await this.#writing.catch(() => undefined)
    await this.#log.handle.close().catch(() => undefined)
    await rm(this.#folder, { recursive: true, force: true })
  }

  #take(): Uint8Array[] {
    this.#pendingBytes = 0
    return this.#pending.splice(0)
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0 || this.#isClosed) return
    const taken = this.#take()
    const bytes = Buffer.concat(taken)
    try {
      await writeWhole(this.#log.handle, bytes, this.#log.sizeBytes)
    } catch (error) {
      this.#pending.unshift(...taken)
      this.#pendingBytes += bytes.length
      throw error
    }
    this.#log.sizeBytes += bytes.length
    if (this.#log.sizeBytes < compactBytes + 4 * this.#baseBytes) return
    const before = this.#log
    // The snapshot holds what is still pending as well.
    this.#take()
    this.#log = await startFile(this.#folder, this.#tree)
    this.#baseBytes = this.#log.sizeBytes
    await before.handle.close()
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
  const handle = await open(`${path}.new`, 'w+')
  await writeWhole(handle, bytes, 0)
  await handle.sync()
  await rename(`${path}.new`, path)
  return { handle, sizeBytes: bytes.length }
}

function replay(bytes: Uint8Array, quota: FileQuota): { tree: VirtualFiles; keptBytes: number } {
  let tree: VirtualFiles | undefined
  let at = 0
  for (let next = readRecord(bytes, at); next !== undefined; next = readRecord(bytes, at)) {
    if (next.type === recordTypes.snapshot) tree = restoreFiles(next.payload, { quota })
    else for (const change of decodeList(next.payload)) tree?.apply(decodeChange(change))
    at += recordHeadBytes + next.payload.length
  }
  return { tree: tree ?? createVirtualFiles({ quota }), keptBytes: at }
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
