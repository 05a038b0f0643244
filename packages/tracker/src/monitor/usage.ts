import type { ContainerStats, ResourceCounters } from '../model/metrics.ts'

const bytesPerMB = 1e6
const nsPerMs = 1e6
/** Below this the clock's grain would show in the rate. */
const shortestDeltaMs = 5
/** CPU percent above which a container counts as active. */
const activeCpuPercent = 0.1

/** Identifies the counters, and gives the wall-clock time of the reading. */
export interface UsageContext {
  readonly workspaceId: string
  readonly containerId: string
  /** In ms since 1970. */
  readonly now: number
  readonly lastActivity: number
}

/** Two CPU readings of one counter, far enough apart to make a rate. */
const baselineOf = (
  current: ResourceCounters,
  earlier: ResourceCounters | undefined,
): { readonly readAtMs: number; readonly cpuUsageNs: number } | undefined => {
  const usable = (base: { readAtMs: number; cpuUsageNs: number }): boolean =>
    current.readAtMs - base.readAtMs >= shortestDeltaMs && current.cpuUsageNs >= base.cpuUsageNs
  if (earlier !== undefined && earlier.identity === current.identity && usable(earlier))
    return earlier
  return current.previous !== undefined && usable(current.previous) ? current.previous : undefined
}

/** True when a rate can be made of these counters; otherwise a second reading is needed. */
export const hasBaseline = (
  current: ResourceCounters,
  earlier: ResourceCounters | undefined,
): boolean => baselineOf(current, earlier) !== undefined

const percentOf = (part: number, whole: number): number => (whole > 0 ? (part / whole) * 100 : 0)

const ratePerSecond = (delta: number, elapsedMs: number): number =>
  elapsedMs > 0 && delta > 0 ? (delta / elapsedMs) * 1000 : 0

const networkReadAt = (counters: ResourceCounters): number =>
  counters.networkReadAtMs ?? counters.readAtMs

const throttledSince = (
  current: ResourceCounters,
  earlier: ResourceCounters | undefined,
): number => {
  const periods = (current.periods ?? 0) - (earlier?.periods ?? 0)
  return periods > 0
    ? percentOf((current.throttledPeriods ?? 0) - (earlier?.throttledPeriods ?? 0), periods)
    : 0
}

/** Writes a duration like Go's `time.Duration.String`, without fractions: `1h2m3s`. */
export const formatUptime = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds}s`
  const rest = `${minutes % 60}m${seconds % 60}s`
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)}h${rest}`
}

const zero = 48
const units = 'hms'

/** The milliseconds of what `formatUptime` wrote; 0 for anything else. Called with each measurement, so it makes no garbage. */
export const parseUptime = (text: string): number => {
  let [seconds, value, digits, last] = [0, 0, 0, -1]
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - zero
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits += 1
      continue
    }
    const unit = units.indexOf(text.charAt(i))
    if (digits === 0 || unit <= last) return 0
    seconds += value * 60 ** (units.length - 1 - unit)
    value = 0
    digits = 0
    last = unit
  }
  return digits === 0 && last === units.length - 1 ? seconds * 1000 : 0
}

/**
 * Turns counters into measurements.
 * CPU is the growth of CPU time over the growth of the reader's clock, which equals the formula of `docker stats`
 * (usage over system time, times CPUs) without its need for the host's own CPU counter.
 * Counters that started again count from zero; without any baseline the CPU is 0.
 *
 * @see https://docs.docker.com/reference/api/engine/ "ContainerStats"
 */
export const toContainerStats = (
  context: UsageContext,
  current: ResourceCounters,
  earlier?: ResourceCounters,
): ContainerStats => {
  const same = earlier?.identity === current.identity ? earlier : undefined
  const base = baselineOf(current, earlier)
  const cpuPercent = base
    ? percentOf(current.cpuUsageNs - base.cpuUsageNs, (current.readAtMs - base.readAtMs) * nsPerMs)
    : 0
  const elapsedMs = same ? networkReadAt(current) - networkReadAt(same) : 0
  const networkRxRate = ratePerSecond(
    current.networkRxBytes - (same?.networkRxBytes ?? 0),
    elapsedMs,
  )
  const networkTxRate = ratePerSecond(
    current.networkTxBytes - (same?.networkTxBytes ?? 0),
    elapsedMs,
  )
  const active = cpuPercent > activeCpuPercent || networkRxRate + networkTxRate > 0
  return {
    workspaceId: context.workspaceId,
    containerId: context.containerId,
    cpuPercent,
    memoryUsage: current.memoryUsage,
    memoryLimit: current.memoryLimit,
    memoryPercent: percentOf(current.memoryUsage, current.memoryLimit),
    networkRxMB: current.networkRxBytes / bytesPerMB,
    networkTxMB: current.networkTxBytes / bytesPerMB,
    networkRxBytes: current.networkRxBytes,
    networkTxBytes: current.networkTxBytes,
    networkRxRate,
    networkTxRate,
    blockRead: current.blockRead,
    blockWrite: current.blockWrite,
    pidsCount: current.pidsCount,
    throttledPercent: throttledSince(current, same),
    oomKills: current.oomKills ?? null,
    pressure: current.pressure ?? null,
    uptime: formatUptime(current.startedAt === undefined ? 0 : context.now - current.startedAt),
    lastActivity: active ? context.now : context.lastActivity,
    errorCount: 0,
    lastErrorTime: 0,
    timestamp: context.now,
  }
}
