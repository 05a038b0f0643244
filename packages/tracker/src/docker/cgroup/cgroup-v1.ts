import type { FastReading, SlowReading } from './reading.ts'
import type { KernelFiles } from './kernel-files.ts'
import { parseCount, valueOf } from './text.ts'

/** Folders of one container in the v1 hierarchies that are read. */
export interface CgroupV1Paths {
  readonly cpuacct: string
  readonly cpu: string
  readonly memory: string
  readonly pids: string
  readonly blkio: string
}

/** A v1 limit this large means that there is none. */
const unlimited = 2 ** 62

const blockBytes = (text: string | undefined, operation: string): number => {
  let sum = 0
  for (const line of text?.split('\n') ?? []) {
    const [, op, value] = line.split(' ')
    if (op === operation) sum += parseCount(value) ?? 0
  }
  return sum
}

/** Files that are read, for releasing their descriptors. */
export const filesOfV1 = (paths: CgroupV1Paths): readonly string[] => [
  `${paths.cpuacct}/cpuacct.usage`,
  `${paths.cpu}/cpu.stat`,
  `${paths.memory}/memory.usage_in_bytes`,
  `${paths.memory}/memory.stat`,
  `${paths.memory}/memory.limit_in_bytes`,
  `${paths.memory}/memory.oom_control`,
  `${paths.pids}/pids.current`,
  `${paths.blkio}/blkio.throttle.io_service_bytes_recursive`,
]

/**
 * Reads what is needed each time from cgroup v1.
 *
 * @throws the file system's error when the container is gone.
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/
 */
export const readFastV1 = (files: KernelFiles, paths: CgroupV1Paths): FastReading => ({
  cpuUsageNs: parseCount(files.read(`${paths.cpuacct}/cpuacct.usage`)) ?? 0,
  memoryTotal: parseCount(files.read(`${paths.memory}/memory.usage_in_bytes`)) ?? 0,
})

/** Reads the rest from cgroup v1. @throws the file system's error when the container is gone. */
export const readSlowV1 = (
  files: KernelFiles,
  paths: CgroupV1Paths,
  hostMemory: number,
): SlowReading => {
  const throttling = files.readOptional(`${paths.cpu}/cpu.stat`) ?? ''
  const limit = parseCount(files.readOptional(`${paths.memory}/memory.limit_in_bytes`)) ?? unlimited
  const io = files.readOptional(`${paths.blkio}/blkio.throttle.io_service_bytes_recursive`)
  return {
    inactiveFile: valueOf(files.read(`${paths.memory}/memory.stat`), 'total_inactive_file'),
    memoryLimit: limit >= unlimited ? hostMemory : limit,
    pidsCount: parseCount(files.readOptional(`${paths.pids}/pids.current`)) ?? 0,
    blockRead: blockBytes(io, 'Read'),
    blockWrite: blockBytes(io, 'Write'),
    periods: valueOf(throttling, 'nr_periods') ?? 0,
    throttledPeriods: valueOf(throttling, 'nr_throttled') ?? 0,
    oomKills:
      valueOf(files.readOptional(`${paths.memory}/memory.oom_control`) ?? '', 'oom_kill') ?? 0,
  }
}
