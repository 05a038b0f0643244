/** Options of `AnomalyDetector`. */
export interface AnomalyOptions {
  /** False alarms per day that are acceptable; the threshold tunes itself to it. Default 0.5. */
  readonly alarmsPerDay?: number
  /** What an earlier detector of the same series had learned, from `state`. */
  readonly state?: AnomalyState
}

/** What the detector found about a value. */
export interface Verdict {
  /** An alarm begins with this value; the values that follow belong to it. */
  readonly anomalous: boolean
  /** Distance from what is usual at this time of day, in standard deviations. */
  readonly score: number
  readonly threshold: number
  /** What is usual at this time of day, in the unit of the values; null before anything was learned. */
  readonly usual: number | null
}

/** What a detector has learned: plain JSON. Lists have a place for each quarter of an hour of the day (UTC). */
export interface AnomalyState {
  readonly mean: readonly number[]
  readonly variance: readonly number[]
  readonly seen: readonly number[]
  /** Variance over the whole day. */
  readonly noise: number
  readonly votes: readonly boolean[]
  readonly threshold: number
  readonly alarmed: boolean
  /** The newest value, in ms since 1970. */
  readonly lastMs: number
}

const dayMs = 86_400_000
/** Quarters of an hour in a day. */
export const anomalyBins = 96
const learning = 0.15
const clipAt = 4
const windowSize = 5
const votesNeeded = 3
const firstThreshold = 4
const lowestThreshold = 3
const highestThreshold = 50
const warmSamples = 5
/** Until a bin has this many values, the noise of the whole day stands in for its own. */
const ownNoiseFrom = 60
const seenCap = 65_535
const significant = 5
/** Time without values counts no more than this towards the budget: nobody looked. */
const longestGapMs = 300_000

const rounded = (values: Float64Array): readonly number[] =>
  Array.from(values, (value) => Number(value.toPrecision(significant)))

/**
 * Learns what is usual in each quarter of an hour of the day, and reports values far from it when three of five agree.
 * Extreme values are clipped before they are learned. Each alarm raises the threshold and quiet time lowers it, so that
 * the number of alarms settles at `alarmsPerDay`.
 */
export class AnomalyDetector {
  readonly #budget: number
  readonly #mean = new Float64Array(anomalyBins)
  readonly #variance = new Float64Array(anomalyBins)
  readonly #seen = new Uint16Array(anomalyBins)
  #votes: readonly boolean[] = []
  #threshold = firstThreshold
  #noise = 0
  #lastMs = 0
  #alarmed = false

  constructor(options: AnomalyOptions = {}) {
    this.#budget = Math.max(0.01, options.alarmsPerDay ?? 0.5)
    const { state } = options
    if (state === undefined) return
    this.#mean.set(state.mean.slice(0, anomalyBins))
    this.#variance.set(state.variance.slice(0, anomalyBins))
    this.#seen.set(state.seen.slice(0, anomalyBins))
    this.#votes = state.votes.slice(-windowSize)
    this.#threshold = state.threshold
    this.#lastMs = state.lastMs
    this.#alarmed = state.alarmed
    this.#noise = state.noise
  }

  /** What was learned so far, about 2 KB, for the option of the same name. */
  get state(): AnomalyState {
    return {
      mean: rounded(this.#mean),
      variance: rounded(this.#variance),
      seen: Array.from(this.#seen),
      noise: this.#noise,
      votes: this.#votes,
      threshold: this.#threshold,
      alarmed: this.#alarmed,
      lastMs: this.#lastMs,
    }
  }

  /** Judges a value at a time in ms since 1970, and learns from it. A value that is not finite is ignored. */
  observe(atMs: number, value: number): Verdict {
    const bin = Math.floor(((((atMs % dayMs) + dayMs) % dayMs) / dayMs) * anomalyBins)
    const usual = (this.#seen[bin] ?? 0) === 0 ? null : (this.#mean[bin] ?? 0)
    const threshold = this.#threshold
    if (!Number.isFinite(value)) return { anomalous: false, score: 0, threshold, usual }
    const elapsedMs =
      this.#lastMs === 0 ? 0 : Math.min(longestGapMs, Math.max(0, atMs - this.#lastMs))
    this.#lastMs = atMs
    const score = this.#score(bin, value)
    this.#votes = [...this.#votes, score > threshold].slice(-windowSize)
    const alarmed = this.#votes.filter(Boolean).length >= votesNeeded
    const anomalous = alarmed && !this.#alarmed
    this.#alarmed = alarmed
    this.#tune(anomalous, elapsedMs)
    this.#learn(bin, value)
    return { anomalous, score, threshold, usual }
  }

  #score(bin: number, value: number): number {
    if ((this.#seen[bin] ?? 0) < warmSamples) return 0
    return Math.abs(value - (this.#mean[bin] ?? 0)) / this.#deviation(bin)
  }

  #deviation(bin: number): number {
    const own = Math.min(1, (this.#seen[bin] ?? 0) / ownNoiseFrom)
    const variance = own * (this.#variance[bin] ?? 0) + (1 - own) * this.#noise
    // A value that never varied still has room of two percent before it counts as strange.
    const floor = Math.abs(this.#mean[bin] ?? 0) * 0.02
    return Math.max(Math.sqrt(Math.max(variance, this.#variance[bin] ?? 0)), floor, 1e-6)
  }

  #learn(bin: number, value: number): void {
    const seen = (this.#seen[bin] = Math.min(seenCap, (this.#seen[bin] ?? 0) + 1))
    const mean = this.#mean[bin] ?? 0
    const bound = seen > warmSamples ? clipAt * this.#deviation(bin) : Number.POSITIVE_INFINITY
    const delta = Math.min(bound, Math.max(-bound, value - mean))
    const rate = Math.max(learning / 10, 1 / seen)
    this.#mean[bin] = mean + rate * delta
    this.#variance[bin] = (1 - rate) * ((this.#variance[bin] ?? 0) + rate * delta * delta)
    if (seen > warmSamples) this.#noise += (learning / 10) * (delta * delta - this.#noise)
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
