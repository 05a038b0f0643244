import type { KernelFiles } from './kernel-files.ts'
import type { FastReading, SlowReading } from './reading.ts'
import { parseCount, parsePressure, valueOf } from './text.ts'

const nsPerUs = 1000

const ioBytes = (text: string | undefined, key: string): number => {
  let sum = 0
  for (const match of text?.matchAll(new RegExp(`\\b${key}=(\\d{1,20})\\b`, 'g')) ?? [])
    sum += Number(match[1])
  return sum
}

/** Files that are read, for releasing their descriptors. */
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

const pressureOf = (files: KernelFiles, folder: string): SlowReading['pressure'] => {
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
 * Reads what is needed each time from cgroup v2.
 *
 * @throws the file system's error when the container is gone.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export const readFastV2 = (files: KernelFiles, folder: string): FastReading => ({
  cpuUsageNs: (valueOf(files.read(`${folder}/cpu.stat`), 'usage_usec') ?? 0) * nsPerUs,
  memoryTotal: parseCount(files.read(`${folder}/memory.current`)) ?? 0,
})

/** Reads the rest from cgroup v2. @throws the file system's error when the container is gone. */
export const readSlowV2 = (files: KernelFiles, folder: string, hostMemory: number): SlowReading => {
  const cpu = files.read(`${folder}/cpu.stat`)
  const io = files.readOptional(`${folder}/io.stat`)
  const pressure = pressureOf(files, folder)
  return {
    inactiveFile: valueOf(files.read(`${folder}/memory.stat`), 'inactive_file'),
    memoryLimit: parseCount(files.readOptional(`${folder}/memory.max`)) ?? hostMemory,
    pidsCount: parseCount(files.readOptional(`${folder}/pids.current`)) ?? 0,
    blockRead: ioBytes(io, 'rbytes'),
    blockWrite: ioBytes(io, 'wbytes'),
    periods: valueOf(cpu, 'nr_periods') ?? 0,
    throttledPeriods: valueOf(cpu, 'nr_throttled') ?? 0,
    oomKills: valueOf(files.readOptional(`${folder}/memory.events`) ?? '', 'oom_kill') ?? 0,
    ...(pressure === undefined ? {} : { pressure }),
  }
}
