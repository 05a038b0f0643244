/** Options of `AnomalyDetector`. */
export interface AnomalyOptions {
  /** False alarms per day that are acceptable; the threshold tunes itself to it. Default 0.5. */
  readonly alarmsPerDay?: number
}

/** What the detector thinks of a value. */
export interface Verdict {
  readonly anomalous: boolean
  /** Distance from what is usual at this time of day, in standard deviations. */
  readonly score: number
  readonly threshold: number
}

const dayMs = 86_400_000
const bins = 96
const learning = 0.15
const clipAt = 4
const windowSize = 5
const votesNeeded = 3
const firstThreshold = 4
const lowestThreshold = 3
const highestThreshold = 50
const warmSamples = 3

/**
 * Learns what is usual in each quarter of an hour of the day and reports values far from it, when three of five agree.
 * Extreme values are clipped before they are learned. Each alarm raises the threshold, quiet time lowers it, so that the
 * number of alarms settles at the budget.
 */
export class AnomalyDetector {
  readonly #budget: number
  readonly #mean = new Float64Array(bins)
  readonly #variance = new Float64Array(bins)
  readonly #seen = new Uint32Array(bins)
  readonly #votes: boolean[] = []
  #threshold = firstThreshold
  #lastMs = 0
  #alarmed = false

  constructor(options: AnomalyOptions = {}) {
    this.#budget = Math.max(0.01, options.alarmsPerDay ?? 0.5)
  }

  /** Judges a value and learns from it. */
  observe(atMs: number, value: number): Verdict {
    const bin = Math.floor(((atMs % dayMs) / dayMs) * bins)
    const elapsedMs = this.#lastMs === 0 ? 0 : Math.max(0, atMs - this.#lastMs)
    this.#lastMs = atMs
    const score = this.#score(bin, value)
    this.#votes.push(score > this.#threshold)
    if (this.#votes.length > windowSize) this.#votes.shift()
    const alarmed = this.#votes.filter(Boolean).length >= votesNeeded
    const anomalous = alarmed && !this.#alarmed
    this.#alarmed = alarmed
    this.#tune(anomalous, elapsedMs)
    this.#learn(bin, value)
    return { anomalous, score, threshold: this.#threshold }
  }

  #score(bin: number, value: number): number {
    if ((this.#seen[bin] ?? 0) < warmSamples) return 0
    const mean = this.#mean[bin] ?? 0
    // A value that never varied still has room of two percent before it counts as strange.
    const deviation = Math.max(Math.sqrt(this.#variance[bin] ?? 0), Math.abs(mean) * 0.02, 1e-6)
    return Math.abs(value - mean) / deviation
  }

  #learn(bin: number, value: number): void {
    const seen = (this.#seen[bin] = (this.#seen[bin] ?? 0) + 1)
    const mean = this.#mean[bin] ?? 0
    const deviation = Math.max(Math.sqrt(this.#variance[bin] ?? 0), Math.abs(mean) * 0.02, 1e-6)
    const bound = seen > warmSamples ? clipAt * deviation : Number.POSITIVE_INFINITY
    const delta = Math.min(bound, Math.max(-bound, value - mean))
    const rate = Math.max(learning / 10, 1 / seen)
    this.#mean[bin] = mean + rate * delta
    this.#variance[bin] = (1 - rate) * ((this.#variance[bin] ?? 0) + rate * delta * delta)
  }

  /** In balance when alarms come at the budget: one alarm raises as much as a day over the budget lowers. */
  #tune(alarm: boolean, elapsedMs: number): void {
    const up = alarm ? 1 : 0
    const down = (elapsedMs / dayMs) * this.#budget
    const factor = Math.exp(learning * (up - down))
    this.#threshold = Math.min(
      highestThreshold,
      Math.max(lowestThreshold, this.#threshold * factor),
    )
  }
}
