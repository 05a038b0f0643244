/** Messages until the way that is not taken is tried again: few after a change, twice as many after each trial. */
const trials = { fewest: 2, most: 256 } as const
/** Weights of what the last message took, the way that is taken and in a trial of the other, of which there are fewer. */
const weights = { taken: 0.25, tried: 0.5 } as const
/** What looking has to save, so that it is worth the time of a core. */
const worthwhile = 0.8

/**
 * Whether to look for what may come at once, or to sleep until it comes: whichever lets messages come sooner. It depends on what nobody here
 * knows: how long calls take, how long a core takes to wake, whether both threads share one, and what else runs on it. So both are measured.
 */
export class Patience {
  readonly #lookMs: number
  /** What messages took that were looked for, and those that were slept for. No look is longer, so more says nothing. */
  #lookedMs: number
  #sleptMs: number
  #pays = false
  #isLooking = false
  #isTimed = false
  #begunMs = 0
  #interval: number = trials.fewest
  #untilTrial: number = trials.fewest

  /** @param lookMs longest time to look for one message */
  constructor(lookMs: number) {
    this.#lookMs = lookMs
    this.#lookedMs = lookMs
    this.#sleptMs = lookMs
  }

  /** From now on a message is waited for: whether to look for it. */
  begin(nowMs: number): boolean {
    this.#begunMs = nowMs
    this.#isTimed = true
    this.#isLooking = this.#pays !== this.#isTrial()
    return this.#isLooking
  }

  /** Whether to look on. */
  goesOn(nowMs: number): boolean {
    return nowMs - this.#begunMs < this.#lookMs
  }

  /** The message came, looked for or not. */
  came(nowMs: number): void {
    if (!this.#isTimed) return
    this.#isTimed = false
    const tookMs = Math.min(nowMs - this.#begunMs, this.#lookMs)
    const weight = this.#isLooking === this.#pays ? weights.taken : weights.tried
    if (this.#isLooking) this.#lookedMs += (tookMs - this.#lookedMs) * weight
    else this.#sleptMs += (tookMs - this.#sleptMs) * weight
    const pays = this.#lookedMs < this.#sleptMs * worthwhile
    if (pays === this.#pays) return
    this.#pays = pays
    this.#interval = trials.fewest
    this.#untilTrial = trials.fewest
  }

  #isTrial(): boolean {
    this.#untilTrial -= 1
    if (this.#untilTrial >= 0) return false
    this.#interval = Math.min(this.#interval * 2, trials.most)
    this.#untilTrial = this.#interval
    return true
  }
}
