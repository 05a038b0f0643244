import type { ResourceCounters } from '../../model/metrics.ts'

/** The part of the counters that cgroup files hold. */
export type CgroupReading = Omit<
  ResourceCounters,
  'identity' | 'readAtMs' | 'networkRxBytes' | 'networkTxBytes' | 'startedAt' | 'previous'
>
