import type { ResourceCounters } from './metrics.ts'

/** Counters that are written in place and handed out again and again, so that measuring makes no garbage. */
export type ReusedCounters = { -readonly [K in keyof ResourceCounters]: ResourceCounters[K] }

/** Counters of nothing yet, with every field in its place. */
export const emptyCounters = (): ReusedCounters => ({
  identity: '',
  readAtMs: 0,
  cpuUsageNs: 0,
  memoryUsage: 0,
  memoryLimit: 0,
  networkRxBytes: 0,
  networkTxBytes: 0,
  networkReadAtMs: 0,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 0,
  periods: 0,
  throttledPeriods: 0,
  oomKills: 0,
  pressure: undefined,
  startedAt: 0,
})
