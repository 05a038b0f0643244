import { withoutCache } from '../parse-stats.ts'
import type { KernelFiles } from './kernel-files.ts'
import type { CgroupReading } from './reading.ts'
import { parseCount, parsePressure, valueOf } from './text.ts'

const nsPerUs = 1000

const ioBytes = (text: string | undefined, key: string): number => {
  let sum = 0
  for (const match of text?.matchAll(new RegExp(`\\b${key}=(\\d{1,20})\\b`, 'g')) ?? [])
    sum += Number(match[1])
  return sum
}

/** Files that `readCgroupV2` opens, for releasing their descriptors. */
export const filesOfV2 = (folder: string): readonly string[] =>
  [
    'cpu.stat',
    'memory.current',
    'memory.stat',
    'memory.max',
    'memory.events',
    'pids.current',
    'io.stat',
    'cpu.pressure',
    'memory.pressure',
    'io.pressure',
  ].map((name) => `${folder}/${name}`)

const pressureOf = (files: KernelFiles, folder: string): CgroupReading['pressure'] => {
  const cpu = files.readOptional(`${folder}/cpu.pressure`)
  const memory = files.readOptional(`${folder}/memory.pressure`)
  const io = files.readOptional(`${folder}/io.pressure`)
  if (cpu === undefined || memory === undefined || io === undefined) return undefined
  const { some, full } = parsePressure(memory)
  return {
    cpuSome: parsePressure(cpu).some,
    memorySome: some,
    memoryFull: full,
    ioSome: parsePressure(io).some,
  }
}

/**
 * Reads the counters of a container from cgroup v2.
 *
 * @throws the file system's error when the container is gone.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export const readCgroupV2 = (
  files: KernelFiles,
  folder: string,
  hostMemory: number,
): CgroupReading => {
  const cpu = files.read(`${folder}/cpu.stat`)
  const usage = parseCount(files.read(`${folder}/memory.current`)) ?? 0
  const io = files.readOptional(`${folder}/io.stat`)
  const limit = parseCount(files.readOptional(`${folder}/memory.max`))
  const pressure = pressureOf(files, folder)
  return {
    cpuUsageNs: (valueOf(cpu, 'usage_usec') ?? 0) * nsPerUs,
    memoryUsage: withoutCache(usage, valueOf(files.read(`${folder}/memory.stat`), 'inactive_file')),
    memoryLimit: limit ?? hostMemory,
    pidsCount: parseCount(files.readOptional(`${folder}/pids.current`)) ?? 0,
    blockRead: ioBytes(io, 'rbytes'),
    blockWrite: ioBytes(io, 'wbytes'),
    periods: valueOf(cpu, 'nr_periods') ?? 0,
    throttledPeriods: valueOf(cpu, 'nr_throttled') ?? 0,
    oomKills: valueOf(files.readOptional(`${folder}/memory.events`) ?? '', 'oom_kill') ?? 0,
    ...(pressure === undefined ? {} : { pressure }),
  }
}
