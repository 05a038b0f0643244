import { FilesError } from './error.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads what `ByteWriter` wrote. Anything else is refused with `EINVAL`. */
export class ByteReader {
  readonly #data: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(data: Uint8Array) {
    this.#data = data
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  }

  integer(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : malformed()
    }
    return malformed()
  }

  double(): number {
    if (this.#at + 8 > this.#data.length) return malformed()
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return Number.isFinite(value) ? value : malformed()
  }

  text(): string {
    try {
      return decoder.decode(this.sized())
    } catch {
      return malformed()
    }
  }

  /** A view into the input, not a copy. */
  sized(): Uint8Array {
    const length = this.integer()
    if (length > this.#data.length - this.#at) return malformed()
    const bytes = this.#data.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  /** Refuses bytes that are left over. */
  end(): void {
    if (this.#at !== this.#data.length) malformed()
  }

  #byte(): number {
    const byte = this.#data[this.#at++]
    return byte ?? malformed()
  }
}

function malformed(): never {
  throw new FilesError('EINVAL', '', 'the bytes are not what they should be')
}
