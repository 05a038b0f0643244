import type { DrivenModule } from './add-driver.ts'
import type { Driven } from './driven.ts'

const pageBytes = 65_536
const outcomeBytes = 12

/** The kernel of a plugin, seen from the host over the driver. */
export class NativeKernel {
  readonly #linked: DrivenModule['linked']
  readonly #maxPages: number
  #outcomeAt = 0
  #pages = 0

  constructor({ linked }: DrivenModule, maxPages: number) {
    this.#linked = linked
    this.#maxPages = maxPages
  }

  /** After the last call. */
  get sizeBytes(): number {
    return this.#pages * pageBytes
  }

  /** Makes it ready in a new process. */
  async open(running: Driven): Promise<void> {
    this.#outcomeAt = await this.#call(running, 'outcome_at')
    await this.#call(running, 'reset')
    await this.#measure(running)
  }

  /** Forgets all blocks, and takes the input of the next call. */
  async begin(running: Driven, input: Uint8Array): Promise<void> {
    const at = await this.#call(running, 'begin', input.length)
    running.writeOther(at, input)
  }

  /** What the plugin set as its output, or reported. */
  async outcome(
    running: Driven,
  ): Promise<{ readonly error: string | undefined; readonly output: Uint8Array }> {
    const words = await running.readOther(this.#outcomeAt, outcomeBytes)
    const view = new DataView(words.buffer, words.byteOffset, outcomeBytes)
    const [errorAt, at, length] = [0, 4, 8].map((offset) => view.getUint32(offset, true))
    await this.#measure(running)
    const isFailed = errorAt !== undefined && errorAt !== 0
    return {
      error: isFailed ? await this.text(running, errorAt) : undefined,
      output: await running.readOther(at ?? 0, length ?? 0),
    }
  }

  /** A block's bytes. */
  async read(running: Driven, at: number): Promise<Uint8Array> {
    return at === 0
      ? new Uint8Array()
      : running.readOther(at, await this.#call(running, 'length', at))
  }

  async text(running: Driven, at: number): Promise<string> {
    return new TextDecoder().decode(await this.read(running, at))
  }

  /** A new block; 0 for nothing. */
  async write(running: Driven, bytes: Uint8Array): Promise<bigint> {
    if (bytes.length === 0) return 0n
    const at = await this.#call(running, 'alloc', bytes.length)
    running.writeOther(at, bytes)
    return BigInt(at)
  }

  async #measure(running: Driven): Promise<void> {
    const pages = await running.pagesOfOther()
    if (pages > this.#maxPages) running.garbage('has more memory than it may')
    this.#pages = pages
  }

  async #call(running: Driven, name: string, ...args: readonly number[]): Promise<number> {
    const slot = this.#linked.get(name)
    if (slot === undefined) throw new TypeError('The kernel is another.')
    const { value } = await running.call(slot, args.map(BigInt))
    return Number(value)
  }
}
