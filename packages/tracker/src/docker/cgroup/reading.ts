import type { Pressure } from '../../model/metrics.ts'

/** What was last read of one container. Written in place, so that reading makes no garbage. */
export interface Reading {
  cpuUsageNs: number
  /** With page cache. */
  memoryTotal: number
  /** Page cache that the kernel would give up first; NaN when it does not say. */
  inactiveFile: number
  memoryLimit: number
  pidsCount: number
  blockRead: number
  blockWrite: number
  periods: number
  throttledPeriods: number
  oomKills: number
  pressure: Pressure | undefined
}

/** The cgroup files of one container. */
export interface CgroupFiles {
  readonly version: 1 | 2
  /** CPU time so far, in ns: the cheapest sign of life. @throws the file system's error when the container is gone. */
  readCpuNs(): number
  /** Bytes with page cache. @throws the file system's error when the container is gone. */
  readMemoryTotal(): number
  /** Page cache that the kernel would give up first; NaN when it does not say. @throws the file system's error when the container is gone. */
  readInactiveFile(): number
  /** Scheduler periods. @throws the file system's error when the container is gone. */
  readThrottling(into: Reading): void
  /** What changes slowly or costs more, throttling included. @throws the file system's error when the container is gone. */
  readRest(into: Reading): void
  close(): void
}

/**
 * The memory that a limit leaves: the host's where there is no limit (NaN), or one beyond what the host has, as version 1 writes "no limit" and
 * `docker stats` shows it. A host that does not say what it has is 0 here.
 */
export const limitOf = (limit: number, hostMemory: number): number =>
  Number.isNaN(limit) || (hostMemory > 0 && limit > hostMemory) ? hostMemory : limit

/** A reading of nothing yet. */
export const emptyReading = (): Reading => ({
  cpuUsageNs: -1,
  memoryTotal: 0,
  inactiveFile: Number.NaN,
  memoryLimit: 0,
  pidsCount: 0,
  blockRead: 0,
  blockWrite: 0,
  periods: 0,
  throttledPeriods: 0,
  oomKills: 0,
  pressure: undefined,
})
