import { Errno, Refusal, refuse } from './errno.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const none = new ArrayBuffer(0)

/** A run of bytes the guest named: where it starts and how long it is. */
export interface Span {
  readonly at: number
  readonly length: number
}

/**
 * The linear memory of a guest. Every address comes from the guest, so every access is checked and ends in `fault`
 * when it is not wholly inside. Views are taken anew after the memory has grown.
 */
export class GuestMemory {
  #memory: WebAssembly.Memory | undefined
  #view: DataView = new DataView(none)

  bind(memory: WebAssembly.Memory): void {
    this.#memory = memory
  }

  /** A view of the guest's bytes; it is stale as soon as the guest runs again. */
  bytes(at: number, length: number): Uint8Array {
    const span = this.#inside(at, length)
    return new Uint8Array(this.#view.buffer, span.at, span.length)
  }

  text(at: number, length: number): string {
    try {
      return decoder.decode(this.bytes(at, length))
    } catch (error) {
      if (error instanceof Refusal) throw error
      return refuse(Errno.ilseq)
    }
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#inside(at, 1).at)
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#inside(at, 2).at, true)
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#inside(at, 4).at, true)
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(this.#inside(at, 8).at, true)
  }

  setU8(at: number, value: number): void {
    this.#view.setUint8(this.#inside(at, 1).at, value)
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(this.#inside(at, 2).at, value, true)
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(this.#inside(at, 4).at, value, true)
  }

  setU64(at: number, value: bigint): void {
    this.#view.setBigUint64(this.#inside(at, 8).at, value, true)
  }

  /** The buffers of a scattered read or write; at most 1,024 of them. */
  spans(at: number, count: number): Span[] {
    if (count >>> 0 > 1024) refuse(Errno.inval)
    const { at: first } = this.#inside(at, count * 8)
    return Array.from({ length: count }, (_, n) =>
      this.#inside(this.u32(first + n * 8), this.u32(first + n * 8 + 4)),
    )
  }

  #inside(at: number, length: number): Span {
    const buffer = this.#memory?.buffer ?? none
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer)
    const span = { at: at >>> 0, length: length >>> 0 }
    return span.at + span.length > buffer.byteLength ? refuse(Errno.fault) : span
  }
}
