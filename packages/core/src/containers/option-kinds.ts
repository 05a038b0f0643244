import type { Kind } from './checks.ts'

/** The longest time that timers of hosts can be set to, in milliseconds: 24 days. Above it they are over at once. */
export const longestTimerMs: number = 2 ** 31 - 1

export const anything: Kind = { text: 'any value', is: () => true }
export const flag: Kind = { text: 'true or false', is: (value) => typeof value === 'boolean' }
export const text: Kind = { text: 'text', is: (value) => typeof value === 'string' }
export const texts: Kind = {
  text: 'a list of texts',
  is: (value) => Array.isArray(value) && value.every(text.is),
}
export const callable: Kind = { text: 'a function', is: (value) => typeof value === 'function' }
/** Not a `Map`, whose entries nobody would see. */
export const record: Kind = {
  text: 'an object',
  is: (value) => isObject(value) && !(Symbol.iterator in value),
}

export const abortSignal: Kind = {
  text: 'an AbortSignal',
  is: (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value,
}

/** An object with these functions. */
export function having(...names: readonly string[]): Kind {
  return {
    text: `an object with the function${names.length > 1 ? 's' : ''} ${names.join(' and ')}`,
    is: (value) => isObject(value) && names.every((name) => callable.is(Reflect.get(value, name))),
  }
}

export function listOf(kind: Kind): Kind {
  return {
    text: `a list, and in it ${kind.text}`,
    is: (value) => Array.isArray(value) && value.every(kind.is),
  }
}

export function either(one: Kind, other: Kind): Kind {
  return { text: `${one.text} or ${other.text}`, is: (value) => one.is(value) || other.is(value) }
}

export function numberFrom(least: number, most: number = Number.MAX_VALUE): Kind {
  return {
    text: `a number from ${rangeOf(least, most)}`,
    is: (value) => isNumber(value, least, most),
  }
}

/** `Infinity` is no limit. */
export const byteCount: Kind = {
  text: 'a number of bytes',
  is: (value) => isNumber(value, 0, Infinity),
}

export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind {
  return {
    text: `a whole number from ${rangeOf(least, most)}`,
    is: (value) => isNumber(value, least, most) && Number.isInteger(value),
  }
}

function rangeOf(least: number, most: number): string {
  return most >= Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumber(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}
