import { fromCode } from './quantize.ts'

/** Values this close share a centroid: 32 codes are about 2 %. */
const sameWithin = 32
const fullCount = 0xffff
/** Keeps the price of joining the highest values finite. */
const leastShareAbove = 0.01

/**
 * Quantile sketches of equal capacity, side by side in two arrays, which begin as zeros. A sketch is a list of centroids in ascending order: a
 * value's 16-bit code and how many values it stands for. It is exact to 2 % while its values fit the centroids; beyond that
 * it joins neighbours where it matters least for high quantiles, which are what it is asked for.
 */
export interface SketchPool {
  readonly codes: Uint16Array
  readonly counts: Uint16Array
  /** Centroids of one sketch. */
  readonly capacity: number
}

const usedCentroids = (pool: SketchPool, from: number): number => {
  let used = 0
  while (used < pool.capacity && pool.counts[from + used] !== 0) used += 1
  return used
}

const totalOf = (pool: SketchPool, from: number): number => {
  let total = 0
  for (let at = from; at < from + pool.capacity; at += 1) total += pool.counts[at] ?? 0
  return total
}

/** Only the shares count, so a sketch whose counters are full goes on with half of each. */
const halve = (pool: SketchPool, from: number): void => {
  for (let at = from; at < from + pool.capacity; at += 1)
    pool.counts[at] = ((pool.counts[at] ?? 0) + 1) >> 1
}

const weigh = (pool: SketchPool, at: number, code: number): void => {
  const known = pool.codes[at] ?? 0
  const count = (pool.counts[at] ?? 0) + 1
  pool.codes[at] = Math.round(known + (code - known) / count)
  pool.counts[at] = count
}

/** The pair whose joining costs least: few values, close together, with many above them. */
const cheapestPair = (pool: SketchPool, from: number): number => {
  const total = totalOf(pool, from)
  let above = total
  let cheapest = from
  let least = Number.POSITIVE_INFINITY
  for (let at = from; at < from + pool.capacity - 1; at += 1) {
    const mass = (pool.counts[at] ?? 0) + (pool.counts[at + 1] ?? 0)
    const gap = (pool.codes[at + 1] ?? 0) - (pool.codes[at] ?? 0)
    const cost = (mass * gap) / ((above - mass) / total + leastShareAbove)
    above -= pool.counts[at] ?? 0
    if (cost >= least) continue
    least = cost
    cheapest = at
  }
  return cheapest
}

const joinPair = (pool: SketchPool, at: number, end: number): void => {
  const [low = 0, high = 0] = [pool.counts[at], pool.counts[at + 1]]
  const [lowCode = 0, highCode = 0] = [pool.codes[at], pool.codes[at + 1]]
  pool.codes[at] = Math.round((lowCode * low + highCode * high) / (low + high))
  pool.counts[at] = Math.min(fullCount, low + high)
  pool.codes.copyWithin(at + 1, at + 2, end)
  pool.counts.copyWithin(at + 1, at + 2, end)
  pool.counts[end - 1] = 0
}

const placeOf = (pool: SketchPool, from: number, code: number): number => {
  const end = from + usedCentroids(pool, from)
  let at = from
  while (at < end && (pool.codes[at] ?? 0) < code) at += 1
  return at
}

const isClose = (pool: SketchPool, at: number, code: number): boolean => {
  const known = pool.codes[at] ?? 0
  if ((pool.counts[at] ?? 0) === 0) return false
  // Zero is a value of its own, however small the others are.
  return (known === 0) === (code === 0) && Math.abs(known - code) <= sameWithin
}

/** Index of the centroid that is close enough to a code, or -1. */
const closeTo = (pool: SketchPool, from: number, code: number): number => {
  const at = placeOf(pool, from, code)
  if (at < from + pool.capacity && isClose(pool, at, code)) return at
  return at > from && isClose(pool, at - 1, code) ? at - 1 : -1
}

/** Adds one value, as a code, to a sketch. */
export const addToSketch = (pool: SketchPool, sketch: number, code: number): void => {
  const from = sketch * pool.capacity
  const end = from + pool.capacity
  const close = closeTo(pool, from, code)
  if (close >= 0) {
    if (pool.counts[close] === fullCount) halve(pool, from)
    weigh(pool, close, code)
    return
  }
  if (pool.counts[end - 1] !== 0) {
    joinPair(pool, cheapestPair(pool, from), end)
  }
  const at = placeOf(pool, from, code)
  pool.codes.copyWithin(at + 1, at, end - 1)
  pool.counts.copyWithin(at + 1, at, end - 1)
  pool.codes[at] = code
  pool.counts[at] = 1
}

/** Empties a sketch. */
export const clearSketch = (pool: SketchPool, sketch: number): void => {
  pool.counts.fill(0, sketch * pool.capacity, (sketch + 1) * pool.capacity)
}

/** The value below which a share of the added values lies (nearest rank); NaN when nothing was added. */
export const quantileOf = (pool: SketchPool, sketch: number, share: number): number => {
  const from = sketch * pool.capacity
  const total = totalOf(pool, from)
  let rest = total - Math.max(1, Math.ceil(share * total)) + 1
  for (let at = from + usedCentroids(pool, from) - 1; at >= from; at -= 1) {
    rest -= pool.counts[at] ?? 0
    if (rest <= 0) return fromCode(pool.codes[at] ?? 0)
  }
  return Number.NaN
}
