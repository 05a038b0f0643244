import { ContainerError } from '../errors.ts'

/** Memory that the instances of a manager have together, by their limits. */
export class MemoryPool {
  readonly #sizeBytes: number
  #takenBytes = 0

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes
  }

  /** Gives what gives it back, once. Throws `ContainerError` (`CAPACITY`). */
  take(neededBytes: number): () => void {
    const freeBytes = this.#sizeBytes - this.#takenBytes
    if (neededBytes > freeBytes) {
      throw new ContainerError(
        `The instance may use ${neededBytes} bytes of memory, and ${freeBytes} are left in the pool: stop a container, lower maxMemory, or raise memoryPoolSize.`,
        'CAPACITY',
        { neededBytes, freeBytes, memoryPoolSize: this.#sizeBytes },
      )
    }
    this.#takenBytes += neededBytes
    let isTaken = true
    return () => {
      if (isTaken) this.#takenBytes -= neededBytes
      isTaken = false
    }
  }
}
