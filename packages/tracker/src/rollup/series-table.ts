import { Level } from './level.ts'
import { emptyCode, fromCode, toCode } from './quantize.ts'
import type { MetricName, Resolution, RollupRow } from './rows.ts'
import { metricNames, resolutionMs } from './rows.ts'

/** How much of each resolution stays in memory. */
export interface MemoryTiers {
  /** Periods of 10 s. Default 60, ten minutes. */
  readonly raw?: number
  /** Default 10. */
  readonly minutes?: number
  /** Default 8. */
  readonly hours?: number
  /** Default 2. */
  readonly days?: number
}

const rawMs = resolutionMs['10s']
const width: number = metricNames.length
const firstCapacity = 16
/** Doubling would leave up to half of the arrays unused. */
const growth = 1.25
const closedResolutions = ['1m', '1h', '1d'] as const

interface Slot {
  readonly index: number
  lastMs: number
  readonly periods: { raw: number; '1m': number; '1h': number; '1d': number }
}

/** The recent past of every workspace, about 2.5 KB each, in a few arrays that grow as needed. */
export class SeriesTable {
  readonly #slots = new Map<string, Slot>()
  readonly #free: number[] = []
  readonly #rawLength: number
  readonly #levels: Readonly<Record<'1m' | '1h' | '1d', Level>>
  #raw: Uint16Array
  #capacity = firstCapacity

  constructor(tiers: MemoryTiers = {}) {
    const series = firstCapacity * width
    this.#rawLength = tiers.raw ?? 60
    this.#raw = new Uint16Array(series * this.#rawLength).fill(emptyCode)
    this.#levels = {
      '1m': new Level(
        { periodMs: resolutionMs['1m'], length: tiers.minutes ?? 10, bins: 6 },
        series,
      ),
      '1h': new Level({ periodMs: resolutionMs['1h'], length: tiers.hours ?? 8, bins: 20 }, series),
      '1d': new Level({ periodMs: resolutionMs['1d'], length: tiers.days ?? 2, bins: 20 }, series),
    }
  }

  get size(): number {
    return this.#slots.size
  }

  /** Bytes of the arrays, used or not. */
  get bytes(): number {
    return closedResolutions.reduce(
      (sum, name) => sum + this.#levels[name].bytes,
      this.#raw.byteLength,
    )
  }

  ids(): IterableIterator<string> {
    return this.#slots.keys()
  }

  /** Adds one measurement of every metric and gives back the periods that it closed. A clock that went back counts as standing still. */
  add(workspaceId: string, atMs: number, values: readonly number[]): readonly RollupRow[] {
    const slot = this.#slots.get(workspaceId) ?? this.#open(workspaceId, atMs)
    const now = Math.max(atMs, slot.lastMs)
    slot.lastMs = now
    const rows = this.#advance(workspaceId, slot, now)
    for (const [metric, value] of values.entries()) {
      const series = slot.index * width + metric
      const code = toCode(value)
      this.#raw[series * this.#rawLength + (slot.periods.raw % this.#rawLength)] = code
      for (const name of closedResolutions) this.#levels[name].add(series, value, code)
    }
    return rows
  }

  /** Rows in memory, in order of time; the period under way is the last. */
  rows(workspaceId: string, metric: MetricName, resolution: Resolution): readonly RollupRow[] {
    const slot = this.#slots.get(workspaceId)
    if (slot === undefined) return []
    const series = slot.index * width + metricNames.indexOf(metric)
    if (resolution === '10s') return this.#rawRows(workspaceId, slot, metric)
    const level = this.#levels[resolution]
    const current = slot.periods[resolution]
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
      const period = slot.periods[resolution]
      for (const [i, metric] of metricNames.entries()) {
        const cell = level.take(slot.index * width + i)
        if (cell !== undefined) {
          rows.push({ workspaceId, metric, resolution, startMs: period * level.periodMs, ...cell })
        }
      }
    }
    return rows
  }

  /** Forgets a workspace and reuses its place. */
  forget(workspaceId: string): void {
    const slot = this.#slots.get(workspaceId)
    if (slot === undefined) return
    this.#slots.delete(workspaceId)
    this.#free.push(slot.index)
  }

  /** The workspace that has not been measured for the longest time. */
  stalest(): string | undefined {
    let found: string | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const [id, { lastMs }] of this.#slots) {
      if (lastMs >= oldest) continue
      oldest = lastMs
      found = id
    }
    return found
  }

  has(workspaceId: string): boolean {
    return this.#slots.has(workspaceId)
  }

  #rawRows(workspaceId: string, slot: Slot, metric: MetricName): readonly RollupRow[] {
    const series = slot.index * width + metricNames.indexOf(metric)
    const rows: RollupRow[] = []
    for (
      let period = slot.periods.raw - this.#rawLength + 1;
      period <= slot.periods.raw;
      period += 1
    ) {
      const value =
        period < 0
          ? Number.NaN
          : fromCode(this.#raw[series * this.#rawLength + (period % this.#rawLength)] ?? emptyCode)
      if (Number.isNaN(value)) continue
      const same = { min: value, mean: value, max: value, p95: value, p99: value }
      rows.push({
        workspaceId,
        metric,
        resolution: '10s',
        startMs: period * rawMs,
        count: 1,
        ...same,
      })
    }
    return rows
  }

  #advance(workspaceId: string, slot: Slot, now: number): readonly RollupRow[] {
    const rows: RollupRow[] = []
    const raw = Math.floor(now / rawMs)
    if (raw > slot.periods.raw) this.#blankRaw(slot, raw)
    for (const resolution of closedResolutions) {
      const level = this.#levels[resolution]
      const [period, next] = [slot.periods[resolution], Math.floor(now / level.periodMs)]
      if (next <= period) continue
      slot.periods[resolution] = next
      for (const [i, metric] of metricNames.entries()) {
        const cell = level.roll(slot.index * width + i, period, next)
        if (cell !== undefined)
          rows.push({ workspaceId, metric, resolution, startMs: period * level.periodMs, ...cell })
      }
    }
    return rows
  }

  #blankRaw(slot: Slot, next: number): void {
    for (
      let period = Math.max(slot.periods.raw + 1, next - this.#rawLength + 1);
      period <= next;
      period += 1
    ) {
      for (let i = 0; i < width; i += 1)
        this.#raw[(slot.index * width + i) * this.#rawLength + (period % this.#rawLength)] =
          emptyCode
    }
    slot.periods.raw = next
  }

  #open(workspaceId: string, atMs: number): Slot {
    const index = this.#free.pop() ?? this.#slots.size
    if (index >= this.#capacity) this.#grow()
    for (let i = 0; i < width; i += 1) {
      const series = index * width + i
      this.#raw.fill(emptyCode, series * this.#rawLength, (series + 1) * this.#rawLength)
      for (const name of closedResolutions) this.#levels[name].clear(series)
    }
    const at = (ms: number): number => Math.floor(atMs / ms)
    const periods = {
      raw: at(rawMs),
      '1m': at(resolutionMs['1m']),
      '1h': at(resolutionMs['1h']),
      '1d': at(resolutionMs['1d']),
    }
    const slot = { index, lastMs: atMs, periods }
    this.#slots.set(workspaceId, slot)
    return slot
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * growth)
    const series = this.#capacity * width
    const raw = new Uint16Array(series * this.#rawLength).fill(emptyCode)
    raw.set(this.#raw)
    this.#raw = raw
    for (const name of closedResolutions) this.#levels[name].grow(series)
  }
}
