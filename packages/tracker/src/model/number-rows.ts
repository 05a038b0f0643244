const pageRows = 128

/**
 * Rows of numbers, one for each slot, in pages that are never copied: an array that grows by copying leaves more behind than
 * it holds.
 */
export class NumberRows {
  readonly #width: number
  readonly #pages: Float64Array[] = []

  constructor(width: number) {
    this.#width = width
  }

  /** The array that a slot's row stands in; zeros at first. */
  arrayOf(slot: number): Float64Array {
    const number = Math.floor(slot / pageRows)
    return (this.#pages[number] ??= new Float64Array(pageRows * this.#width))
  }

  /** Where the row begins in that array. */
  placeOf(slot: number): number {
    return (slot % pageRows) * this.#width
  }
}
