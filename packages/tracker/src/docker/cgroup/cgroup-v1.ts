import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles, Reading } from './reading.ts'
import { countAfter, countAt } from './scan.ts'
import { parseCount, valueOf } from './text.ts'

/** Folders of one container in the v1 hierarchies that are read. */
export interface CgroupV1Paths {
  readonly cpuacct: string
  readonly cpu: string
  readonly memory: string
  readonly pids: string
  readonly blkio: string
  /** Its folder in a version 2 hierarchy without these controllers, where one is mounted: it may have pressure. */
  readonly unified: string | undefined
}

/** A v1 limit this large means that there is none. */
const unlimited = 2 ** 62
const inactiveKey = Buffer.from('total_inactive_file ')

const blockBytes = (text: string | undefined, operation: string): number => {
  let sum = 0
  for (const line of text?.split('\n') ?? []) {
    const [, op, value] = line.split(' ')
    if (op === operation) sum += parseCount(value) ?? 0
  }
  return sum
}

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
    return countAfter(this.#buffer, this.#memoryStat.read(), inactiveKey)
  }

  readThrottling(into: Reading): void {
    const throttling = this.#throttling.text() ?? ''
    into.periods = valueOf(throttling, 'nr_periods') ?? 0
    into.throttledPeriods = valueOf(throttling, 'nr_throttled') ?? 0
  }

  readRest(into: Reading): void {
    const limit = parseCount(this.#limit.text()) ?? unlimited
    into.memoryLimit = limit >= unlimited ? this.#hostMemory : limit
    this.readThrottling(into)
    into.oomKills = valueOf(this.#oom.text() ?? '', 'oom_kill') ?? 0
    into.pidsCount = parseCount(this.#pids.text()) ?? 0
    const blocks = this.#blocks.text()
    into.blockRead = blockBytes(blocks, 'Read')
    into.blockWrite = blockBytes(blocks, 'Write')
    into.pressure = this.#pressure?.read()
  }

  close(): void {
    const own = [this.#usage, this.#memory, this.#memoryStat, this.#limit, this.#throttling]
    for (const file of [...own, this.#oom, this.#pids, this.#blocks]) file.close()
    this.#pressure?.close()
  }
}
