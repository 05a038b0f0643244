import type { GuestArguments } from '../abi/guest.ts'

/** An array is the arguments by position, anything else one argument, nothing none. */
export function toArguments(args: unknown): GuestArguments {
  if (Array.isArray(args)) return { list: args, isPositional: true }
  return { list: args === undefined ? [] : [args], isPositional: false }
}
