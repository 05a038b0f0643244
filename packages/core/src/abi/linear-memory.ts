import { ContainerError } from '../errors.ts'
import { jsonText } from './json-text.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The memory of a module, whose addresses and lengths are the module's own claims: each is checked against its size. */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory
  #bytes = new Uint8Array()

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  get sizeBytes(): number {
    return this.all.length
  }

  /** The whole memory; do not keep it across a call into the module. */
  get all(): Uint8Array {
    // A memory that grew leaves a view of no length; the memory itself is slow to ask.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer)
    return this.#bytes
  }

  view(at: number, length: number): Uint8Array {
    const from = at >>> 0
    const count = length >>> 0
    if (from + count > this.sizeBytes) {
      throw new ContainerError(
        `The module named ${count} bytes at ${from}, which its memory of ${this.sizeBytes} does not have.`,
        'GUEST_FAILED',
      )
    }
    return this.all.subarray(from, from + count)
  }

  text(at: number, length: number): string {
    try {
      return decoder.decode(this.view(at, length))
    } catch (error) {
      if (error instanceof ContainerError) throw error
      throw new ContainerError('The module gave text that is no UTF-8.', 'GUEST_FAILED')
    }
  }

  json(at: number, length: number): unknown {
    if (length === 0) return undefined
    const text = this.text(at, length)
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new ContainerError('The module gave a value that is no JSON.', 'GUEST_FAILED', {
        cause,
      })
    }
  }

  grow(pages: number): void {
    if (pages > 0) this.#memory.grow(pages)
  }
}

/** JSON as bytes; `undefined` is no bytes. Throws as `jsonText` does. */
export function encodeJson(value: unknown): Uint8Array {
  const text = jsonText(value)
  return text === undefined ? new Uint8Array() : encoder.encode(text)
}
