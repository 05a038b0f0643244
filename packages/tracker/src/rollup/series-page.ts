import { GrowingArrays } from './growing-arrays.ts'
import type { Cell } from './level.ts'
import { Level } from './level.ts'
import { emptyCode, fromCode, toCode } from './quantize.ts'
import type { MetricName, Resolution, RollupRow } from './rows.ts'
import { metricNames, resolutionMs } from './rows.ts'

/** Periods of each resolution that stay in memory. */
export type Lengths = Readonly<Record<Resolution, number>>

/** Workspaces of one page, for which addresses are reserved at once. */
export const pageSize = 4096

const rawMs = resolutionMs['10s']
const width: number = metricNames.length
const closedResolutions = ['1m', '1h', '1d'] as const
const periodAt = (ms: number, resolution: Resolution): number =>
  Math.floor(ms / resolutionMs[resolution])
const noRows: readonly RollupRow[] = []
/** Codes of the measurement that is being added. */
const addedCodes = new Uint16Array(width)

const toRows = (
  of: Pick<RollupRow, 'workspaceId' | 'resolution' | 'startMs'>,
  cells: readonly (Cell | undefined)[],
): readonly RollupRow[] =>
  metricNames.flatMap((metric, i) => {
    const cell = cells[i]
    return cell === undefined ? [] : [{ ...of, metric, ...cell }]
  })

/** A workspace and its slot in a page. */
export interface SlotOwner {
  readonly workspaceId: string
  readonly slot: number
}

/** The recent past of some workspaces, each in a slot of arrays that grow in place. */
export class SeriesPage {
  readonly #rawLength: number
  readonly #levels: Readonly<Record<'1m' | '1h' | '1d', Level>>
  readonly #raw: Uint16Array
  /** When each workspace was last measured, in ms since 1970: every period under way is the one that this falls into. */
  readonly #lastMs: Float64Array
  readonly #arrays = new GrowingArrays(pageSize)

  constructor(lengths: Lengths) {
    this.#rawLength = lengths['10s']
    this.#raw = this.#arrays.uint16(width * this.#rawLength)
    this.#lastMs = this.#arrays.float64(1)
    const level = (name: '1m' | '1h' | '1d', centroids: number): Level => {
      const shape = { periodMs: resolutionMs[name], length: lengths[name], centroids, width }
      return new Level(shape, this.#arrays)
    }
    this.#levels = { '1m': level('1m', 0), '1h': level('1h', 10), '1d': level('1d', 10) }
  }

  /** Bytes of the arrays, used or not. */
  get bytes(): number {
    return this.#arrays.bytes
  }

  /** When a workspace was last measured, in ms since 1970. */
  lastMs(slot: number): number {
    return this.#lastMs[slot] ?? 0
  }

  /** Empties a slot for its next owner. */
  open(slot: number, atMs: number): void {
    this.#arrays.makeRoom(slot + 1)
    const rawSize = width * this.#rawLength
    this.#raw.fill(emptyCode, slot * rawSize, (slot + 1) * rawSize)
    for (const name of closedResolutions) this.#levels[name].clear(slot)
    this.#lastMs[slot] = atMs
  }

  /** Adds one measurement of every metric and gives back the periods that it closed. A clock that went back counts as standing still. */
  add(
    { workspaceId, slot }: SlotOwner,
    atMs: number,
    values: readonly number[],
  ): readonly RollupRow[] {
    const before = this.lastMs(slot)
    const now = Math.max(atMs, before)
    this.#lastMs[slot] = now
    const rows = this.#advance({ workspaceId, slot }, before, now)
    const raw = this.#period(slot, '10s') % this.#rawLength
    for (let metric = 0; metric < width; metric += 1) {
      const code = toCode(values[metric] ?? 0)
      addedCodes[metric] = code
      this.#raw[(slot * width + metric) * this.#rawLength + raw] = code
    }
    for (const name of closedResolutions) this.#levels[name].add(slot, values, addedCodes)
    return rows
  }

  /** Rows in memory, in order of time; the period under way is the last. */
  rows(
    { workspaceId, slot }: SlotOwner,
    metric: MetricName,
    resolution: Resolution,
  ): readonly RollupRow[] {
    const series = slot * width + metricNames.indexOf(metric)
    if (resolution === '10s') return this.#rawRows(workspaceId, slot, metric)
    const level = this.#levels[resolution]
    const current = this.#period(slot, resolution)
    const rows: RollupRow[] = []
    for (let period = Math.max(0, current - level.length); period <= current; period += 1) {
      const cell = period === current ? level.current(series) : level.closed(series, period)
      if (cell !== undefined)
        rows.push({ workspaceId, metric, resolution, startMs: period * level.periodMs, ...cell })
    }
    return rows
  }

  /** Takes out the periods under way, as far as they were measured; what follows in them makes rows of its own. */
  takeOpen({ workspaceId, slot }: SlotOwner): readonly RollupRow[] {
    return closedResolutions.flatMap((resolution) => {
      const level = this.#levels[resolution]
      const startMs = this.#period(slot, resolution) * level.periodMs
      return toRows({ workspaceId, resolution, startMs }, level.take(slot))
    })
  }

  /** Number of the period under way. */
  #period(slot: number, resolution: Resolution): number {
    return periodAt(this.lastMs(slot), resolution)
  }

  #rawRows(workspaceId: string, slot: number, metric: MetricName): readonly RollupRow[] {
    const series = slot * width + metricNames.indexOf(metric)
    const last = this.#period(slot, '10s')
    const rows: RollupRow[] = []
    for (let period = Math.max(0, last - this.#rawLength + 1); period <= last; period += 1) {
      const at = series * this.#rawLength + (period % this.#rawLength)
      const value = fromCode(this.#raw[at] ?? emptyCode)
      if (Number.isNaN(value)) continue
      const same = { min: value, mean: value, max: value, p95: value, p99: value }
      const startMs = period * rawMs
      rows.push({ workspaceId, metric, resolution: '10s', startMs, count: 1, ...same })
    }
    return rows
  }

  /** Closes the periods that ended between two times. */
  #advance({ workspaceId, slot }: SlotOwner, before: number, now: number): readonly RollupRow[] {
    const raw = periodAt(now, '10s')
    if (raw === periodAt(before, '10s')) return noRows
    this.#blankRaw(slot, periodAt(before, '10s') + 1, raw)
    // Whatever is longer than a minute ends with one.
    if (periodAt(now, '1m') === periodAt(before, '1m')) return noRows
    return closedResolutions.flatMap((resolution) => {
      const [period, next] = [periodAt(before, resolution), periodAt(now, resolution)]
      if (next === period) return noRows
      const level = this.#levels[resolution]
      const startMs = period * level.periodMs
      return toRows({ workspaceId, resolution, startMs }, level.roll(slot, period, next))
    })
  }

  #blankRaw(slot: number, after: number, last: number): void {
    for (let period = Math.max(after, last - this.#rawLength + 1); period <= last; period += 1) {
      for (let i = 0; i < width; i += 1)
        this.#raw[(slot * width + i) * this.#rawLength + (period % this.#rawLength)] = emptyCode
    }
  }
}
