import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TrackerError, toMessage } from '../model/errors.ts'
import type { MetricsStore, Resolution, RollupQuery, RollupRow } from '../rollup/rows.ts'
import { resolutions } from '../rollup/rows.ts'
import { encodeFrame } from './frame.ts'
import { Segment } from './segment.ts'

/** Options of `openSegmentStore`. */
export interface SegmentStoreOptions {
  /** Folder of the segments; made when absent, with access for its owner only. */
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

const guard = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw new TrackerError('STORE', `the metrics store could not ${what}: ${toMessage(error)}`, {
      cause: error,
    })
  }
}

class SegmentStore implements MetricsStore {
  readonly #options: SegmentStoreOptions
  readonly #segments: Record<Resolution, Segment[]> = { '10s': [], '1m': [], '1h': [], '1d': [] }
  #next = 1
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: SegmentStoreOptions) {
    this.#options = options
  }

  async load(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 })
    for (const name of (await readdir(this.#options.folder)).toSorted()) {
      const [, resolution, number] = namePattern.exec(name) ?? []
      const known = resolutions.find((other) => other === resolution)
      if (known === undefined) continue
      this.#segments[known].push(await Segment.open(join(this.#options.folder, name)))
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
    })
  }

  /** One operation at a time, so that a query never meets a segment that is being deleted. */
  #inOrder<T>(what: string, work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => guard(what, work))
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
 *
 * @throws TrackerError `STORE` when the folder cannot be read or written.
 */
export const openSegmentStore = async (options: SegmentStoreOptions): Promise<MetricsStore> => {
  const store = new SegmentStore(options)
  await guard('open', () => store.load())
  return store
}
