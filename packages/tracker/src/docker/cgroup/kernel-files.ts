import { closeSync, openSync, readSync } from 'node:fs'

const bufferBytes = 64 * 1024
/** The kernel hands out lists a page at a time, so an answer near that size may go on. */
const mayGoOn = 3 * 1024
/** Files that are read seldom leave this share of the descriptors to those that are read each time. */
const seldomShare = 0.5

/** How often a file is read. */
export type Frequency = 'often' | 'seldom'

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** True when a kernel has no such file or does not count such a thing; a container that ended is another matter. */
const isAbsence = (error: unknown): boolean =>
  ['ENOENT', 'EOPNOTSUPP', 'ENOTSUP', 'EACCES'].includes(String(codeOf(error)))

/** True when this process or the host has too many files open. */
export const isOutOfFiles = (error: unknown): boolean =>
  ['EMFILE', 'ENFILE'].includes(String(codeOf(error)))

/** One of the kernel's small text files. */
export class KernelFile {
  readonly path: string
  readonly #files: KernelFiles
  readonly #frequency: Frequency
  #fd = -1
  #absent = false

  constructor(files: KernelFiles, path: string, frequency: Frequency) {
    this.#files = files
    this.path = path
    this.#frequency = frequency
  }

  /** Reads into the shared buffer and gives the number of bytes. @throws the file system's error when the file is gone. */
  read(): number {
    if (this.#fd >= 0) return this.#fill(this.#fd)
    const fd = openSync(this.path, 'r')
    try {
      return this.#fill(fd)
    } finally {
      if (this.#files.mayKeep(this.#frequency)) {
        this.#files.kept += 1
        this.#fd = fd
      } else closeSync(fd)
    }
  }

  /** Like `read`; -1 when this kernel has no such file, which is not tried again. */
  readOptional(): number {
    if (this.#absent) return -1
    try {
      return this.read()
    } catch (error) {
      this.#absent = isAbsence(error)
      return -1
    }
  }

  close(): void {
    if (this.#fd < 0) return
    closeSync(this.#fd)
    this.#fd = -1
    this.#files.kept -= 1
  }

  #fill(fd: number): number {
    const { buffer } = this.#files
    let size = readSync(fd, buffer, 0, bufferBytes, 0)
    for (let more = size; more > 0 && size >= mayGoOn && size < bufferBytes; size += more)
      more = readSync(fd, buffer, size, bufferBytes - size, size)
    return size
  }
}

/**
 * The files of all containers: one buffer, and a bound on descriptors. A kept descriptor costs a fifth of opening the file
 * each time, and about 4 KB of kernel memory.
 */
export class KernelFiles {
  readonly buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes)
  /** Descriptors that are open. */
  kept = 0
  readonly #maxKept: number

  constructor(maxKept: number) {
    this.#maxKept = maxKept
  }

  file(path: string, frequency: Frequency): KernelFile {
    return new KernelFile(this, path, frequency)
  }

  mayKeep(frequency: Frequency): boolean {
    return this.kept < this.#maxKept * (frequency === 'often' ? 1 : seldomShare)
  }
}
