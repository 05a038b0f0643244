import type { ReusedCounters } from '../model/counters.ts'
import { emptyCounters } from '../model/counters.ts'
import type { ContainerStats, Pressure, ResourceCounters } from '../model/metrics.ts'
import { NumberRows } from '../model/number-rows.ts'
import { TextColumn } from '../model/text-column.ts'
import { formatUptime } from './usage.ts'

const columns = [
  'readAtMs',
  'cpuUsageNs',
  'memoryUsage',
  'memoryLimit',
  'networkRxBytes',
  'networkTxBytes',
  'networkReadAtMs',
  'blockRead',
  'blockWrite',
  'periods',
  'throttledPeriods',
  'oomKills',
  'startedAt',
  'lastActivity',
  'timestamp',
  'cpuPercent',
  'networkRxRate',
  'networkTxRate',
  'throttledPercent',
  'pidsCount',
] as const
type Column = (typeof columns)[number]
const width: number = columns.length
const at = Object.fromEntries(columns.map((name, i) => [name, i])) as Record<Column, number>
const bytesPerMB = 1e6

/** Whose row it is. */
export interface RowOwner {
  readonly workspaceId: string
  readonly containerId: string
}

/** The newest counters and measurement of every container, side by side: 160 bytes each. */
export class UsageTable {
  readonly #rows = new NumberRows(width)
  /** Empty while a container has not been measured. */
  readonly #identities = new TextColumn<string>('')
  /** Only of those that have one. */
  readonly #pressure = new Map<number, Pressure>()
  readonly #earlier: ReusedCounters = emptyCounters()

  /** The counters that rates are made from; undefined before the first. The next call writes over them. */
  earlier(slot: number): ResourceCounters | undefined {
    const identity = this.#identities.get(slot)
    if (identity === '') return undefined
    const earlier = this.#earlier
    const rows = this.#rows.arrayOf(slot)
    const row = this.#rows.placeOf(slot)
    earlier.identity = identity
    earlier.readAtMs = rows[row + at.readAtMs] ?? 0
    earlier.cpuUsageNs = rows[row + at.cpuUsageNs] ?? 0
    earlier.networkRxBytes = rows[row + at.networkRxBytes] ?? 0
    earlier.networkTxBytes = rows[row + at.networkTxBytes] ?? 0
    earlier.networkReadAtMs = rows[row + at.networkReadAtMs] ?? 0
    earlier.periods = rows[row + at.periods] ?? 0
    earlier.throttledPeriods = rows[row + at.throttledPeriods] ?? 0
    return earlier
  }

  /** When the container last showed life, in ms since 1970; 0 when never. */
  lastActivity(slot: number): number {
    return this.#identities.get(slot) === '' ? 0 : this.#get(slot, at.lastActivity)
  }

  put(slot: number, counters: ResourceCounters, stats: ContainerStats): void {
    const rows = this.#rows.arrayOf(slot)
    const row = this.#rows.placeOf(slot)
    this.#identities.set(slot, counters.identity)
    rows[row + at.readAtMs] = counters.readAtMs
    rows[row + at.cpuUsageNs] = counters.cpuUsageNs
    rows[row + at.memoryUsage] = counters.memoryUsage
    rows[row + at.memoryLimit] = counters.memoryLimit
    rows[row + at.networkRxBytes] = counters.networkRxBytes
    rows[row + at.networkTxBytes] = counters.networkTxBytes
    rows[row + at.networkReadAtMs] = counters.networkReadAtMs ?? counters.readAtMs
    rows[row + at.blockRead] = counters.blockRead
    rows[row + at.blockWrite] = counters.blockWrite
    rows[row + at.periods] = counters.periods ?? 0
    rows[row + at.throttledPeriods] = counters.throttledPeriods ?? 0
    rows[row + at.oomKills] = counters.oomKills ?? Number.NaN
    rows[row + at.startedAt] = counters.startedAt ?? Number.NaN
    rows[row + at.lastActivity] = stats.lastActivity
    rows[row + at.timestamp] = stats.timestamp
    rows[row + at.cpuPercent] = stats.cpuPercent
    rows[row + at.networkRxRate] = stats.networkRxRate
    rows[row + at.networkTxRate] = stats.networkTxRate
    rows[row + at.throttledPercent] = stats.throttledPercent
    rows[row + at.pidsCount] = counters.pidsCount
    if (stats.pressure !== null) this.#pressure.set(slot, stats.pressure)
    else if (this.#pressure.size > 0) this.#pressure.delete(slot)
  }

  /** The newest measurement; undefined before the first. */
  latest(slot: number, owner: RowOwner): ContainerStats | undefined {
    if (this.#identities.get(slot) === '') return undefined
    const value = (column: Column): number => this.#get(slot, at[column])
    const [memoryUsage, memoryLimit] = [value('memoryUsage'), value('memoryLimit')]
    const [rx, tx, timestamp] = [
      value('networkRxBytes'),
      value('networkTxBytes'),
      value('timestamp'),
    ]
    const [oomKills, startedAt] = [value('oomKills'), value('startedAt')]
    return {
      workspaceId: owner.workspaceId,
      containerId: owner.containerId,
      cpuPercent: value('cpuPercent'),
      memoryUsage,
      memoryLimit,
      memoryPercent: memoryLimit > 0 ? (memoryUsage / memoryLimit) * 100 : 0,
      networkRxMB: rx / bytesPerMB,
      networkTxMB: tx / bytesPerMB,
      networkRxBytes: rx,
      networkTxBytes: tx,
      networkRxRate: value('networkRxRate'),
      networkTxRate: value('networkTxRate'),
      blockRead: value('blockRead'),
      blockWrite: value('blockWrite'),
      pidsCount: value('pidsCount'),
      throttledPercent: value('throttledPercent'),
      oomKills: Number.isNaN(oomKills) ? null : oomKills,
      pressure: this.#pressure.get(slot) ?? null,
      uptime: formatUptime(Number.isNaN(startedAt) ? 0 : timestamp - startedAt),
      lastActivity: value('lastActivity'),
      errorCount: 0,
      lastErrorTime: 0,
      timestamp,
    }
  }

  /** Empties a row for its next owner. */
  clear(slot: number): void {
    this.#identities.set(slot, '')
    this.#pressure.delete(slot)
  }

  #get(slot: number, column: number): number {
    return this.#rows.arrayOf(slot)[this.#rows.placeOf(slot) + column] ?? 0
  }
}
