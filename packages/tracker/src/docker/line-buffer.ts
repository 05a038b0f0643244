const newline = 0x0a

/** Takes bytes at any speed within a bound and gives them back as lines when asked. Adding never parses, so a reader never stalls. */
export class LineBuffer {
  readonly #limit: number
  #chunks: Buffer[] = []
  #size = 0
  #overflowed = false

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get size(): number {
    return this.#size
  }

  /** Adds bytes. Past the bound everything that waits is given up, and `takeOverflow` says so. */
  push(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#limit) {
      this.#chunks = []
      this.#size = 0
      this.#overflowed = true
      return
    }
    this.#chunks.push(chunk)
  }

  /** True once after bytes were given up. The rest of a cut line comes out as one malformed line. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed
    this.#overflowed = false
    return overflowed
  }

  /** The complete lines that wait, without empty ones. */
  takeLines(): readonly string[] {
    if (!this.#chunks.some((chunk) => chunk.includes(newline))) return []
    const all = Buffer.concat(this.#chunks)
    const end = all.lastIndexOf(newline)
    const rest = all.subarray(end + 1)
    this.#chunks = rest.length === 0 ? [] : [Buffer.from(rest)]
    this.#size = rest.length
    return all
      .toString('utf8', 0, end)
      .split('\n')
      .filter((line) => line.trim() !== '')
  }
}
