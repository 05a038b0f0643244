import { ContainerMemoryError } from '../../errors.ts'

/** Resources that one component may have open at once, its own and the host's together. */
export const maxHandles = 4096
/** What a look into the guest's memory counts: about what a value of the host costs that is read there. */
const lookBytes = 64
const leastBytes = 64 << 20

/**
 * What passes between a component and the host: counts the handles that are open, and the bytes that are made of the guest's memory in one
 * crossing. A list may name the same bytes a million times, so that they are no more bounded by its memory than by its fuel.
 */
export class Crossing {
  /** In place of `TextDecoder`. */
  readonly Decoder: new (encoding?: string) => Pick<TextDecoder, 'decode'>
  /** In place of `FinalizationRegistry`. */
  readonly Registry: new (end: (handle: number) => void) => FinalizationRegistry<number>
  readonly #mostBytes: number
  /** Of resources that the caller let go: nobody would catch what their destructors throw where that is noticed. */
  readonly #forgotten: (() => void)[] = []
  #handles = 0
  #bytes = 0

  constructor(maxMemoryBytes: number) {
    this.#mostBytes = Math.max(maxMemoryBytes, leastBytes)
    const read = (bytes: number): void => this.read(bytes)
    this.Decoder = class {
      readonly #decoder: TextDecoder

      constructor(encoding?: string) {
        this.#decoder = new TextDecoder(encoding)
      }

      decode(bytes: Uint8Array): string {
        read(bytes.byteLength)
        return this.#decoder.decode(bytes)
      }
    }
    const forgotten = this.#forgotten
    this.Registry = class extends FinalizationRegistry<number> {
      constructor(end: (handle: number) => void) {
        super((handle) => forgotten.push(() => end(handle)))
      }
    }
  }

  /** Inside of a call: runs the destructors of resources that were let go. */
  endForgotten(): void {
    for (let end = this.#forgotten.pop(); end !== undefined; end = this.#forgotten.pop()) end()
  }

  get handles(): number {
    return this.#handles
  }

  /** A handle was made. Throws `ContainerMemoryError` (`MEMORY_LIMIT`). */
  made(): void {
    if (this.#handles >= maxHandles)
      throw new ContainerMemoryError(
        `The component has ${maxHandles} resources open, which is the most it may have.`,
        'MEMORY_LIMIT',
        { limit: maxHandles, resource: 'handles' },
      )
    this.#handles += 1
  }

  gone(): void {
    this.#handles -= 1
  }

  /** The next crossing begins. */
  begin(): void {
    this.#bytes = 0
  }

  /** Throws `ContainerMemoryError` (`MEMORY_LIMIT`). */
  read(bytes: number = lookBytes): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#mostBytes) return
    throw new ContainerMemoryError(
      `The component passes values that become more than ${this.#mostBytes} bytes at once.`,
      'MEMORY_LIMIT',
      { limit: this.#mostBytes },
    )
  }

  /** A copy of a part of the guest's memory. */
  slice(buffer: ArrayBuffer, from: number, to: number): ArrayBuffer {
    this.read(Math.max(0, Math.min(to, buffer.byteLength) - from))
    return buffer.slice(from, to)
  }
}

/** A memory of the guest whose every use is counted. */
export class CountedMemory {
  readonly memory: WebAssembly.Memory
  readonly #crossing: Pick<Crossing, 'read'>

  constructor(memory: WebAssembly.Memory, crossing: Pick<Crossing, 'read'>) {
    this.memory = memory
    this.#crossing = crossing
  }

  get buffer(): ArrayBuffer {
    this.#crossing.read()
    return this.memory.buffer
  }
}
