import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const bufferBytes = 16 * 1024

/** Reads the kernel's small text files. A kept descriptor costs a fifth of opening the file each time, and about 4 KB of kernel memory. */
export class KernelFiles {
  readonly #buffer = Buffer.allocUnsafe(bufferBytes)
  readonly #kept = new Map<string, number>()
  readonly #maxKept: number

  /** `maxKept` descriptors at most stay open. */
  constructor(maxKept: number) {
    this.#maxKept = maxKept
  }

  get keptCount(): number {
    return this.#kept.size
  }

  /** The text of a file. @throws the file system's error when it is gone. */
  read(path: string): string {
    const fd = this.#kept.get(path) ?? this.#open(path)
    if (fd === undefined) return readFileSync(path, 'latin1')
    const size = readSync(fd, this.#buffer, 0, bufferBytes, 0)
    return size < bufferBytes
      ? this.#buffer.toString('latin1', 0, size)
      : readFileSync(path, 'latin1')
  }

  /** Like `read`, but undefined when the file does not exist here. */
  readOptional(path: string): string | undefined {
    try {
      return this.read(path)
    } catch {
      return undefined
    }
  }

  /** Closes the descriptors of files in these folders. */
  release(paths: readonly string[]): void {
    for (const path of paths) {
      const fd = this.#kept.get(path)
      if (fd === undefined) continue
      this.#kept.delete(path)
      closeSync(fd)
    }
  }

  close(): void {
    this.release([...this.#kept.keys()])
  }

  #open(path: string): number | undefined {
    if (this.#kept.size >= this.#maxKept) return undefined
    const fd = openSync(path, 'r')
    this.#kept.set(path, fd)
    return fd
  }
}
