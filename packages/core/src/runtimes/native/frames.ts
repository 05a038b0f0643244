import { DriverOp, DriverSays, headBytes, maxArguments } from './wire.ts'

/** What the driver said. */
export interface Said {
  readonly number: number
  /** Size of the module's memory. */
  readonly pages: number
  readonly b: bigint
  readonly c: bigint
  /** Arguments, or bytes of memory. */
  readonly bytes: Uint8Array
}

/** The engine said what no driver says. */
export class DriverProtocolError extends Error {
  override readonly name = 'DriverProtocolError'
}

/** One instruction for the driver. */
export function encodeOp(
  op: keyof typeof DriverOp,
  { a = 0, b = 0n, c = 0n }: { a?: number; b?: bigint; c?: bigint } = {},
): Uint8Array {
  const bytes = new Uint8Array(headBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, DriverOp[op], true)
  view.setUint32(4, a, true)
  view.setBigUint64(8, BigInt.asUintN(64, b), true)
  view.setBigUint64(16, BigInt.asUintN(64, c), true)
  return bytes
}

/** 64 bits each. */
export function encodeWords(words: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(words, (one) => BigInt.asUintN(64, one)).buffer)
}

export function decodeWords(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 8 }, (_, n) => view.getBigUint64(n * 8, true))
}

/** Text that an engine may print before its program begins. */
const maxWordsBytes = 16_384
const [firstLetter, lineEnd] = [0x20, 0x0a]

/** Cuts what the engine writes into what the driver says. Anything else is a `DriverProtocolError`. */
export class SaidReader {
  readonly #maxPages: number
  readonly #onWords: (bytes: Uint8Array) => void
  #chunks: Uint8Array[] = []
  #buffered = 0
  #hasBegun = false
  #wordsLeft = maxWordsBytes
  #head: { readonly said: Omit<Said, 'bytes'>; readonly length: number } | undefined

  /**
   * @param maxPages of the module's memory; no bytes it sends are more
   * @param onWords gets lines of text that an engine prints before the driver says its first
   */
  constructor(maxPages: number, onWords: (bytes: Uint8Array) => void = () => undefined) {
    this.#maxPages = maxPages
    this.#onWords = onWords
  }

  *push(chunk: Uint8Array): Generator<Said> {
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (let said = this.#next(); said !== undefined; said = this.#next()) yield said
  }

  /** What was pushed and not understood; it is not kept. */
  rest(): Uint8Array {
    return this.#take(this.#buffered)
  }

  #next(): Said | undefined {
    if (this.#head === undefined) {
      if (!this.#hasBegun && this.#skipWords()) return undefined
      if (this.#buffered < headBytes) return undefined
      const head = this.#take(headBytes)
      try {
        this.#head = this.#parse(head)
      } catch (error) {
        this.#chunks.unshift(head)
        this.#buffered += head.length
        throw error
      }
    }
    const { said, length } = this.#head
    this.#hasBegun = true
    if (this.#buffered < length) return undefined
    this.#head = undefined
    return { ...said, bytes: this.#take(length) }
  }

  /**
   * WasmEdge tells on stdout that it compiles. What a driver says begins with a small number, which is no text. Gives whether a line has
   * not ended yet.
   */
  #skipWords(): boolean {
    while ((this.#chunks[0]?.[0] ?? 0) >= firstLetter) {
      const all = this.#take(this.#buffered)
      const end = all.indexOf(lineEnd) + 1
      const rest = all.subarray(end)
      this.#chunks = rest.length === 0 ? [] : [rest]
      this.#buffered = rest.length
      this.#wordsLeft -= end
      if (this.#wordsLeft < (end === 0 ? rest.length : 0))
        throw new DriverProtocolError('it prints text without end')
      if (end === 0) return true
      this.#onWords(all.subarray(0, end))
    }
    return false
  }

  #parse(head: Uint8Array): { said: Omit<Said, 'bytes'>; length: number } {
    const view = new DataView(head.buffer, head.byteOffset, headBytes)
    const said = {
      number: view.getUint32(0, true),
      pages: view.getUint32(4, true),
      b: view.getBigUint64(8, true),
      c: view.getBigUint64(16, true),
    }
    if (said.pages > this.#maxPages)
      throw new DriverProtocolError(`it has ${said.pages} pages of memory, not ${this.#maxPages}`)
    const length = lengthOf(said)
    if (length > this.#maxPages * 65_536)
      throw new DriverProtocolError(`it sends ${length} bytes, more than its memory may have`)
    return { said, length }
  }

  #take(count: number): Uint8Array {
    const taken = new Uint8Array(count)
    let at = 0
    while (at < count) {
      const first = this.#chunks[0] ?? new Uint8Array()
      const part = first.subarray(0, count - at)
      taken.set(part, at)
      at += part.length
      if (part.length === first.length) this.#chunks.shift()
      else this.#chunks[0] = first.subarray(part.length)
    }
    this.#buffered -= count
    return taken
  }
}

function lengthOf({ number, b, c }: Omit<Said, 'bytes'>): number {
  switch (number) {
    case DriverSays.data:
      return Number(b)
    case DriverSays.json:
      return Number(b & 0xffff_ffffn)
    case DriverSays.hostCall:
      if (c > BigInt(maxArguments)) throw new DriverProtocolError(`a host call has ${c} arguments`)
      return Number(c) * 8
    default:
      if (number >= DriverSays.result && number <= DriverSays.ready) return 0
      throw new DriverProtocolError(`it says ${number}, which means nothing`)
  }
}
