/** Fuel that is handed out at first and at least: a millisecond of simple instructions. */
export const leastSlice = 1_000_000n
const mostSlice = 8_000_000n
const tooOftenMs = 0.25
const tooLateMs = 1

/**
 * Fuel between two looks at the clock. Interpreters are charged some thirty times what they run, as each of their steps pays for the
 * dearest one: with slices of one size they would spend a tenth of their time on looks. So slices grow while looks come too often.
 */
export class FuelSlice {
  #size = leastSlice
  #lookedMs = Number.NEGATIVE_INFINITY

  get size(): bigint {
    return this.#size
  }

  /** @param nowMs monotonic milliseconds of a look at the clock */
  looked(nowMs: number): void {
    const passedMs = nowMs - this.#lookedMs
    this.#lookedMs = nowMs
    if (passedMs < tooOftenMs && this.#size < mostSlice) this.#size *= 2n
    else if (passedMs > tooLateMs && this.#size > leastSlice) this.#size /= 2n
  }
}
