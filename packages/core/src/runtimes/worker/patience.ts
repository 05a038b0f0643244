/** Looks in vain are at most every 129th once there were eight in a row: what one costs is spread over so many messages. */
const longestRest = 128

export interface PatienceOptions {
  /** Length of a look. */
  readonly lookMs: number
  /** One step of a look takes less, unless its thread did not run: then both threads may want the same core. */
  readonly stepMs: number
}

/**
 * Whether to look for what may come at once, instead of sleeping, and how long. A look in vain lets one message go by without, the next one
 * two, and so on; a look that kept the other thread from its core counts as in vain, whatever it found.
 */
export class Patience {
  readonly #options: PatienceOptions
  #rest = 0
  #left = 0
  #endMs = 0
  #lastMs = 0
  #isDisturbed = false

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /** Asked once for each message: whether a look is worth it. */
  begin(nowMs: number): boolean {
    if (this.#left > 0) {
      this.#left -= 1
      return false
    }
    this.#endMs = nowMs + this.#options.lookMs
    this.#lastMs = nowMs
    this.#isDisturbed = false
    return true
  }

  /** Asked after each step that found nothing: whether to look on. */
  goesOn(nowMs: number): boolean {
    this.#step(nowMs)
    if (nowMs < this.#endMs) return true
    this.#wasInVain()
    return false
  }

  found(nowMs: number): void {
    this.#step(nowMs)
    if (this.#isDisturbed) this.#wasInVain()
    else this.#rest = 0
  }

  #step(nowMs: number): void {
    this.#isDisturbed ||= nowMs - this.#lastMs > this.#options.stepMs
    this.#lastMs = nowMs
  }

  #wasInVain(): void {
    this.#rest = Math.min(Math.max(1, this.#rest * 2), longestRest)
    this.#left = this.#rest
  }
}
