import type { FunctionType } from '../binary/types.ts'

const i32 = 0x7f
const f32 = 0x7d
const f64 = 0x7c
const valueTypes: Readonly<Record<number, string>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
}

/** A function as its callers see it. */
export interface CallableFunction extends FunctionType {
  readonly name: string
  /** Arguments it can do with. */
  readonly required: number
}

/** Checks the arguments of a numeric function against its type, and puts zeros where it needs none. Throws `TypeError`. */
export function toNumbers(
  { name, params, required }: CallableFunction,
  args: readonly unknown[],
): (number | bigint)[] {
  if (args.length > params.length || args.length < required) {
    const count = required === params.length ? `${required}` : `${required} to ${params.length}`
    throw new TypeError(`"${name}" takes ${count} argument(s), ${args.length} were given.`)
  }
  const numbers: (number | bigint)[] = []
  for (let n = 0; n < params.length; n += 1) {
    const value = args[n]
    const type = params[n] ?? 0
    const kind = kindOf(type)
    if (typeof value === 'number' && kind !== undefined && fits(value, kind)) numbers.push(value)
    else if (n < args.length) numbers.push(toNumber(value, valueTypes[type], { name, n }))
    else numbers.push(zeroOf(valueTypes[type]))
  }
  return numbers
}

/** There is no such parameter. */
export const noNumber = 0
/** Whole numbers of 32 bits go as they are. */
const whole = 1
/** Any number does. */
const any = 2
/** What goes to a parameter without being made into something else. */
export type NumberKind = typeof noNumber | typeof whole | typeof any

/** `undefined` for what is not a number on both sides. */
export function kindOf(type: number): NumberKind | undefined {
  if (type === i32) return whole
  return type === f64 || type === f32 ? any : undefined
}

export function fits(value: unknown, kind: NumberKind): boolean {
  return kind === noNumber || (typeof value === 'number' && (kind === any || (value | 0) === value))
}

function zeroOf(type: string | undefined): number | bigint {
  return type === 'i64' ? 0n : 0
}

/** An i64 becomes a number where a number can say it exactly, else a bigint. */
export function fromNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return fromBigInt(value)
  return Array.isArray(value) ? value.map((one) => fromNumbers(one)) : value
}

function fromBigInt(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

interface Place {
  readonly name: string
  readonly n: number
}

function toNumber(value: unknown, type: string | undefined, place: Place): number | bigint {
  const plain = typeof value === 'boolean' ? Number(value) : value
  if (type === 'i64') return toI64(plain, place)
  if (type === undefined) throw new TypeError(`${at(place)} is of a type that cannot be passed.`)
  if (typeof plain !== 'number')
    throw new TypeError(`${at(place)} takes a number, not ${typeof value}.`)
  if (type === 'i32' && (!Number.isInteger(plain) || plain < -(2 ** 31) || plain >= 2 ** 32))
    throw new TypeError(`${at(place)} takes a 32-bit integer, not ${plain}.`)
  return plain
}

function toI64(value: unknown, place: Place): bigint {
  const big =
    typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as unknown)
  if (typeof big !== 'bigint' || big < -(2n ** 63n) || big >= 2n ** 64n)
    throw new TypeError(`${at(place)} takes a 64-bit integer: a bigint, or a number that is exact.`)
  return big
}

function at({ name, n }: Place): string {
  return `Argument ${n + 1} of "${name}"`
}
