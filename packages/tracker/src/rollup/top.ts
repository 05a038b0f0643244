import { fromCode } from './quantize.ts'

/** Enough for the p95 of up to 79 values. */
const kept = 4

/** The highest codes of many short series, side by side: all that the high quantiles of a minute need. */
export class TopPool {
  readonly codes: Uint16Array

  constructor(series: number) {
    this.codes = new Uint16Array(series * kept)
  }

  add(series: number, code: number): void {
    const from = series * kept
    let at = from + kept - 1
    if (code <= (this.codes[at] ?? 0)) return
    while (at > from && code > (this.codes[at - 1] ?? 0)) {
      this.codes[at] = this.codes[at - 1] ?? 0
      at -= 1
    }
    this.codes[at] = code
  }

  clear(series: number): void {
    this.codes.fill(0, series * kept, (series + 1) * kept)
  }

  /** The quantile (nearest rank) of a series of `count` values; of a long series the lowest value kept, which is too high. */
  quantile(series: number, share: number, count: number): number {
    const rank = count - Math.max(1, Math.ceil(share * count))
    return fromCode(this.codes[series * kept + Math.min(rank, kept - 1)] ?? 0)
  }
}
