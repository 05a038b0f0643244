import type { ContainerStats, ResourceSummary, SystemStats } from '../model/metrics.ts'

/** Highest single measurements seen so far. */
export interface Peaks {
  readonly cpu: number
  readonly memory: number
}

/** Adds up the newest measurement of every container. */
export const summarize = (
  all: Iterable<ContainerStats>,
  peaks: Peaks,
  systemStats: SystemStats | null,
): ResourceSummary => {
  const workspaces = new Set<string>()
  const sums = { containers: 0, cpu: 0, memory: 0, network: 0, updated: 0 }
  for (const stats of all) {
    workspaces.add(stats.workspaceId)
    sums.containers += 1
    sums.cpu += stats.cpuPercent
    sums.memory += stats.memoryUsage
    sums.network += stats.networkRxMB + stats.networkTxMB
    sums.updated = Math.max(sums.updated, stats.timestamp)
  }
  const count = Math.max(1, sums.containers)
  return {
    totalWorkspaces: workspaces.size,
    activeContainers: sums.containers,
    lastUpdated: sums.updated,
    totalCpuUsage: sums.cpu,
    totalMemoryUsage: sums.memory,
    totalNetworkIoMB: sums.network,
    systemStats: systemStats && { ...systemStats, memoryUsed: sums.memory },
    averageCpuUsage: sums.cpu / count,
    averageMemoryUsage: sums.memory / count,
    peakCpuUsage: peaks.cpu,
    peakMemoryUsage: peaks.memory,
  }
}
