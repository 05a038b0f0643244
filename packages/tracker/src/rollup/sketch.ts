import { fromCode } from './quantize.ts'

/** Codes that share a bin: about 4 % wide, so a quantile is at most 2 % off. */
const codesPerBin = 64

/** Zero has a bin of its own. */
const toKey = (code: number): number => (code === 0 ? 0 : 1 + Math.floor((code - 1) / codesPerBin))

/** Sparse quantile sketches of equal capacity, side by side in two arrays. */
export interface SketchPool {
  readonly keys: Uint16Array
  readonly counts: Uint32Array
  /** Bins of one sketch. */
  readonly capacity: number
}

/** Arrays for a number of sketches. */
export const createSketchPool = (sketches: number, capacity: number): SketchPool => ({
  keys: new Uint16Array(sketches * capacity),
  counts: new Uint32Array(sketches * capacity),
  capacity,
})

const usedBins = (pool: SketchPool, from: number): number => {
  let used = 0
  while (used < pool.capacity && pool.counts[from + used] !== 0) used += 1
  return used
}

/** Joins the two lowest bins: high quantiles are what sketches are asked for. */
const collapseLowest = (pool: SketchPool, from: number): void => {
  pool.counts[from + 1] = (pool.counts[from] ?? 0) + (pool.counts[from + 1] ?? 0)
  pool.keys.copyWithin(from, from + 1, from + pool.capacity)
  pool.counts.copyWithin(from, from + 1, from + pool.capacity)
  pool.counts[from + pool.capacity - 1] = 0
}

const addBin = (pool: SketchPool, from: number, [key, count]: readonly [number, number]): void => {
  let used = usedBins(pool, from)
  const find = (): number => {
    let at = from
    while (at < from + used && (pool.keys[at] ?? 0) < key) at += 1
    return at
  }
  let at = find()
  if (at < from + used && pool.keys[at] === key) {
    pool.counts[at] = (pool.counts[at] ?? 0) + count
    return
  }
  if (used === pool.capacity) {
    if (at === from) {
      pool.counts[from] = (pool.counts[from] ?? 0) + count
      return
    }
    collapseLowest(pool, from)
    used -= 1
    at = find()
  }
  pool.keys.copyWithin(at + 1, at, from + used)
  pool.counts.copyWithin(at + 1, at, from + used)
  pool.keys[at] = key
  pool.counts[at] = count
}

/** Adds one value, as a code, to a sketch. */
export const addToSketch = (pool: SketchPool, sketch: number, code: number): void =>
  addBin(pool, sketch * pool.capacity, [toKey(code), 1])

/** Adds all of one sketch to another; the result is the same as if the values had been added to it one by one. */
export const mergeSketch = (
  into: SketchPool,
  target: number,
  source: { readonly pool: SketchPool; readonly sketch: number },
): void => {
  const from = source.sketch * source.pool.capacity
  for (let bin = from + usedBins(source.pool, from) - 1; bin >= from; bin -= 1) {
    addBin(into, target * into.capacity, [source.pool.keys[bin] ?? 0, source.pool.counts[bin] ?? 0])
  }
}

/** Empties a sketch. */
export const clearSketch = (pool: SketchPool, sketch: number): void => {
  pool.counts.fill(0, sketch * pool.capacity, (sketch + 1) * pool.capacity)
}

/** The value below which a share of the added values lies (nearest rank); NaN when nothing was added. */
export const quantileOf = (pool: SketchPool, sketch: number, share: number): number => {
  const from = sketch * pool.capacity
  const used = usedBins(pool, from)
  let total = 0
  for (let bin = from; bin < from + used; bin += 1) total += pool.counts[bin] ?? 0
  let rest = total - Math.max(1, Math.ceil(share * total)) + 1
  for (let bin = from + used - 1; bin >= from; bin -= 1) {
    rest -= pool.counts[bin] ?? 0
    if (rest <= 0) return middleOf(pool.keys[bin] ?? 0)
  }
  return Number.NaN
}

const middleOf = (key: number): number =>
  key === 0 ? 0 : fromCode((key - 1) * codesPerBin + codesPerBin / 2)
