import { ContainerStartupError } from '../errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the binary format of WebAssembly from front to back; what is cut short or malformed is refused. */
export class ByteCursor {
  readonly data: Uint8Array
  readonly end: number
  at: number

  constructor(
    data: Uint8Array,
    range: { start: number; end: number } = { start: 0, end: data.length },
  ) {
    this.data = data
    this.at = range.start
    this.end = range.end
  }

  get isDone(): boolean {
    return this.at >= this.end
  }

  u8(): number {
    const byte = this.at < this.end ? this.data[this.at] : undefined
    this.at += 1
    return byte ?? malformed('it ends too early')
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value <= 0xffff_ffff ? value : malformed('a number is too large')
    }
    return malformed('a number is too long')
  }

  /** Steps over a LEB128 number of any sign and up to 64 bits. */
  skipLeb(): void {
    for (let left = 10; left > 0; left -= 1) if (this.u8() < 0x80) return
    malformed('a number is too long')
  }

  skip(count: number): void {
    if (count > this.end - this.at) malformed('it ends too early')
    this.at += count
  }

  /** A view of the next bytes. */
  take(count: number): Uint8Array {
    const start = this.at
    this.skip(count)
    return this.data.subarray(start, this.at)
  }

  name(): string {
    const bytes = this.take(this.u32())
    try {
      return decoder.decode(bytes)
    } catch {
      return malformed('a name is no UTF-8')
    }
  }
}

export function malformed(reason: string): never {
  throw new ContainerStartupError(`The module cannot be read: ${reason}.`, 'MODULE_INVALID')
}

export function unsupported(what: string): never {
  throw new ContainerStartupError(
    `The module uses ${what}, which cannot be limited here. Build it without.`,
    'MODULE_UNSUPPORTED',
    { feature: what },
  )
}
