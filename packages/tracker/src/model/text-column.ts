const pageSize = 256

/** One text for each slot. It grows by pages, so nothing is copied and at most one page stands empty. */
export class TextColumn<T extends string | undefined> {
  readonly #pages: T[][] = []
  readonly #empty: T

  /** `empty` is what slots hold that nothing was put into. */
  constructor(empty: T) {
    this.#empty = empty
  }

  get(slot: number): T {
    const page = this.#pages[Math.floor(slot / pageSize)]
    return page === undefined ? this.#empty : (page[slot % pageSize] ?? this.#empty)
  }

  set(slot: number, text: T): void {
    const number = Math.floor(slot / pageSize)
    const page = (this.#pages[number] ??= Array.from({ length: pageSize }, () => this.#empty))
    page[slot % pageSize] = text
  }
}
