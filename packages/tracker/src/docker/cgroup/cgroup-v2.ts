import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles, Reading } from './reading.ts'
import { limitOf } from './reading.ts'
import { countAfter, countAt, sumAfter } from './scan.ts'

const nsPerUs = 1000
const keys = {
  usage: Buffer.from('usage_usec '),
  inactive: Buffer.from('inactive_file '),
  periods: Buffer.from('nr_periods '),
  throttled: Buffer.from('nr_throttled '),
  oomKills: Buffer.from('oom_kill '),
  read: Buffer.from(' rbytes='),
  write: Buffer.from(' wbytes='),
} as const

/**
 * A container in cgroup v2.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export class CgroupV2Files implements CgroupFiles {
  readonly version = 2
  readonly #buffer: Buffer
  readonly #hostMemory: number
  readonly #cpu: KernelFile
  readonly #memory: KernelFile
  readonly #memoryStat: KernelFile
  readonly #limit: KernelFile
  readonly #memoryEvents: KernelFile
  readonly #pids: KernelFile
  readonly #io: KernelFile
  readonly #pressure: PressureFiles

  constructor(files: KernelFiles, folder: string, hostMemory: number) {
    this.#buffer = files.buffer
    this.#hostMemory = hostMemory
    this.#cpu = files.file(`${folder}/cpu.stat`, 'often')
    this.#memory = files.file(`${folder}/memory.current`, 'often')
    this.#memoryStat = files.file(`${folder}/memory.stat`, 'seldom')
    this.#limit = files.file(`${folder}/memory.max`, 'seldom')
    this.#memoryEvents = files.file(`${folder}/memory.events`, 'seldom')
    this.#pids = files.file(`${folder}/pids.current`, 'seldom')
    this.#io = files.file(`${folder}/io.stat`, 'seldom')
    this.#pressure = new PressureFiles(files, folder)
  }

  readCpuNs(): number {
    return countAfter(this.#buffer, this.#cpu.read(), keys.usage) * nsPerUs
  }

  readMemoryTotal(): number {
    return countAt(this.#buffer, 0, this.#memory.read())
  }

  readInactiveFile(): number {
    return countAfter(this.#buffer, this.#memoryStat.read(), keys.inactive)
  }

  readThrottling(into: Reading): void {
    const size = this.#cpu.readOptional()
    into.periods = countAfter(this.#buffer, size, keys.periods) || 0
    into.throttledPeriods = countAfter(this.#buffer, size, keys.throttled) || 0
  }

  readRest(into: Reading): void {
    const buffer = this.#buffer
    const limit = countAt(buffer, 0, this.#limit.readOptional())
    into.memoryLimit = limitOf(limit, this.#hostMemory)
    this.readThrottling(into)
    into.oomKills = countAfter(buffer, this.#memoryEvents.readOptional(), keys.oomKills) || 0
    into.pidsCount = countAt(buffer, 0, this.#pids.readOptional()) || 0
    const size = this.#io.readOptional()
    into.blockRead = sumAfter(buffer, size, keys.read)
    into.blockWrite = sumAfter(buffer, size, keys.write)
    into.pressure = this.#pressure.read()
  }

  close(): void {
    const own = [this.#cpu, this.#memory, this.#memoryStat, this.#limit, this.#memoryEvents]
    for (const file of [...own, this.#pids, this.#io]) file.close()
    this.#pressure.close()
  }
}
