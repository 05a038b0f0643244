import { FilesError } from './error.ts'

/** Largest size of one file, in bytes. */
export const maxFileBytes = 0xffff_ffff

/** The bytes of one file. Positions and sizes were checked by the caller. */
export interface Content {
  readonly size: number
  /** Copies from `offset` on and returns how many bytes there were. */
  read(offset: number, into: Uint8Array): number
  write(offset: number, bytes: Uint8Array): void
  resize(size: number): void
  /** The bytes up to the last one ever written; what follows, up to `size`, is zero. A view, not a copy. */
  stored(): Uint8Array
}

const nothing = new Uint8Array(0)

/** A growable file: memory is taken for what was written, not for what a size promises. */
export class GrowableContent implements Content {
  size = 0
  #data: Uint8Array = nothing
  #extent = 0

  read(offset: number, into: Uint8Array): number {
    return readZeroFilled({ data: this.stored(), size: this.size, offset }, into)
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end > this.#data.length) this.#grow(end)
    this.#data.set(bytes, offset)
    if (end > this.#extent) this.#extent = end
    if (end > this.size) this.size = end
  }

  resize(size: number): void {
    if (size < this.#extent) this.#shrink(size)
    this.size = size
  }

  stored(): Uint8Array {
    return this.#data.subarray(0, this.#extent)
  }

  #grow(end: number): void {
    const capacity = Math.max(end, Math.min(this.#data.length * 2, maxFileBytes), 64)
    const data = allocate(capacity) ?? allocate(end)
    if (data === undefined) throw new FilesError('ENOSPC', '', 'the host is out of memory')
    data.set(this.stored())
    this.#data = data
  }

  #shrink(size: number): void {
    if (size * 4 < this.#data.length) this.#data = this.#data.slice(0, size)
    else this.#data.fill(0, size, this.#extent)
    this.#extent = size
  }
}

/** A file that came with the container; its bytes are made when somebody first asks for them. */
export class SystemContent implements Content {
  #load: (() => Uint8Array) | undefined
  #data: Uint8Array = nothing

  constructor(source: Uint8Array | (() => Uint8Array)) {
    if (typeof source === 'function') this.#load = source
    else this.#data = source
  }

  get size(): number {
    return this.stored().length
  }

  read(offset: number, into: Uint8Array): number {
    const data = this.stored()
    return readZeroFilled({ data, size: data.length, offset }, into)
  }

  write(): void {
    throw new FilesError('EROFS', '')
  }

  resize(): void {
    throw new FilesError('EROFS', '')
  }

  stored(): Uint8Array {
    if (this.#load !== undefined) {
      this.#data = this.#load()
      this.#load = undefined
    }
    return this.#data
  }
}

function readZeroFilled(
  source: { data: Uint8Array; size: number; offset: number },
  into: Uint8Array,
): number {
  const { data, size, offset } = source
  const count = Math.min(into.length, size - offset)
  if (count <= 0) return 0
  const held = data.subarray(Math.min(offset, data.length), Math.min(offset + count, data.length))
  into.set(held)
  if (held.length < count) into.fill(0, held.length, count)
  return count
}

function allocate(size: number): Uint8Array | undefined {
  try {
    return new Uint8Array(size)
  } catch {
    return undefined
  }
}
