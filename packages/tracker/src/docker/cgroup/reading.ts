import type { Pressure } from '../../model/metrics.ts'

/** Read each time. */
export interface FastReading {
  readonly cpuUsageNs: number
  /** With page cache. */
  readonly memoryTotal: number
}

/** What changes slowly or costs more to read. */
export interface SlowReading {
  /** Page cache that the kernel would give up first. */
  readonly inactiveFile: number | undefined
  readonly memoryLimit: number
  readonly pidsCount: number
  readonly blockRead: number
  readonly blockWrite: number
  readonly periods: number
  readonly throttledPeriods: number
  readonly oomKills: number
  readonly pressure?: Pressure
}
