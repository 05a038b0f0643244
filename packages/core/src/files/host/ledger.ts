import { FilesError } from '../error.ts'

/** What a mount added to its folder, against what it may add. What is removed is given back, though never more than was taken. */
export class Ledger {
  readonly #maxBytes: number
  readonly #maxEntries: number
  #bytes = 0
  #entries = 0

  constructor(limits: { maxBytes: number; maxEntries: number }) {
    this.#maxBytes = limits.maxBytes
    this.#maxEntries = limits.maxEntries
  }

  takeBytes(count: number): void {
    if (count <= 0) return
    if (this.#bytes + count > this.#maxBytes) throw new FilesError('EDQUOT', '')
    this.#bytes += count
  }

  giveBytes(count: number): void {
    this.#bytes = Math.max(0, this.#bytes - Math.max(0, count))
  }

  /** Makes an entry; what could not be made costs nothing. */
  entry<T>(make: () => T): T {
    if (this.#entries + 1 > this.#maxEntries) throw new FilesError('ENOSPC', '')
    const made = make()
    this.#entries += 1
    return made
  }

  giveEntry(): void {
    this.#entries = Math.max(0, this.#entries - 1)
  }
}
