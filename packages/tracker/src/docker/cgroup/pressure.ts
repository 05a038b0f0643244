import type { Pressure } from '../../model/metrics.ts'
import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { parsePressure } from './text.ts'

/** The pressure files of one cgroup. A host that counts with version 1 may have them too, in a version 2 hierarchy beside it. */
export class PressureFiles {
  readonly #cpu: KernelFile
  readonly #memory: KernelFile
  readonly #io: KernelFile

  constructor(files: KernelFiles, folder: string) {
    this.#cpu = files.file(`${folder}/cpu.pressure`, 'seldom')
    this.#memory = files.file(`${folder}/memory.pressure`, 'seldom')
    this.#io = files.file(`${folder}/io.pressure`, 'seldom')
  }

  /** Undefined where the kernel has no pressure files. */
  read(): Pressure | undefined {
    const cpu = this.#cpu.text()
    const memory = cpu === undefined ? undefined : this.#memory.text()
    const io = memory === undefined ? undefined : this.#io.text()
    if (cpu === undefined || memory === undefined || io === undefined) return undefined
    const { some, full } = parsePressure(memory)
    return {
      cpuSome: parsePressure(cpu).some,
      memorySome: some,
      memoryFull: full,
      ioSome: parsePressure(io).some,
    }
  }

  close(): void {
    for (const file of [this.#cpu, this.#memory, this.#io]) file.close()
  }
}
