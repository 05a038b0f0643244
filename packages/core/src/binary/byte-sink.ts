/** Collects the bytes of a module that is being written. */
export class ByteSink {
  #data: Uint8Array
  #length = 0

  constructor(room = 256) {
    this.#data = new Uint8Array(room)
  }

  get length(): number {
    return this.#length
  }

  u8(byte: number): this {
    this.#reserve(1)
    this.#data[this.#length++] = byte
    return this
  }

  /** Unsigned LEB128. */
  u32(value: number): this {
    let rest = value
    while (rest >= 128) {
      this.u8((rest % 128) | 0x80)
      rest = Math.floor(rest / 128)
    }
    return this.u8(rest)
  }

  /** Signed LEB128 of 64 bits. */
  s64(value: bigint): this {
    let rest = BigInt.asIntN(64, value)
    for (;;) {
      const byte = Number(rest & 0x7fn)
      rest >>= 7n
      const isLast = (rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40)
      this.u8(isLast ? byte : byte | 0x80)
      if (isLast) return this
    }
  }

  bytes(bytes: Uint8Array | readonly number[]): this {
    this.#reserve(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** The length, then the bytes. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).bytes(bytes)
  }

  name(text: string): this {
    return this.sized(new TextEncoder().encode(text))
  }

  finish(): Uint8Array {
    return this.#data.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#data.length) return
    const data = new Uint8Array(Math.max(needed, this.#data.length * 2))
    data.set(this.finish())
    this.#data = data
  }
}
