/** A straight line through measurements, robust against outliers. */
export interface Trend {
  /** Change of the value per second: the median of the slopes between all pairs of points (Theil–Sen). */
  readonly slopePerSecond: number
  /** Share of the pairs whose slope has the sign of the median, 0.5 … 1: how sure the direction is. */
  readonly agreement: number
  readonly points: number
}

/** A value at a time. */
export interface Point {
  readonly atMs: number
  readonly value: number
}

const maxPoints = 120

const thin = (points: readonly Point[]): readonly Point[] => {
  if (points.length <= maxPoints) return points
  const stride = points.length / maxPoints
  return Array.from({ length: maxPoints }, (_, i) => points[Math.floor(i * stride)]).filter(
    (point) => point !== undefined,
  )
}

/** The trend of some points; undefined with fewer than three. More than 120 points are thinned out evenly. */
export const trendOf = (all: readonly Point[]): Trend | undefined => {
  const points = thin(all)
  if (points.length < 3) return undefined
  const slopes: number[] = []
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) {
      if (b.atMs > a.atMs) slopes.push(((b.value - a.value) / (b.atMs - a.atMs)) * 1000)
    }
  }
  if (slopes.length === 0) return undefined
  const sorted = Float64Array.from(slopes).toSorted()
  const middle = sorted.length >> 1
  const slope =
    sorted.length % 2 === 1
      ? (sorted[middle] ?? 0)
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
  const agreeing = sorted.filter((other) => Math.sign(other) === Math.sign(slope)).length
  return { slopePerSecond: slope, agreement: agreeing / sorted.length, points: points.length }
}
