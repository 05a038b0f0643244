const encoder = new TextEncoder()

/** Writes numbers, texts and bytes one after the other into one growing buffer. */
export class ByteWriter {
  #data = new Uint8Array(64)
  #length = 0

  /** Unsigned integer up to 2^53 - 1, seven bits a byte, low bits first. */
  integer(value: number): this {
    this.#reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.#data[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#data[this.#length++] = rest
    return this
  }

  /** Eight bytes, little-endian double. */
  double(value: number): this {
    this.#reserve(8)
    new DataView(this.#data.buffer).setFloat64(this.#length, value, true)
    this.#length += 8
    return this
  }

  text(value: string): this {
    return this.sized(encoder.encode(value))
  }

  /** The length, then the bytes. */
  sized(bytes: Uint8Array): this {
    this.integer(bytes.length)
    this.#reserve(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  finish(): Uint8Array {
    return this.#data.slice(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#data.length) return
    const data = new Uint8Array(Math.max(needed, this.#data.length * 2))
    data.set(this.#data.subarray(0, this.#length))
    this.#data = data
  }
}
