import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles, Reading } from './reading.ts'
import { limitOf } from './reading.ts'
import { countAfter, countAt, sumAfter } from './scan.ts'

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

const keys = {
  inactive: Buffer.from('total_inactive_file '),
  periods: Buffer.from('nr_periods '),
  throttled: Buffer.from('nr_throttled '),
  oomKills: Buffer.from('oom_kill '),
  read: Buffer.from(' Read '),
  write: Buffer.from(' Write '),
} as const

/**
 * A container in cgroup v1.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/
 */
export class CgroupV1Files implements CgroupFiles {
  readonly version = 1
  readonly #buffer: Buffer
  readonly #hostMemory: number
  readonly #usage: KernelFile
  readonly #memory: KernelFile
  readonly #memoryStat: KernelFile
  readonly #limit: KernelFile
  readonly #throttling: KernelFile
  readonly #oom: KernelFile
  readonly #pids: KernelFile
  readonly #blocks: KernelFile
  readonly #pressure: PressureFiles | undefined

  constructor(files: KernelFiles, paths: CgroupV1Paths, hostMemory: number) {
    this.#buffer = files.buffer
    this.#hostMemory = hostMemory
    this.#usage = files.file(`${paths.cpuacct}/cpuacct.usage`, 'often')
    this.#memory = files.file(`${paths.memory}/memory.usage_in_bytes`, 'often')
    this.#memoryStat = files.file(`${paths.memory}/memory.stat`, 'seldom')
    this.#limit = files.file(`${paths.memory}/memory.limit_in_bytes`, 'seldom')
    this.#throttling = files.file(`${paths.cpu}/cpu.stat`, 'seldom')
    this.#oom = files.file(`${paths.memory}/memory.oom_control`, 'seldom')
    this.#pids = files.file(`${paths.pids}/pids.current`, 'seldom')
    this.#blocks = files.file(`${paths.blkio}/blkio.throttle.io_service_bytes_recursive`, 'seldom')
    this.#pressure =
      paths.unified === undefined ? undefined : new PressureFiles(files, paths.unified)
  }

  readCpuNs(): number {
    return countAt(this.#buffer, 0, this.#usage.read())
  }

  readMemoryTotal(): number {
    return countAt(this.#buffer, 0, this.#memory.read())
  }

  readInactiveFile(): number {
    return countAfter(this.#buffer, this.#memoryStat.read(), keys.inactive)
  }

  readThrottling(into: Reading): void {
    const size = this.#throttling.readOptional()
    into.periods = countAfter(this.#buffer, size, keys.periods) || 0
    into.throttledPeriods = countAfter(this.#buffer, size, keys.throttled) || 0
  }

  readRest(into: Reading): void {
    const buffer = this.#buffer
    const limit = countAt(buffer, 0, this.#limit.readOptional())
    into.memoryLimit = limitOf(limit, this.#hostMemory)
    this.readThrottling(into)
    into.oomKills = countAfter(buffer, this.#oom.readOptional(), keys.oomKills) || 0
    into.pidsCount = countAt(buffer, 0, this.#pids.readOptional()) || 0
    const size = this.#blocks.readOptional()
    into.blockRead = sumAfter(buffer, size, keys.read)
    into.blockWrite = sumAfter(buffer, size, keys.write)
    into.pressure = this.#pressure?.read()
  }

  close(): void {
    const own = [this.#usage, this.#memory, this.#memoryStat, this.#limit, this.#throttling]
    for (const file of [...own, this.#oom, this.#pids, this.#blocks]) file.close()
    this.#pressure?.close()
  }
}
