import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { MetricName, Resolution, RollupRow } from '../rollup/rows.ts'
import { metricNames, resolutions } from '../rollup/rows.ts'

/** Bytes before the content of a frame: its length and its checksum. */
export const frameHeaderBytes = 8

/** A frame larger than this is damage, not data. */
export const maxFrameBytes: number = 64 * 1024 * 1024

const significant = 5
const round = (value: number): number => Number(value.toPrecision(significant))

interface Columns {
  readonly r: Resolution
  readonly ids: readonly string[]
  readonly w: readonly number[]
  readonly m: readonly number[]
  readonly t: readonly number[]
  readonly v: readonly (readonly number[])[]
}

/** Packs rows of one resolution: columns, deflated, with length and checksum. Values keep five digits. */
export const encodeFrame = (resolution: Resolution, rows: readonly RollupRow[]): Buffer => {
  const ids = [...new Set(rows.map(({ workspaceId }) => workspaceId))]
  const place = new Map(ids.map((id, i) => [id, i]))
  const column = (pick: (row: RollupRow) => number): readonly number[] =>
    rows.map((row) => round(pick(row)))
  const columns: Columns = {
    r: resolution,
    ids,
    w: rows.map(({ workspaceId }) => place.get(workspaceId) ?? 0),
    m: rows.map(({ metric }) => metricNames.indexOf(metric)),
    t: rows.map(({ startMs }) => startMs),
    v: [
      column(({ count }) => count),
      column(({ min }) => min),
      column(({ mean }) => mean),
      column(({ max }) => max),
      column(({ p95 }) => p95),
      column(({ p99 }) => p99),
    ],
  }
  const content = deflateRawSync(JSON.stringify(columns), { level: 6 })
  const frame = Buffer.alloc(frameHeaderBytes + content.length)
  frame.writeUInt32LE(content.length, 0)
  frame.writeUInt32LE(crc32(content), 4)
  content.copy(frame, frameHeaderBytes)
  return frame
}

/** Reads a frame's content; undefined when the checksum or the content is wrong. */
export const decodeFrame = (
  content: Buffer,
  checksum: number,
): readonly RollupRow[] | undefined => {
  if (crc32(content) !== checksum) return undefined
  try {
    const text = inflateRawSync(content, { maxOutputLength: maxFrameBytes }).toString('utf8')
    return toRows(JSON.parse(text) as Columns)
  } catch {
    return undefined
  }
}

const toRows = (columns: Columns): readonly RollupRow[] | undefined => {
  if (!resolutions.includes(columns.r)) return undefined
  return columns.t.map((startMs, i): RollupRow => {
    const value = (column: number): number => columns.v[column]?.[i] ?? Number.NaN
    const metric: MetricName | undefined = metricNames[columns.m[i] ?? -1]
    const workspaceId = columns.ids[columns.w[i] ?? -1]
    if (metric === undefined || workspaceId === undefined)
      throw new RangeError('a row without metric or workspace')
    const shape = {
      count: value(0),
      min: value(1),
      mean: value(2),
      max: value(3),
      p95: value(4),
      p99: value(5),
    }
    return { workspaceId, metric, resolution: columns.r, startMs, ...shape }
  })
}
