import { ControllerFiles, type CgroupWords } from './cgroup-files.ts'
import type { KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles } from './reading.ts'
import { countAt } from './scan.ts'

/** Folders of one container in the v1 hierarchies that are read; empty where one is not mounted or is not the container's. */
export interface CgroupV1Paths {
  readonly cpuacct: string
  readonly cpu: string
  readonly memory: string
  readonly pids: string
  readonly blkio: string
  /** Its folder in a version 2 hierarchy without these controllers, where one is mounted: it may have pressure. */
  readonly unified: string | undefined
}

const words: CgroupWords = {
  version: 1,
  cpuNs: (buffer, size) => countAt(buffer, 0, size),
  inactive: Buffer.from('total_inactive_file '),
  periods: Buffer.from('nr_periods '),
  throttled: Buffer.from('nr_throttled '),
  oomKills: Buffer.from('oom_kill '),
  read: Buffer.from(' Read '),
  write: Buffer.from(' Write '),
}

/**
 * A container in cgroup v1.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/
 */
export function createCgroupV1(
  files: KernelFiles,
  paths: CgroupV1Paths,
  hostMemory: number,
): CgroupFiles {
  const parts = {
    cpu: files.file(`${paths.cpuacct}/cpuacct.usage`, 'often'),
    memory: files.file(`${paths.memory}/memory.usage_in_bytes`, 'often'),
    memoryStat: files.file(`${paths.memory}/memory.stat`, 'seldom'),
    limit: files.file(`${paths.memory}/memory.limit_in_bytes`, 'seldom'),
    throttling: files.file(`${paths.cpu}/cpu.stat`, 'seldom'),
    oom: files.file(`${paths.memory}/memory.oom_control`, 'seldom'),
    pids: files.file(`${paths.pids}/pids.current`, 'seldom'),
    blocks: files.file(`${paths.blkio}/blkio.throttle.io_service_bytes_recursive`, 'seldom'),
    pressure: paths.unified === undefined ? undefined : new PressureFiles(files, paths.unified),
  }
  return new ControllerFiles(words, parts, { buffer: files.buffer, memory: hostMemory })
}
