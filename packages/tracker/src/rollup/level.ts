import type { GrowingArrays } from './growing-arrays.ts'
import { emptyCode, fromCode, toCode } from './quantize.ts'
import type { RollupRow } from './rows.ts'
import type { SketchPool } from './sketch.ts'
import { addToSketch, clearSketch, quantileOf } from './sketch.ts'
import { TopPool } from './top.ts'

/** One period of one series. */
export type Cell = Pick<RollupRow, 'count' | 'min' | 'mean' | 'max' | 'p95' | 'p99'>

/** What one level is like. */
export interface LevelShape {
  /** Series of each workspace. */
  readonly width: number
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
  readonly #ring: Uint16Array
  /** Of the workspace's series together: each measurement has a value for every one of them. */
  readonly #count: Uint32Array
  /** Running means; 32 bits are a thousand times finer than what is kept of them. */
  readonly #mean: Float32Array
  readonly #lowest: Uint16Array
  /** Empty where the highest values are kept anyway. */
  readonly #highest: Uint16Array
  readonly #sketches: SketchPool
  readonly #top: TopPool

  constructor(shape: LevelShape, arrays: GrowingArrays) {
    const { width, periodMs, length, centroids } = shape
    this.#shape = shape
    this.periodMs = periodMs
    this.length = length
    this.#ring = arrays.uint16(width * length * fields)
    this.#count = arrays.uint32(1)
    this.#mean = arrays.float32(width)
    this.#lowest = arrays.uint16(width)
    this.#highest = arrays.uint16(centroids === 0 ? 0 : width)
    const [codes, counts] = [arrays.uint16(width * centroids), arrays.uint16(width * centroids)]
    this.#sketches = { codes, counts, capacity: centroids }
    this.#top = new TopPool(arrays.uint16(centroids === 0 ? width * TopPool.kept : 0))
  }

  /** Adds a measurement, its values and their codes, to the period under way. */
  add(slot: number, values: readonly number[], codes: Uint16Array): void {
    const count = (this.#count[slot] ?? 0) + 1
    this.#count[slot] = count
    const { width, centroids } = this.#shape
    for (let i = 0; i < width; i += 1) {
      const series = slot * width + i
      const code = codes[i] ?? 0
      const mean = count === 1 ? 0 : (this.#mean[series] ?? 0)
      this.#mean[series] = mean + ((values[i] ?? 0) - mean) / count
      if (count === 1 || code < (this.#lowest[series] ?? 0)) this.#lowest[series] = code
      if (centroids === 0) {
        this.#top.add(series, code)
        continue
      }
      if (count === 1 || code > (this.#highest[series] ?? 0)) this.#highest[series] = code
      addToSketch(this.#sketches, series, code)
    }
  }

  /** The period under way; undefined while it is empty. */
  current(series: number): Cell | undefined {
    const count = this.#countOf(series)
    if (count === 0) return undefined
    const min = fromCode(this.#lowest[series] ?? 0)
    const max =
      this.#shape.centroids === 0 ? this.#top.highest(series) : fromCode(this.#highest[series] ?? 0)
    const within = (value: number): number => Math.min(max, Math.max(min, value))
    const mean = within(this.#mean[series] ?? 0)
    const quantile = (share: number): number => within(this.#quantile(series, share))
    return { count, min, mean, max, p95: quantile(0.95), p99: quantile(0.99) }
  }

  /** Ends the period under way: puts it into the ring, begins an empty one, and blanks the periods in between. */
  roll(slot: number, period: number, nextPeriod: number): readonly (Cell | undefined)[] {
    const cells = this.take(slot)
    const skippedFrom = Math.max(period + 1, nextPeriod - this.length)
    for (const [i, cell] of cells.entries()) {
      const series = slot * this.#shape.width + i
      this.#put(series, period, cell)
      for (let skipped = skippedFrom; skipped < nextPeriod; skipped += 1)
        this.#put(series, skipped, undefined)
    }
    return cells
  }

  /** Takes the period under way out, a cell for each series, so that it begins again from nothing. */
  take(slot: number): readonly (Cell | undefined)[] {
    const { width } = this.#shape
    const cells = Array.from({ length: width }, (_, i) => this.current(slot * width + i))
    this.#empty(slot)
    return cells
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

  /** Empties the place of a workspace, for its first owner as well. */
  clear(slot: number): void {
    const size = this.#shape.width * this.length * fields
    this.#ring.fill(emptyCode, slot * size, (slot + 1) * size)
    this.#empty(slot)
  }

  #countOf(series: number): number {
    return this.#count[Math.floor(series / this.#shape.width)] ?? 0
  }

  #empty(slot: number): void {
    const { width, centroids } = this.#shape
    this.#count[slot] = 0
    for (let series = slot * width; series < (slot + 1) * width; series += 1) {
      if (centroids === 0) this.#top.clear(series)
      else clearSketch(this.#sketches, series)
    }
  }

  #quantile(series: number, share: number): number {
    return this.#shape.centroids === 0
      ? this.#top.quantile(series, share, this.#countOf(series))
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
