import type { Pressure } from '../../model/metrics.ts'
import type { KernelFile, KernelFiles } from './kernel-files.ts'
import { decimalAfter } from './scan.ts'

const [someKey, fullKey] = [Buffer.from('some avg10='), Buffer.from('full avg10=')]

/**
 * The pressure files of one cgroup. A host that counts with version 1 may have them too, in a version 2 hierarchy beside it.
 *
 * @see https://docs.kernel.org/accounting/psi.html
 */
export class PressureFiles {
  readonly #buffer: Buffer
  readonly #cpu: KernelFile
  readonly #memory: KernelFile
  readonly #io: KernelFile

  constructor(files: KernelFiles, folder: string) {
    this.#buffer = files.buffer
    this.#cpu = files.file(`${folder}/cpu.pressure`, 'seldom')
    this.#memory = files.file(`${folder}/memory.pressure`, 'seldom')
    this.#io = files.file(`${folder}/io.pressure`, 'seldom')
  }

  /** Undefined where the kernel has no pressure files. */
  read(): Pressure | undefined {
    const cpuSize = this.#cpu.readOptional()
    if (cpuSize < 0) return undefined
    const cpuSome = decimalAfter(this.#buffer, cpuSize, someKey)
    const memorySize = this.#memory.readOptional()
    if (memorySize < 0) return undefined
    const memorySome = decimalAfter(this.#buffer, memorySize, someKey)
    const memoryFull = decimalAfter(this.#buffer, memorySize, fullKey)
    const ioSize = this.#io.readOptional()
    if (ioSize < 0) return undefined
    return { cpuSome, memorySome, memoryFull, ioSome: decimalAfter(this.#buffer, ioSize, someKey) }
  }

  close(): void {
    for (const file of [this.#cpu, this.#memory, this.#io]) file.close()
  }
}
