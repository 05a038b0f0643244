import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import type { CacheStats } from './container-cache.ts'

/** Options of `ResourceMonitor`. */
export interface ResourceMonitorOptions {
  /** Default 10,000. */
  collectIntervalMs?: number
  /** `adaptive` measures hot containers each second and idle ones up to six times less often. Default `fixed`. */
  sampling?: 'fixed' | 'adaptive'
  /** Measurements that wait for the source at a time. Default 64. */
  maxConcurrency?: number
  clock?: Clock
  logger?: Logger
}

/**
 * Numbers about a monitor.
 *
 * @see seeds/tracker.md (Go `MonitorStats`)
 */
export interface MonitorStats {
  activeMonitors: number
  collectIntervalMs: number
  cacheStats: CacheStats
  totalCollections: number
  failedCollections: number
}

/** Called with each measurement, or with what made one fail. */
export interface SampleListener {
  onSample(stats: ContainerStats): void
  onFailure?(workspaceId: string, containerId: string, error: unknown): void
}
