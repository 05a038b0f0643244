import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileLock } from '../persistence/file-lock.ts'
import { takeFileLock } from '../persistence/file-lock.ts'
import { guardStore } from '../persistence/guard-store.ts'
import type { MetricsStore, Resolution, RollupQuery, RollupRow } from '../rollup/rows.ts'
import { resolutions } from '../rollup/rows.ts'
import { encodeFrame } from './frame.ts'
import { Segment } from './segment.ts'

/** Options of `openSegmentStore`. */
export interface SegmentStoreOptions {
  /** Folder of the segments and their lock; made when absent, with access for its owner only. */
  readonly folder: string
  /** Bytes on disk before the oldest segment is deleted. Default 256 MiB. */
  readonly maxBytes?: number
  /** Bytes after which a new segment begins. Default 4 MiB. */
  readonly segmentBytes?: number
  /** Age after which rows are deleted, a whole segment at a time. Default 7 days of minutes, 90 days of hours, 3 years of days. */
  readonly retentionMs?: Partial<Readonly<Record<Resolution, number>>>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

const dayMs = 86_400_000
const defaults = { maxBytes: 256 * 1024 * 1024, segmentBytes: 4 * 1024 * 1024 }
const defaultRetention: Readonly<Record<Resolution, number>> = {
  '10s': dayMs,
  '1m': 7 * dayMs,
  '1h': 90 * dayMs,
  '1d': 1096 * dayMs,
}
const namePattern = /^(10s|1m|1h|1d)-(\d{8})\.seg$/

class SegmentStore implements MetricsStore {
  readonly #options: SegmentStoreOptions
  readonly #segments: Record<Resolution, Segment[]> = { '10s': [], '1m': [], '1h': [], '1d': [] }
  #lock: FileLock | undefined
  #next = 1
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: SegmentStoreOptions) {
    this.#options = options
  }

  async load(): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#lock = await takeFileLock(join(folder, 'store.lock'), `the metrics folder ${folder}`)
    try {
      await this.#openSegments(folder)
    } catch (error) {
      this.#lock.release()
      throw error
    }
  }

  async #openSegments(folder: string): Promise<void> {
    for (const name of (await readdir(folder)).toSorted()) {
      const [, resolution, number] = namePattern.exec(name) ?? []
      const known = resolutions.find((other) => other === resolution)
      if (known === undefined) continue
      this.#segments[known].push(await Segment.open(join(folder, name)))
      this.#next = Math.max(this.#next, Number(number) + 1)
    }
  }

  append(rows: readonly RollupRow[]): Promise<void> {
    return this.#inOrder('write', async () => {
      for (const resolution of resolutions) {
        const own = rows.filter((row) => row.resolution === resolution)
        if (own.length > 0)
          await (await this.#writable(resolution)).append(encodeFrame(resolution, own), own)
      }
      await this.#retain()
    })
  }

  query(query: RollupQuery): Promise<readonly RollupRow[]> {
    return this.#inOrder('read', async () => {
      const parts: RollupRow[] = []
      for (const segment of this.#segments[query.resolution])
        parts.push(...(await segment.read(query)))
      return parts.toSorted((a, b) => a.startMs - b.startMs)
    })
  }

  async close(): Promise<void> {
    await this.#inOrder('close', async () => {
      for (const segment of Object.values(this.#segments).flat()) await segment.close()
      this.#lock?.release()
    })
  }

  /** One operation at a time, so that a query never meets a segment that is being deleted. */
  #inOrder<T>(what: string, work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => guardStore(`the metrics store could not ${what}`, work))
    this.#queue = result.catch(() => {})
    return result
  }

  async #writable(resolution: Resolution): Promise<Segment> {
    const last = this.#segments[resolution].at(-1)
    if (last !== undefined && last.bytes < (this.#options.segmentBytes ?? defaults.segmentBytes))
      return last
    const name = `${resolution}-${String(this.#next++).padStart(8, '0')}.seg`
    const segment = await Segment.open(join(this.#options.folder, name))
    this.#segments[resolution].push(segment)
    return segment
  }

  async #retain(): Promise<void> {
    const now = (this.#options.now ?? Date.now)()
    for (const resolution of resolutions) {
      const oldest = now - (this.#options.retentionMs?.[resolution] ?? defaultRetention[resolution])
      const list = this.#segments[resolution]
      while (list.length > 1 && (list[0]?.newestMs ?? now) < oldest) await list.shift()?.remove()
    }
    const maxBytes = this.#options.maxBytes ?? defaults.maxBytes
    while (this.#totalBytes() > maxBytes) {
      // The finest resolution that has a segment to spare gives it up first.
      const victim = resolutions.find((resolution) => this.#segments[resolution].length > 1)
      if (victim === undefined) return
      await this.#segments[victim].shift()?.remove()
    }
  }

  #totalBytes(): number {
    return Object.values(this.#segments)
      .flat()
      .reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

/**
 * Opens a metrics store of append-only files. A write that a crash cut off is dropped when it is opened again.
 * Nobody else can open it until it is closed or its process ends.
 *
 * @throws TrackerError `LOCKED` when somebody has it open, `STORE` when the folder cannot be read or written.
 */
export const openSegmentStore = async (options: SegmentStoreOptions): Promise<MetricsStore> => {
  const store = new SegmentStore(options)
  await guardStore('the metrics store could not open', () => store.load())
  return store
}
