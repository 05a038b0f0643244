import { emptyCode, fromCode, toCode } from './quantize.ts'
import type { SketchPool } from './sketch.ts'
import { addToSketch, clearSketch, createSketchPool, quantileOf } from './sketch.ts'
import { TopPool } from './top.ts'

/** One period of one series. */
export interface Cell {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly p95: number
  readonly p99: number
}

/** What one level is like. */
export interface LevelShape {
  readonly periodMs: number
  /** Closed periods of each series that are kept. */
  readonly length: number
  /** Centroids of a sketch; 0 keeps the highest values only, which is enough for up to 79 in a period. */
  readonly centroids: number
}

const fields = 5

/** One rollup level of every series: the period under way, and a ring of the closed ones. Series share a few large arrays. */
export class Level {
  readonly periodMs: number
  readonly length: number
  readonly #shape: LevelShape
  #ring: Uint16Array
  #count: Uint32Array
  #sum: Float64Array
  #extremes: Uint16Array
  #sketches: SketchPool
  #top: TopPool

  constructor(shape: LevelShape, capacity: number) {
    const { periodMs, length, centroids } = shape
    this.#shape = shape
    this.periodMs = periodMs
    this.length = length
    this.#ring = new Uint16Array(capacity * length * fields).fill(emptyCode)
    this.#count = new Uint32Array(capacity)
    this.#sum = new Float64Array(capacity)
    this.#extremes = new Uint16Array(capacity * 2)
    this.#sketches = createSketchPool(capacity, centroids)
    this.#top = new TopPool(centroids === 0 ? capacity : 0)
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const { codes, counts } = this.#sketches
    const arrays = [this.#ring, this.#count, this.#sum, this.#extremes, codes, counts]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#top.codes.byteLength)
  }

  /** Makes room for more series. */
  grow(capacity: number): void {
    const bigger = new Level(this.#shape, capacity)
    bigger.#ring.set(this.#ring)
    bigger.#count.set(this.#count)
    bigger.#sum.set(this.#sum)
    bigger.#extremes.set(this.#extremes)
    bigger.#sketches.codes.set(this.#sketches.codes)
    bigger.#sketches.counts.set(this.#sketches.counts)
    bigger.#top.codes.set(this.#top.codes)
    this.#ring = bigger.#ring
    this.#count = bigger.#count
    this.#sum = bigger.#sum
    this.#extremes = bigger.#extremes
    this.#sketches = bigger.#sketches
    this.#top = bigger.#top
  }

  /** Adds a measurement to the period under way. */
  add(series: number, value: number, code: number): void {
    const count = this.#count[series] ?? 0
    this.#count[series] = count + 1
    this.#sum[series] = (this.#sum[series] ?? 0) + value
    const low = this.#extremes[series * 2] ?? 0
    const high = this.#extremes[series * 2 + 1] ?? 0
    if (count === 0 || code < low) this.#extremes[series * 2] = code
    if (count === 0 || code > high) this.#extremes[series * 2 + 1] = code
    if (this.#shape.centroids === 0) this.#top.add(series, code)
    else addToSketch(this.#sketches, series, code)
  }

  /** The period under way; undefined while it is empty. */
  current(series: number): Cell | undefined {
    const count = this.#count[series] ?? 0
    if (count === 0) return undefined
    const min = fromCode(this.#extremes[series * 2] ?? 0)
    const max = fromCode(this.#extremes[series * 2 + 1] ?? 0)
    const within = (value: number): number => Math.min(max, Math.max(min, value))
    const mean = within((this.#sum[series] ?? 0) / count)
    const quantile = (share: number): number => within(this.#quantile(series, share))
    return { count, min, mean, max, p95: quantile(0.95), p99: quantile(0.99) }
  }

  /** Ends the period under way: puts it into the ring, begins an empty one, and blanks the periods in between. */
  roll(series: number, period: number, nextPeriod: number): Cell | undefined {
    const cell = this.current(series)
    this.#put(series, period, cell)
    for (
      let skipped = Math.max(period + 1, nextPeriod - this.length);
      skipped < nextPeriod;
      skipped += 1
    )
      this.#put(series, skipped, undefined)
    this.#empty(series)
    return cell
  }

  /** Takes the period under way out, so that it begins again from nothing. */
  take(series: number): Cell | undefined {
    const cell = this.current(series)
    this.#empty(series)
    return cell
  }

  /** A closed period of the ring; undefined when nothing was measured in it. Counts are not kept, so they read 0. */
  closed(series: number, period: number): Cell | undefined {
    const at = this.#at(series, period)
    if (this.#ring[at] === emptyCode) return undefined
    const [min = 0, mean = 0, max = 0, p95 = 0, p99 = 0] = Array.from(
      this.#ring.subarray(at, at + fields),
      fromCode,
    )
    return { count: 0, min, mean, max, p95, p99 }
  }

  /** Forgets a series. */
  clear(series: number): void {
    this.#ring.fill(emptyCode, series * this.length * fields, (series + 1) * this.length * fields)
    this.#empty(series)
  }

  #empty(series: number): void {
    this.#count[series] = 0
    this.#sum[series] = 0
    if (this.#shape.centroids === 0) this.#top.clear(series)
    else clearSketch(this.#sketches, series)
  }

  #quantile(series: number, share: number): number {
    return this.#shape.centroids === 0
      ? this.#top.quantile(series, share, this.#count[series] ?? 0)
      : quantileOf(this.#sketches, series, share)
  }

  #put(series: number, period: number, cell: Cell | undefined): void {
    const at = this.#at(series, period)
    if (cell === undefined) {
      this.#ring.fill(emptyCode, at, at + fields)
      return
    }
    const values = [cell.min, cell.mean, cell.max, cell.p95, cell.p99]
    for (const [i, value] of values.entries()) this.#ring[at + i] = toCode(value)
  }

  #at(series: number, period: number): number {
    return (series * this.length + (period % this.length)) * fields
  }
}
