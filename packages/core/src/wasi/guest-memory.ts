import { maxPathBytes } from '../files/names.ts'
import { Errno, refuse } from './errno.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const none = new ArrayBuffer(0)
const mostSpans = 1024
/** What one call of Linux moves at most, too: without it, spans that lie over each other would be a thousand times a whole memory. */
const mostBytes = 0x7fff_f000

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

  /** A path or the target of a link. Longer ones are not even read: that would take the host as long as the memory is large. */
  text(at: number, length: number): string {
    const bytes = this.bytes(at, length)
    if (bytes.length > maxPathBytes) refuse(Errno.nametoolong)
    try {
      return decoder.decode(bytes)
    } catch {
      return refuse(Errno.ilseq)
    }
  }

  u8(at: number): number {
    return this.#viewOf(at, 1).getUint8(at >>> 0)
  }

  u16(at: number): number {
    return this.#viewOf(at, 2).getUint16(at >>> 0, true)
  }

  u32(at: number): number {
    return this.#viewOf(at, 4).getUint32(at >>> 0, true)
  }

  u64(at: number): bigint {
    return this.#viewOf(at, 8).getBigUint64(at >>> 0, true)
  }

  setU8(at: number, value: number): void {
    this.#viewOf(at, 1).setUint8(at >>> 0, value)
  }

  setU16(at: number, value: number): void {
    this.#viewOf(at, 2).setUint16(at >>> 0, value, true)
  }

  setU32(at: number, value: number): void {
    this.#viewOf(at, 4).setUint32(at >>> 0, value, true)
  }

  setU64(at: number, value: bigint): void {
    this.#viewOf(at, 8).setBigUint64(at >>> 0, value, true)
  }

  /** The buffers of a scattered read or write, at most 1,024 of them; shortened where they are more than 2 GiB together. */
  spans(at: number, count: number): Span[] {
    if (count >>> 0 > mostSpans) refuse(Errno.inval)
    const { at: first } = this.#inside(at, count * 8)
    let left = mostBytes
    return Array.from({ length: count }, (_, n) => {
      const span = this.#inside(this.u32(first + n * 8), this.u32(first + n * 8 + 4))
      const length = Math.min(span.length, left)
      left -= length
      return { at: span.at, length }
    })
  }

  #inside(at: number, length: number): Span {
    const span = { at: at >>> 0, length: length >>> 0 }
    this.#viewOf(span.at, span.length)
    return span
  }

  #viewOf(at: number, length: number): DataView {
    const buffer = this.#memory?.buffer ?? none
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer)
    return (at >>> 0) + length > buffer.byteLength ? refuse(Errno.fault) : this.#view
  }
}
