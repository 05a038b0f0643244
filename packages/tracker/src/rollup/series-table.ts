import { Slots } from '../model/slots.ts'
import type { MetricName, Resolution, RollupRow } from './rows.ts'
import type { Lengths } from './series-page.ts'
import { SeriesPage, pageSize } from './series-page.ts'

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

/** The recent past of every workspace, about 1.5 KB each. */
export class SeriesTable {
  readonly #lengths: Lengths
  readonly #slots = new Slots()
  readonly #pages: SeriesPage[] = []

  constructor({ raw = 60, minutes = 5, hours = 8, days = 2 }: MemoryTiers = {}) {
    this.#lengths = { '10s': raw, '1m': minutes, '1h': hours, '1d': days }
  }

  get size(): number {
    return this.#slots.size
  }

  /** Bytes of the arrays, used or not. */
  get bytes(): number {
    return this.#pages.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  ids(): IterableIterator<string> {
    return this.#slots.ids()
  }

  has(workspaceId: string): boolean {
    return this.#slots.find(workspaceId) !== undefined
  }

  /** Adds one measurement of every metric and gives back the periods that it closed. A clock that went back counts as standing still. */
  add(workspaceId: string, atMs: number, values: readonly number[]): readonly RollupRow[] {
    const slot = this.#slots.find(workspaceId) ?? this.#open(workspaceId, atMs)
    return this.#pageOf(slot).add({ workspaceId, slot: slot % pageSize }, atMs, values)
  }

  /** Rows in memory, in order of time; the period under way is the last. */
  rows(workspaceId: string, metric: MetricName, resolution: Resolution): readonly RollupRow[] {
    const slot = this.#slots.find(workspaceId)
    if (slot === undefined) return []
    return this.#pageOf(slot).rows({ workspaceId, slot: slot % pageSize }, metric, resolution)
  }

  /** Takes out the periods under way, as far as they were measured; what follows in them makes rows of its own. */
  takeOpen(workspaceId: string): readonly RollupRow[] {
    const slot = this.#slots.find(workspaceId)
    if (slot === undefined) return []
    return this.#pageOf(slot).takeOpen({ workspaceId, slot: slot % pageSize })
  }

  /** Forgets a workspace and reuses its place. */
  forget(workspaceId: string): void {
    this.#slots.close(workspaceId)
  }

  /** The workspace that has not been measured for the longest time. */
  stalest(): string | undefined {
    let found: string | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const slot of this.#slots.slots()) {
      const lastMs = this.#pageOf(slot).lastMs(slot % pageSize)
      if (lastMs >= oldest) continue
      oldest = lastMs
      found = this.#slots.idOf(slot)
    }
    return found
  }

  #pageOf(slot: number): SeriesPage {
    const number = Math.floor(slot / pageSize)
    return (this.#pages[number] ??= new SeriesPage(this.#lengths))
  }

  #open(workspaceId: string, atMs: number): number {
    const slot = this.#slots.open(workspaceId)
    this.#pageOf(slot).open(slot % pageSize, atMs)
    return slot
  }
}
