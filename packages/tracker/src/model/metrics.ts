/**
 * What a workspace uses, as the seed names it.
 *
 * @see seeds/tracker.md "WorkspaceMetrics" (Go `WorkspaceMetrics`)
 */
export interface WorkspaceMetrics {
  /** Percent of one CPU: 100 is one full core, 250 is two and a half. */
  cpuPercent: number
  /** Bytes in use without reclaimable page cache, as `docker stats` shows them. */
  memoryUsage: number
  /** Bytes allowed; the memory of the host when the container has no limit. */
  memoryLimit: number
  /** Received since the container started, in MB (10^6 bytes, as `docker stats` prints). */
  networkRxMB: number
  /** Sent since the container started, in MB (10^6 bytes). */
  networkTxMB: number
  /** Time since the container started, written like Go's durations: `1h2m3s`; `0s` while it does not run. */
  uptime: string
  /** When CPU, network or an exec last showed life, in ms since 1970; 0 when never. */
  lastActivity: number
  /** Crashes, out-of-memory kills and failed reads seen since tracking began. */
  errorCount: number
  /** When the last of them happened, in ms since 1970; 0 when never. */
  lastErrorTime: number
}

/** Pressure stall information of a cgroup: percent of the last 10 s that tasks waited. */
export interface Pressure {
  readonly cpuSome: number
  readonly memorySome: number
  readonly memoryFull: number
  readonly ioSome: number
}

/** One measurement of one container: the workspace's metrics plus what only a monitor needs. */
export interface ContainerStats extends WorkspaceMetrics {
  workspaceId: string
  containerId: string
  /** `memoryUsage` as a percentage of `memoryLimit`. */
  memoryPercent: number
  /** Bytes since the container started. */
  networkRxBytes: number
  networkTxBytes: number
  /** Bytes per second between the last two readings of the network counters. */
  networkRxRate: number
  networkTxRate: number
  /** Bytes read from and written to block devices since the container started. */
  blockRead: number
  blockWrite: number
  pidsCount: number
  /** Percent of scheduler periods in which the CPU limit stopped the container; 0 without a limit. */
  throttledPercent: number
  /** Processes killed for memory in this cgroup since it was made; null where the source cannot tell. */
  oomKills: number | null
  /** Null where there are no pressure files: a remote engine, a kernel without PSI, or no cgroup v2 hierarchy. */
  pressure: Pressure | null
  /** When the counters were read, in ms since 1970. */
  timestamp: number
}

/** Counters of one container as a source reads them. Cumulative values never go down while `identity` stays the same. */
export interface ResourceCounters {
  /** Changes when the counters start again from zero: container id plus start time. */
  readonly identity: string
  /** Monotonic clock of the reading host at the moment of the read, in ms; only differences count. */
  readonly readAtMs: number
  readonly cpuUsageNs: number
  /** Bytes without reclaimable page cache. */
  readonly memoryUsage: number
  readonly memoryLimit: number
  readonly networkRxBytes: number
  readonly networkTxBytes: number
  /** When the network counters were read, by the clock of `readAtMs`, where that was earlier. Until they are read again their rate is 0. */
  readonly networkReadAtMs?: number
  readonly blockRead: number
  readonly blockWrite: number
  readonly pidsCount: number
  /** Scheduler periods, and those that were throttled. */
  readonly periods?: number
  readonly throttledPeriods?: number
  readonly oomKills?: number
  readonly pressure?: Pressure | undefined
  /** When the container started, in ms since 1970. */
  readonly startedAt?: number
  /** An earlier CPU reading delivered with this one, so that even a first sample has a rate. */
  readonly previous?: { readonly readAtMs: number; readonly cpuUsageNs: number }
}

/**
 * Sums over everything that is monitored.
 *
 * @see seeds/tracker.md "집계 메트릭" (Go `ResourceSummary`)
 */
export interface ResourceSummary {
  totalWorkspaces: number
  activeContainers: number
  /** When the newest measurement in the sums was taken, in ms since 1970; 0 before the first. */
  lastUpdated: number
  totalCpuUsage: number
  totalMemoryUsage: number
  /** Received plus sent, in MB. */
  totalNetworkIoMB: number
  /** Null when the source cannot describe its host. */
  systemStats: SystemStats | null
  averageCpuUsage: number
  averageMemoryUsage: number
  /** Highest single container since the monitor started. */
  peakCpuUsage: number
  peakMemoryUsage: number
}

/** The host that runs the containers. */
export interface SystemStats {
  containersTotal: number
  containersRunning: number
  containersStopped: number
  imagesTotal: number
  memoryTotal: number
  /** Sum of the memory of the monitored containers, in bytes. */
  memoryUsed: number
  cpuCount: number
  dockerVersion: string
  timestamp: number
}
