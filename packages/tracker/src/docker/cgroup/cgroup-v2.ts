import { ControllerFiles, type CgroupWords } from './cgroup-files.ts'
import type { KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles } from './reading.ts'
import { countAfter } from './scan.ts'

const nsPerUs = 1000
const usage = Buffer.from('usage_usec ')
const words: CgroupWords = {
  version: 2,
  cpuNs: (buffer, size) => countAfter(buffer, size, usage) * nsPerUs,
  inactive: Buffer.from('inactive_file '),
  periods: Buffer.from('nr_periods '),
  throttled: Buffer.from('nr_throttled '),
  oomKills: Buffer.from('oom_kill '),
  read: Buffer.from(' rbytes='),
  write: Buffer.from(' wbytes='),
}

/**
 * A container in cgroup v2.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export function createCgroupV2(
  files: KernelFiles,
  folder: string,
  hostMemory: number,
): CgroupFiles {
  const cpu = files.file(`${folder}/cpu.stat`, 'often')
  const parts = {
    cpu,
    memory: files.file(`${folder}/memory.current`, 'often'),
    memoryStat: files.file(`${folder}/memory.stat`, 'seldom'),
    limit: files.file(`${folder}/memory.max`, 'seldom'),
    throttling: cpu,
    oom: files.file(`${folder}/memory.events`, 'seldom'),
    pids: files.file(`${folder}/pids.current`, 'seldom'),
    blocks: files.file(`${folder}/io.stat`, 'seldom'),
    pressure: new PressureFiles(files, folder),
  }
  return new ControllerFiles(words, parts, { buffer: files.buffer, memory: hostMemory })
}
