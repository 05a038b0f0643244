import type { StateWriter } from '../persistence/state-writer.ts'

interface Numbered<T> {
  readonly number: number
  readonly item: T
}

const prefix = 'recent/'

/** The newest things of a kind, up to a bound; with a writer they survive the process. */
export class Recent<T> {
  readonly #limit: number
  readonly #writer: StateWriter | undefined
  #items: Numbered<T>[] = []
  #next = 0

  constructor(limit: number, writer: StateWriter | undefined) {
    this.#limit = Math.max(1, limit)
    this.#writer = writer
  }

  /** Oldest first. */
  get items(): readonly T[] {
    return this.#items.map(({ item }) => item)
  }

  add(item: T): void {
    const numbered = { number: this.#next++, item }
    this.#items = [...this.#items, numbered].slice(-this.#limit)
    this.#save(numbered)
  }

  /** Takes up what an earlier process kept. */
  restore(saved: ReadonlyMap<string, unknown>): void {
    const own = [...saved].filter(([key]) => key.startsWith(prefix))
    const sorted = own
      .map(([, value]) => value as Numbered<T>)
      .toSorted((a, b) => a.number - b.number)
    this.#next = (sorted.at(-1)?.number ?? -1) + 1
    this.#items = sorted.slice(-this.#limit)
    // With another bound than last time each has another slot.
    for (const [key] of own) this.#writer?.put(key, undefined)
    for (const numbered of this.#items) this.#save(numbered)
  }

  #save(numbered: Numbered<T>): void {
    this.#writer?.put(prefix + String(numbered.number % this.#limit), numbered)
  }
}
