import { readlinkSync } from 'node:fs'
import type { KernelFile, KernelFiles } from './kernel-files.ts'
import type { Traffic } from './scan.ts'
import { readTraffic } from './scan.ts'

/** Readings closer together than this are one, in ms: containers of one network are measured in one go. */
const sharedForMs = 5

/** The traffic of one network namespace, read once however many containers share it. */
export class NetworkCounter implements Traffic {
  rx = 0
  tx = 0
  /** Containers that use it. */
  users = 0
  /** True when the last reading had more than the one before. */
  moving = false
  /** By the monotonic clock, in ms. */
  readAtMs: number = Number.NEGATIVE_INFINITY
  readonly #files: KernelFiles
  #file: KernelFile

  constructor(files: KernelFiles, path: string) {
    this.#files = files
    this.#file = files.file(path, 'often')
  }

  /** Reads through any process of the namespace. @throws the file system's error when that process is gone. */
  read(path: string, now: number): void {
    if (now - this.readAtMs < sharedForMs) return
    const before = this.rx + this.tx
    readTraffic(this.#files.buffer, this.#fill(path), this)
    this.moving = this.rx + this.tx !== before
    this.readAtMs = now
  }

  close(): void {
    this.#file.close()
  }

  #fill(path: string): number {
    try {
      return this.#file.read()
    } catch (error) {
      // The process that it was opened through may have ended while another one of the namespace lives on.
      if (path === this.#file.path) throw error
      this.#file.close()
      this.#file = this.#files.file(path, 'often')
      return this.#file.read()
    }
  }
}

/** The network namespaces of all containers. */
export class Networks {
  readonly #files: KernelFiles
  readonly #counters = new Map<string, NetworkCounter>()

  constructor(files: KernelFiles) {
    this.#files = files
  }

  get size(): number {
    return this.#counters.size
  }

  /** The counter of a process's namespace; give it back with `release`. */
  acquire(procFolder: string): { readonly key: string; readonly counter: NetworkCounter } {
    const key = namespaceOf(procFolder)
    const known = this.#counters.get(key)
    const counter = known ?? new NetworkCounter(this.#files, `${procFolder}/net/dev`)
    if (known === undefined) this.#counters.set(key, counter)
    counter.users += 1
    return { key, counter }
  }

  release(key: string): void {
    const counter = this.#counters.get(key)
    if (counter === undefined) return
    counter.users -= 1
    if (counter.users > 0) return
    this.#counters.delete(key)
    counter.close()
  }
}

/** Like `net:[4026531840]`; a process whose namespace may not be seen is taken to have its own. */
const namespaceOf = (procFolder: string): string => {
  try {
    return readlinkSync(`${procFolder}/ns/net`)
  } catch {
    return procFolder
  }
}
