import { fromCode } from './quantize.ts'

/** The highest codes of many short series, side by side: all that the high quantiles of a minute need. */
export class TopPool {
  /** Codes of each series: enough for the p95 of up to 79 values. */
  static readonly kept: number = 4
  readonly codes: Uint16Array

  /** `codes`: zeros, `TopPool.kept` for each series. */
  constructor(codes: Uint16Array) {
    this.codes = codes
  }

  add(series: number, code: number): void {
    const from = series * TopPool.kept
    let at = from + TopPool.kept - 1
    if (code <= (this.codes[at] ?? 0)) return
    while (at > from && code > (this.codes[at - 1] ?? 0)) {
      this.codes[at] = this.codes[at - 1] ?? 0
      at -= 1
    }
    this.codes[at] = code
  }

  clear(series: number): void {
    this.codes.fill(0, series * TopPool.kept, (series + 1) * TopPool.kept)
  }

  /** Of a series that is not empty. */
  highest(series: number): number {
    return fromCode(this.codes[series * TopPool.kept] ?? 0)
  }

  /** The quantile (nearest rank) of a series of `count` values; of a long series the lowest value kept, which is too high. */
  quantile(series: number, share: number, count: number): number {
    const rank = count - Math.max(1, Math.ceil(share * count))
    return fromCode(this.codes[series * TopPool.kept + Math.min(rank, TopPool.kept - 1)] ?? 0)
  }
}
