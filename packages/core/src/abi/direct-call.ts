import type { Burst } from './burst.ts'
import { fits, kindOf, noNumber, type CallableFunction, type NumberKind } from './numbers.ts'

/** More arguments than these go as a list. */
const most = 4

/** Up to four arguments by position: a list would have to be made for each call. */
export type Positions = readonly [
  first?: unknown,
  second?: unknown,
  third?: unknown,
  fourth?: unknown,
]

/** What lies behind the end of an array is slow to read. */
export function at(list: readonly unknown[], index: number): unknown {
  return index < list.length ? list[index] : undefined
}

/** A function of the module that takes numbers as they are, and gives one or nothing. */
export interface DirectFunction {
  readonly called: (...numbers: (number | bigint)[]) => unknown
  readonly kinds: readonly NumberKind[]
}

/** `undefined` for a function whose arguments or result have to be made into something else first. */
export function directFunction(
  called: DirectFunction['called'],
  { params, results, required }: CallableFunction,
): DirectFunction | undefined {
  const kinds = params.flatMap((type) => kindOf(type) ?? [])
  const isDirect =
    required === params.length &&
    kinds.length === params.length &&
    kinds.length <= most &&
    results.length <= 1 &&
    results.every((type) => kindOf(type) !== undefined)
  return isDirect ? { called, kinds } : undefined
}

/**
 * Calls such a function with nothing in between. A class, so that the engine knows one shape whatever module it is of. Its fields are declared, not
 * defined: the engine takes a field for a constant that is written once, and can put the function itself into the caller's loop.
 */
export class DirectCall {
  declare readonly arity: number
  declare private readonly called: (...numbers: Positions) => unknown
  declare private readonly burst: Burst
  declare private readonly first: NumberKind
  declare private readonly second: NumberKind
  declare private readonly third: NumberKind
  declare private readonly fourth: NumberKind

  constructor({ called, kinds }: DirectFunction, burst: Burst) {
    const [first = noNumber, second = noNumber, third = noNumber, fourth = noNumber] = kinds
    this.arity = kinds.length
    this.called = called as (...numbers: Positions) => unknown
    this.burst = burst
    this.first = first
    this.second = second
    this.third = third
    this.fourth = fourth
  }

  /** Whether as many arguments as it takes can go as they are. */
  takes(...args: Positions): boolean {
    return (
      fits(args[0], this.first) &&
      fits(args[1], this.second) &&
      fits(args[2], this.third) &&
      fits(args[3], this.fourth)
    )
  }

  takesList(list: readonly unknown[]): boolean {
    return (
      list.length === this.arity && this.takes(at(list, 0), at(list, 1), at(list, 2), at(list, 3))
    )
  }

  /** A module leaves arguments alone that it does not take. */
  call(...args: Positions): unknown {
    return this.called(args[0], args[1], args[2], args[3])
  }

  /** The same as the next of an open burst. */
  next(...args: Positions): unknown {
    const burst = this.burst
    const { left } = burst
    burst.left = -left
    let result: unknown
    try {
      result = this.called(args[0], args[1], args[2], args[3])
    } catch (error) {
      return burst.failed(error)
    }
    if (burst.left === -left) burst.left = left - 1
    else burst.returned()
    return result
  }
}
