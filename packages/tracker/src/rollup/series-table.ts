import { nextCapacity } from '../model/capacity.ts'
import type { Cell } from './level.ts'
import { Level } from './level.ts'
import { emptyCode, fromCode, toCode } from './quantize.ts'
import type { MetricName, Resolution, RollupRow } from './rows.ts'
import { metricNames, resolutionMs, resolutions } from './rows.ts'

/** How much of each resolution stays in memory. */
export interface MemoryTiers {
  /** Periods of 10 s. Default 60, ten minutes. */
  readonly raw?: number
  /** Default 5: the 10 s periods reach further. */
  readonly minutes?: number
  /** Default 8. */
  readonly hours?: number
  /** Default 2. */
  readonly days?: number
}

const rawMs = resolutionMs['10s']
const width: number = metricNames.length
const firstCapacity = 16
const closedResolutions = ['1m', '1h', '1d'] as const
/** Columns of the period numbers. */
const periodColumn = { '10s': 0, '1m': 1, '1h': 2, '1d': 3 } as const
const periodWidth = 4
const noRows: readonly RollupRow[] = []

const toRows = (
  of: Pick<RollupRow, 'workspaceId' | 'resolution' | 'startMs'>,
  cells: readonly (Cell | undefined)[],
): readonly RollupRow[] =>
  metricNames.flatMap((metric, i) => {
    const cell = cells[i]
    return cell === undefined ? [] : [{ ...of, metric, ...cell }]
  })

/** The recent past of every workspace, about 1.5 KB each, in a few arrays that grow as needed. */
export class SeriesTable {
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []
  readonly #rawLength: number
  /** Codes of the measurement that is being added. */
  readonly #codes = new Uint16Array(width)
  readonly #levels: Readonly<Record<'1m' | '1h' | '1d', Level>>
  #raw: Uint16Array
  /** When each workspace was last measured, in ms since 1970. */
  #lastMs = new Float64Array(firstCapacity)
  /** Number of the period under way, of each resolution. */
  #periods = new Int32Array(firstCapacity * periodWidth)
  #capacity = firstCapacity

  constructor(tiers: MemoryTiers = {}) {
    this.#rawLength = tiers.raw ?? 60
    this.#raw = new Uint16Array(firstCapacity * width * this.#rawLength).fill(emptyCode)
    const level = (name: '1m' | '1h' | '1d', length: number, centroids: number): Level =>
      new Level({ periodMs: resolutionMs[name], length, centroids, width }, firstCapacity)
    this.#levels = {
      '1m': level('1m', tiers.minutes ?? 5, 0),
      '1h': level('1h', tiers.hours ?? 8, 10),
      '1d': level('1d', tiers.days ?? 2, 10),
    }
  }

  get size(): number {
    return this.#slots.size
  }

  /** Bytes of the arrays, used or not. */
  get bytes(): number {
    return closedResolutions.reduce(
      (sum, name) => sum + this.#levels[name].bytes,
      this.#raw.byteLength + this.#lastMs.byteLength + this.#periods.byteLength,
    )
  }

  ids(): IterableIterator<string> {
    return this.#slots.keys()
  }

  /** Adds one measurement of every metric and gives back the periods that it closed. A clock that went back counts as standing still. */
  add(workspaceId: string, atMs: number, values: readonly number[]): readonly RollupRow[] {
    const slot = this.#slots.get(workspaceId) ?? this.#open(workspaceId, atMs)
    const now = Math.max(atMs, this.#lastMs[slot] ?? 0)
    this.#lastMs[slot] = now
    const rows = this.#advance(workspaceId, slot, now)
    const raw = this.#period(slot, '10s') % this.#rawLength
    for (let metric = 0; metric < width; metric += 1) {
      const code = toCode(values[metric] ?? 0)
      this.#codes[metric] = code
      this.#raw[(slot * width + metric) * this.#rawLength + raw] = code
    }
    for (const name of closedResolutions) this.#levels[name].add(slot, values, this.#codes)
    return rows
  }

  /** Rows in memory, in order of time; the period under way is the last. */
  rows(workspaceId: string, metric: MetricName, resolution: Resolution): readonly RollupRow[] {
    const slot = this.#slots.get(workspaceId)
    if (slot === undefined) return []
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
  takeOpen(workspaceId: string): readonly RollupRow[] {
    const slot = this.#slots.get(workspaceId)
    if (slot === undefined) return []
    const rows: RollupRow[] = []
    for (const resolution of closedResolutions) {
      const level = this.#levels[resolution]
      const startMs = this.#period(slot, resolution) * level.periodMs
      rows.push(...toRows({ workspaceId, resolution, startMs }, level.take(slot)))
    }
    return rows
  }

  /** Forgets a workspace and reuses its place. */
  forget(workspaceId: string): void {
    const slot = this.#slots.get(workspaceId)
    if (slot === undefined) return
    this.#slots.delete(workspaceId)
    this.#free.push(slot)
  }

  /** The workspace that has not been measured for the longest time. */
  stalest(): string | undefined {
    let found: string | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const [id, slot] of this.#slots) {
      const lastMs = this.#lastMs[slot] ?? 0
      if (lastMs >= oldest) continue
      oldest = lastMs
      found = id
    }
    return found
  }

  has(workspaceId: string): boolean {
    return this.#slots.has(workspaceId)
  }

  #period(slot: number, resolution: Resolution): number {
    return this.#periods[slot * periodWidth + periodColumn[resolution]] ?? 0
  }

  #setPeriod(slot: number, resolution: Resolution, period: number): void {
    this.#periods[slot * periodWidth + periodColumn[resolution]] = period
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

  #advance(workspaceId: string, slot: number, now: number): readonly RollupRow[] {
    const raw = Math.floor(now / rawMs)
    if (raw === this.#period(slot, '10s')) return noRows
    this.#blankRaw(slot, raw)
    const rows: RollupRow[] = []
    for (const resolution of closedResolutions) {
      const level = this.#levels[resolution]
      const [period, next] = [this.#period(slot, resolution), Math.floor(now / level.periodMs)]
      if (next <= period) continue
      this.#setPeriod(slot, resolution, next)
      const startMs = period * level.periodMs
      rows.push(...toRows({ workspaceId, resolution, startMs }, level.roll(slot, period, next)))
    }
    return rows
  }

  #blankRaw(slot: number, next: number): void {
    const after = this.#period(slot, '10s') + 1
    for (let period = Math.max(after, next - this.#rawLength + 1); period <= next; period += 1) {
      for (let i = 0; i < width; i += 1)
        this.#raw[(slot * width + i) * this.#rawLength + (period % this.#rawLength)] = emptyCode
    }
    this.#setPeriod(slot, '10s', next)
  }

  #open(workspaceId: string, atMs: number): number {
    const slot = this.#free.pop() ?? this.#slots.size
    if (slot >= this.#capacity) this.#grow()
    const rawSize = width * this.#rawLength
    this.#raw.fill(emptyCode, slot * rawSize, (slot + 1) * rawSize)
    for (const name of closedResolutions) this.#levels[name].clear(slot)
    for (const name of resolutions)
      this.#setPeriod(slot, name, Math.floor(atMs / resolutionMs[name]))
    this.#lastMs[slot] = atMs
    this.#slots.set(workspaceId, slot)
    return slot
  }

  #grow(): void {
    this.#capacity = nextCapacity(this.#capacity)
    const raw = new Uint16Array(this.#capacity * width * this.#rawLength).fill(emptyCode)
    raw.set(this.#raw)
    this.#raw = raw
    const lastMs = new Float64Array(this.#capacity)
    lastMs.set(this.#lastMs)
    this.#lastMs = lastMs
    const periods = new Int32Array(this.#capacity * periodWidth)
    periods.set(this.#periods)
    this.#periods = periods
    for (const name of closedResolutions) this.#levels[name].grow(this.#capacity)
  }
}
