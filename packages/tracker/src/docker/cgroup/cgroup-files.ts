import type { KernelFile } from './kernel-files.ts'
import type { PressureFiles } from './pressure.ts'
import { limitOf, type CgroupFiles, type Reading } from './reading.ts'
import { countAfter, countAt, sumAfter } from './scan.ts'

/** What one version of cgroups writes before its numbers. */
export interface CgroupWords {
  readonly version: 1 | 2
  /** CPU time in ns, from the first bytes of the buffer. */
  readonly cpuNs: (buffer: Buffer, size: number) => number
  readonly inactive: Buffer
  readonly periods: Buffer
  readonly throttled: Buffer
  readonly oomKills: Buffer
  readonly read: Buffer
  readonly write: Buffer
}

/** The files that count one container. */
export interface CgroupParts {
  readonly cpu: KernelFile
  readonly memory: KernelFile
  readonly memoryStat: KernelFile
  readonly limit: KernelFile
  /** The same as `cpu` where one file has both. */
  readonly throttling: KernelFile
  readonly oom: KernelFile
  readonly pids: KernelFile
  readonly blocks: KernelFile
  /** Absent without a version 2 hierarchy. */
  readonly pressure: PressureFiles | undefined
}

/** Reads the files of one container, whichever version counts it. */
export class ControllerFiles implements CgroupFiles {
  readonly version: 1 | 2
  readonly #words: CgroupWords
  readonly #parts: CgroupParts
  readonly #host: { readonly buffer: Buffer; readonly memory: number }

  constructor(
    words: CgroupWords,
    parts: CgroupParts,
    host: { readonly buffer: Buffer; readonly memory: number },
  ) {
    this.version = words.version
    this.#words = words
    this.#parts = parts
    this.#host = host
  }

  readCpuNs(): number {
    return this.#words.cpuNs(this.#host.buffer, this.#parts.cpu.read())
  }

  readMemoryTotal(): number {
    return countAt(this.#host.buffer, 0, this.#parts.memory.read())
  }

  readInactiveFile(): number {
    return countAfter(this.#host.buffer, this.#parts.memoryStat.read(), this.#words.inactive)
  }

  readThrottling(into: Reading): void {
    const { buffer } = this.#host
    const size = this.#parts.throttling.readOptional()
    into.periods = countAfter(buffer, size, this.#words.periods) || 0
    into.throttledPeriods = countAfter(buffer, size, this.#words.throttled) || 0
  }

  readRest(into: Reading): void {
    const { buffer, memory } = this.#host
    const { limit, oom, pids, blocks, pressure } = this.#parts
    into.memoryLimit = limitOf(countAt(buffer, 0, limit.readOptional()), memory)
    this.readThrottling(into)
    into.oomKills = countAfter(buffer, oom.readOptional(), this.#words.oomKills) || 0
    into.pidsCount = countAt(buffer, 0, pids.readOptional()) || 0
    const size = blocks.readOptional()
    into.blockRead = sumAfter(buffer, size, this.#words.read)
    into.blockWrite = sumAfter(buffer, size, this.#words.write)
    into.pressure = pressure?.read()
  }

  close(): void {
    const { pressure, ...files } = this.#parts
    for (const file of Object.values(files)) file.close()
    pressure?.close()
  }
}
