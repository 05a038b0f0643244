/** How cgroups are mounted: version 2 with every controller, or version 1 with an empty version 2 beside it, as systemd's hybrid. */
export type Layout = 'unified' | 'hybrid'

/** What both the reader and the kernel's own files say of a container, by the formulas of `docker stats`. */
export interface Numbers {
  readonly cpuUsageNs: number
  readonly memoryUsage: number
  readonly memoryLimit: number
  readonly pidsCount: number
  readonly blockRead: number
  readonly blockWrite: number
  readonly periods: number
  readonly throttledPeriods: number
  readonly oomKills: number
}

/** One reading beside the kernel's files before and after it. */
export interface Compared {
  readonly before: Numbers
  readonly ours: Numbers
  readonly after: Numbers
}

/** A measurement of the monitor beside the least and the most that the kernel's files allow. */
export interface Measured {
  readonly cpuPercent: number
  readonly atLeast: number
  readonly atMost: number
  readonly throttledPercent: number
}

/** How a container was seen to end. */
export interface Ended {
  readonly code: string
  /** Descriptors of cgroup files that are open afterwards. */
  readonly filesLeft: number
}

/** How a container was seen to come back under its name, in a cgroup of the same path. */
export interface Recreated {
  readonly oldNs: number
  readonly codes: readonly string[]
  readonly identityChanged: boolean
  readonly now: Compared
}

/** What the guest found. */
export interface Report {
  readonly kernel: string
  readonly paths: readonly string[]
  readonly allocated: Compared
  readonly cached: Compared & { readonly inactiveFile: number }
  readonly counted: Compared
  readonly bounded: Compared & { readonly refused: boolean }
  readonly transferred: Compared
  readonly killed: Compared & { readonly signal: string | null }
  readonly nested: Compared
  readonly generous: Compared
  readonly throttled: readonly Compared[]
  readonly unthrottled: Compared
  readonly measured: readonly Measured[]
  readonly ended: readonly Ended[]
  readonly recreated: readonly Recreated[]
  /** The files of a container that did all of it, as the kernel writes them. */
  readonly texts: Readonly<Record<string, string>>
}
