import type { ContainerStats } from '../model/metrics.ts'

/** How often a container is measured. */
export interface Pace {
  readonly intervalMs: number
  /** Measurements in a row that showed no activity. */
  readonly idle: number
}

const idleCpuPercent = 0.1
const hotCpuPercent = 80
const hotMemoryPercent = 85
const hotIntervalMs = 1000
const idleStages = [
  { after: 30, factor: 3 },
  { after: 60, factor: 6 },
] as const

/**
 * The next pace of a container under adaptive sampling: each second while it is near a limit, the configured interval
 * while it works, three and then six times that after 30 and 60 idle measurements (5 and 20 minutes at 10 s).
 */
export const nextPace = (pace: Pace, stats: ContainerStats, baseMs: number): Pace => {
  const hot =
    stats.memoryPercent >= hotMemoryPercent ||
    stats.cpuPercent >= hotCpuPercent ||
    stats.throttledPercent > 0
  if (hot) return { intervalMs: Math.min(hotIntervalMs, baseMs), idle: 0 }
  const quiet = stats.cpuPercent < idleCpuPercent && stats.networkRxRate + stats.networkTxRate === 0
  if (!quiet) return { intervalMs: baseMs, idle: 0 }
  const idle = pace.idle + 1
  const stage = idleStages.findLast(({ after }) => idle >= after)
  return { intervalMs: baseMs * (stage?.factor ?? 1), idle }
}
