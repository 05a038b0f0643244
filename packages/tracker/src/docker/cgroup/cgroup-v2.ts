import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { PressureFiles } from './pressure.ts'
import type { CgroupFiles, Reading } from './reading.ts'
import { countAfter, countAt } from './scan.ts'
import { parseCount, valueOf } from './text.ts'

const nsPerUs = 1000
const usageKey = Buffer.from('usage_usec ')
const inactiveKey = Buffer.from('inactive_file ')

const ioBytes = (text: string | undefined, key: string): number => {
  let sum = 0
  for (const match of text?.matchAll(new RegExp(`\\b${key}=(\\d{1,20})\\b`, 'g')) ?? [])
    sum += Number(match[1])
  return sum
}

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
    return countAfter(this.#buffer, this.#cpu.read(), usageKey) * nsPerUs
  }

  readMemoryTotal(): number {
    return countAt(this.#buffer, 0, this.#memory.read())
  }

  readInactiveFile(): number {
    return countAfter(this.#buffer, this.#memoryStat.read(), inactiveKey)
  }

  readThrottling(into: Reading): void {
    const throttling = this.#cpu.text() ?? ''
    into.periods = valueOf(throttling, 'nr_periods') ?? 0
    into.throttledPeriods = valueOf(throttling, 'nr_throttled') ?? 0
  }

  readRest(into: Reading): void {
    into.memoryLimit = parseCount(this.#limit.text()) ?? this.#hostMemory
    this.readThrottling(into)
    into.oomKills = valueOf(this.#memoryEvents.text() ?? '', 'oom_kill') ?? 0
    into.pidsCount = parseCount(this.#pids.text()) ?? 0
    const io = this.#io.text()
    into.blockRead = ioBytes(io, 'rbytes')
    into.blockWrite = ioBytes(io, 'wbytes')
    into.pressure = this.#pressure.read()
  }

  close(): void {
    const own = [this.#cpu, this.#memory, this.#memoryStat, this.#limit, this.#memoryEvents]
    for (const file of [...own, this.#pids, this.#io]) file.close()
    this.#pressure.close()
  }
}
