/** Messages that are not looked for after a look in vain, at most: what it cost is spread over them. */
const longestRest = 256

/** How often to look for what may come at once: a look in vain lets one message go by without, the next one two, then four and so on. */
export class Patience {
  #rest = 0
  #left = 0

  /** Asked once for each message: whether to look for it. */
  begins(): boolean {
    if (this.#left === 0) return true
    this.#left -= 1
    return false
  }

  paid(): void {
    this.#rest = 0
  }

  wasInVain(): void {
    this.#rest = Math.min(Math.max(1, this.#rest * 2), longestRest)
    this.#left = this.#rest
  }
}
