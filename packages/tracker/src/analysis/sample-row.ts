import type { ContainerStats, Pressure } from '../model/metrics.ts'

type NumberField = {
  [K in keyof ContainerStats]: ContainerStats[K] extends number ? K : never
}[keyof ContainerStats]
/** Megabytes are made of the bytes again. */
type SampleNumber = Exclude<NumberField, 'networkRxMB' | 'networkTxMB'>

/** Fields of a measurement that a row holds as numbers, in this order. */
export const sampleNumbers: readonly SampleNumber[] = [
  'timestamp',
  'cpuPercent',
  'memoryUsage',
  'memoryLimit',
  'memoryPercent',
  'networkRxBytes',
  'networkTxBytes',
  'networkRxRate',
  'networkTxRate',
  'blockRead',
  'blockWrite',
  'pidsCount',
  'throttledPercent',
  'lastActivity',
  'errorCount',
  'lastErrorTime',
]

/** A measurement without the names of its fields, a third of the size: container, uptime, kills, pressure, then the numbers. */
export type SampleRow = readonly [
  containerId: string,
  uptime: string,
  oomKills: number | null,
  pressure: Pressure | null,
  values: readonly number[],
]

const bytesPerMB = 1e6
const thousandths = 1000

export const toSampleRow = (stats: ContainerStats): SampleRow => [
  stats.containerId,
  stats.uptime,
  stats.oomKills,
  stats.pressure,
  sampleNumbers.map((name) => Math.round(stats[name] * thousandths) / thousandths),
]

export const fromSampleRow = (
  workspaceId: string,
  [containerId, uptime, oomKills, pressure, values]: SampleRow,
): ContainerStats => {
  const read = Object.fromEntries(sampleNumbers.map((name, i) => [name, values[i] ?? 0])) as Record<
    SampleNumber,
    number
  >
  const networkRxMB = read.networkRxBytes / bytesPerMB
  const networkTxMB = read.networkTxBytes / bytesPerMB
  return { workspaceId, containerId, uptime, oomKills, pressure, ...read, networkRxMB, networkTxMB }
}
