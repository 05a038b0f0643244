const deepest = 500

/**
 * A copy of a state: plain data only, so that it can be saved and passed on. Throws `TypeError` for functions, symbols,
 * bigints, objects of classes, cycles and what nests deeper than 500.
 */
export function copyState(value: unknown, depth = 0): unknown {
  if (depth > deepest) throw new TypeError('A state nests at most 500 deep, without cycles.')
  if (value === null || value === undefined) return value
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new TypeError(`A state holds finite numbers, not ${value}.`)
  }
  if (Array.isArray(value)) return Array.from(value, (one) => copyState(one, depth + 1))
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, copyState(one, depth + 1)]),
    )
  }
  throw new TypeError(`A state is plain data; it cannot hold ${describe(value)}.`)
}

/** `next`, with every part that equals the same part of `previous` replaced by that one: `===` says what changed. */
export function shareStructure(previous: unknown, next: unknown, depth = 0): unknown {
  if (Object.is(previous, next) || depth > deepest)
    return Object.is(previous, next) ? previous : next
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next, depth)
  if (isRecord(previous) && isRecord(next)) return shareRecord(previous, next, depth)
  return next
}

function shareArray(previous: unknown[], next: unknown[], depth: number): unknown[] {
  const shared = next.map((one, n) => shareStructure(previous[n], one, depth + 1))
  const isSame =
    previous.length === next.length && shared.every((one, n) => Object.is(one, previous[n]))
  return isSame ? previous : shared
}

type PlainRecord = Record<string, unknown>

function shareRecord(previous: PlainRecord, next: PlainRecord, depth: number): PlainRecord {
  const keys = Object.keys(next)
  const shared = Object.fromEntries(
    keys.map((key) => [
      key,
      shareStructure(
        Object.hasOwn(previous, key) ? previous[key] : undefined,
        next[key],
        depth + 1,
      ),
    ]),
  )
  const isSame =
    keys.length === Object.keys(previous).length &&
    keys.every((key) => Object.hasOwn(previous, key) && Object.is(previous[key], shared[key]))
  return isSame ? previous : shared
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Also an object of another window or context, whose prototype is not the one here. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: unknown): string {
  return typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`
}
