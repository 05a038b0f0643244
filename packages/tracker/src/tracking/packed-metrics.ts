import type { WorkspaceMetrics } from '../model/metrics.ts'
import { formatUptime, parseUptime } from '../monitor/usage.ts'

const fields = [
  'cpuPercent',
  'memoryUsage',
  'memoryLimit',
  'networkRxMB',
  'networkTxMB',
  'uptimeMs',
  'lastActivity',
  'errorCount',
  'lastErrorTime',
] as const
const at = Object.fromEntries(fields.map((name, i) => [name, i])) as Record<
  (typeof fields)[number],
  number
>

/** Numbers of one workspace's metrics. */
export const packedWidth: number = fields.length
/** Of those, the first ones change with each measurement; the rest count faults. */
export const measuredWidth: number = at.lastActivity + 1

/** Writes what was measured, not the faults, into an array from a place on. */
export const packMeasured = (
  metrics: Omit<WorkspaceMetrics, 'errorCount' | 'lastErrorTime'>,
  into: Float64Array,
  from: number,
): void => {
  into[from + at.cpuPercent] = metrics.cpuPercent
  into[from + at.memoryUsage] = metrics.memoryUsage
  into[from + at.memoryLimit] = metrics.memoryLimit
  into[from + at.networkRxMB] = metrics.networkRxMB
  into[from + at.networkTxMB] = metrics.networkTxMB
  into[from + at.uptimeMs] = parseUptime(metrics.uptime)
  into[from + at.lastActivity] = metrics.lastActivity
}

/** Copies what was measured from a place on to the begin of another array. */
export const copyMeasured = (from: Float64Array, place: number, to: Float64Array): void => {
  for (let i = 0; i < measuredWidth; i += 1) to[i] = from[place + i] ?? 0
}

/** Writes metrics into an array from a place on. */
export const packMetrics = (metrics: WorkspaceMetrics, into: Float64Array, from: number): void => {
  packMeasured(metrics, into, from)
  into[from + at.errorCount] = metrics.errorCount
  into[from + at.lastErrorTime] = metrics.lastErrorTime
}

/** The metrics that stand in an array from a place on; faults from elsewhere, where they are kept there. */
export const unpackMetrics = (
  numbers: Float64Array,
  from: number,
  faults?: Pick<WorkspaceMetrics, 'errorCount' | 'lastErrorTime'>,
): WorkspaceMetrics => ({
  cpuPercent: numbers[from + at.cpuPercent] ?? 0,
  memoryUsage: numbers[from + at.memoryUsage] ?? 0,
  memoryLimit: numbers[from + at.memoryLimit] ?? 0,
  networkRxMB: numbers[from + at.networkRxMB] ?? 0,
  networkTxMB: numbers[from + at.networkTxMB] ?? 0,
  uptime: formatUptime(numbers[from + at.uptimeMs] ?? 0),
  lastActivity: numbers[from + at.lastActivity] ?? 0,
  errorCount: faults?.errorCount ?? numbers[from + at.errorCount] ?? 0,
  lastErrorTime: faults?.lastErrorTime ?? numbers[from + at.lastErrorTime] ?? 0,
})
