import { ContainerError } from '../errors.ts'
import type { GuestArguments } from './guest.ts'

/** What nests deeper is looked at with more care: it may hold itself. */
const deep = 100
/** Below what stacks of engines hold, so that no call is half made. */
const deepest = 1000

/**
 * A value as JSON; `undefined` where there is none. Throws `ContainerError` (`ARGUMENT_INVALID`) with the path of what JSON cannot say: functions,
 * symbols, bigints, numbers that are not finite, what holds itself or nests deeper than 1,000, and maps, sets and promises, which JSON would write as
 * empty.
 */
export function jsonText(value: unknown, path = 'args'): string | undefined {
  const plain = isSaid(value, 0) ? value : toPlain(value, path, [])
  return JSON.stringify(plain) as string | undefined
}

/** Why arguments cannot be sent; undefined where JSON could say them. */
export function findUnsaid({ list, isPositional }: GuestArguments): ContainerError | undefined {
  try {
    jsonText(isPositional ? list : list[0])
    return undefined
  } catch (error) {
    return error instanceof ContainerError ? error : undefined
  }
}

/** Quick, and false where it takes a closer look. */
function isSaid(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object')
    return typeof value === 'string' || typeof value === 'boolean' || value === undefined
  if (value === null) return true
  if (depth > deep) return false
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n += 1) if (!isSaid(value[n], depth + 1)) return false
    return !('toJSON' in value)
  }
  const prototype = Object.getPrototypeOf(value) as unknown
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value)
    if (!isSaid((value as Record<string, unknown>)[key], depth + 1)) return false
  return !('toJSON' in value)
}

/** A copy of what JSON would write. */
function toPlain(given: unknown, path: string, above: readonly unknown[]): unknown {
  const value = converted(given)
  const wrong = wrongOf(value)
  if (wrong !== undefined) return refuse(path, wrong)
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return refuse(path, 'an object that holds itself')
  if (above.length >= deepest) return refuse(path, `nested deeper than ${deepest}`)
  const chain = [...above, value]
  if (Array.isArray(value))
    return Array.from(value, (one, n) => toPlain(one, `${path}[${n}]`, chain))
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, toPlain(one, `${path}${step(key)}`, chain)]),
  )
}

/** Dates and their like say themselves what they are; wrapped numbers and texts are what is in them. */
function converted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON === 'function') return toJSON.call(value, '') as unknown
  const isWrapped = [Number, String, Boolean].some((one) => value instanceof one)
  return isWrapped ? value.valueOf() : value
}

function wrongOf(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return `a ${typeof value}`
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value)
  const empty = [Map, Set, WeakMap, WeakSet, Promise, ArrayBuffer]
  const found = empty.find((one) => value instanceof one)
  return found === undefined ? undefined : `a ${found.name}`
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function refuse(path: string, what: string): never {
  throw new ContainerError(
    `The arguments cannot be passed as JSON: ${path.length > 200 ? `${path.slice(0, 200)}…` : path} is ${what}.`,
    'ARGUMENT_INVALID',
    { path },
  )
}
