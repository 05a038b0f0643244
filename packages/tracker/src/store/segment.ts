import type { FileHandle } from 'node:fs/promises'
import { open, rm, truncate } from 'node:fs/promises'
import type { RollupQuery, RollupRow } from '../rollup/rows.ts'
import { decodeFrame, frameHeaderBytes, maxFrameBytes } from './frame.ts'

interface FrameEntry {
  readonly offset: number
  readonly length: number
  readonly checksum: number
  readonly fromMs: number
  readonly toMs: number
}

/** One append-only file of frames. Where it ends in a half-written frame, opening it cuts that off. */
export class Segment {
  readonly path: string
  readonly #file: FileHandle
  readonly #frames: FrameEntry[] = []
  #bytes = 0

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  static async open(path: string): Promise<Segment> {
    const segment = new Segment(path, await open(path, 'a+', 0o600))
    await segment.#scan()
    return segment
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The newest time in it, in ms since 1970. */
  get newestMs(): number {
    return this.#frames.reduce((newest, { toMs }) => Math.max(newest, toMs), 0)
  }

  /** Appends a frame and waits until the disk has it. */
  async append(frame: Buffer, rows: readonly RollupRow[]): Promise<void> {
    await this.#file.appendFile(frame)
    await this.#file.datasync()
    const content = frame.length - frameHeaderBytes
    this.#note(
      { offset: this.#bytes + frameHeaderBytes, length: content, checksum: frame.readUInt32LE(4) },
      rows,
    )
    this.#bytes += frame.length
  }

  async read(query: RollupQuery): Promise<readonly RollupRow[]> {
    const found: RollupRow[] = []
    for (const frame of this.#frames) {
      if (frame.toMs < query.fromMs || frame.fromMs >= query.toMs) continue
      const rows = (await this.#load(frame)) ?? []
      found.push(...rows.filter((row) => matches(row, query)))
    }
    return found
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
  }

  async #scan(): Promise<void> {
    const { size } = await this.#file.stat()
    const header = Buffer.alloc(frameHeaderBytes)
    while (this.#bytes + frameHeaderBytes <= size) {
      await this.#file.read(header, 0, frameHeaderBytes, this.#bytes)
      const place = {
        offset: this.#bytes + frameHeaderBytes,
        length: header.readUInt32LE(0),
        checksum: header.readUInt32LE(4),
      }
      if (place.length > maxFrameBytes || place.offset + place.length > size) break
      const rows = await this.#load(place)
      if (rows === undefined) break
      this.#note(place, rows)
      this.#bytes = place.offset + place.length
    }
    if (this.#bytes < size) await truncate(this.path, this.#bytes)
  }

  async #load(
    frame: Pick<FrameEntry, 'offset' | 'length' | 'checksum'>,
  ): Promise<readonly RollupRow[] | undefined> {
    const content = Buffer.alloc(frame.length)
    const { bytesRead } = await this.#file.read(content, 0, frame.length, frame.offset)
    return bytesRead === frame.length ? decodeFrame(content, frame.checksum) : undefined
  }

  #note(
    place: Pick<FrameEntry, 'offset' | 'length' | 'checksum'>,
    rows: readonly RollupRow[],
  ): void {
    let [fromMs, toMs] = [Number.POSITIVE_INFINITY, 0]
    for (const { startMs } of rows) {
      fromMs = Math.min(fromMs, startMs)
      toMs = Math.max(toMs, startMs)
    }
    this.#frames.push({ ...place, fromMs, toMs })
  }
}

const matches = (row: RollupRow, query: RollupQuery): boolean =>
  row.workspaceId === query.workspaceId &&
  row.metric === query.metric &&
  row.startMs >= query.fromMs &&
  row.startMs < query.toMs
