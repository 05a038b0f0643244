import { connectTick } from './bridge.ts'
import type { Bursts, BurstBudget } from './burst.ts'
import type { GuestCallOptions } from './guest.ts'
import { MeteredBudget } from './metered-budget.ts'
import { OpenBudget } from './open-budget.ts'

export { compileBridge } from './bridge.ts'

/** What one call may use. */
export interface BudgetLimits {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** What a budget needs of a call's options. */
export type BudgetOptions = Pick<GuestCallOptions, 'signal' | 'startedMs'>

/** Runs calls of one instance inside their limits. A call that is stopped leaves the instance as usable as before. */
export interface Budget extends BurstBudget {
  /** Calls that follow each other without it. */
  readonly bursts: Bursts
  /** Whether a call that returned leaves nothing to be set for the next. */
  readonly isEven: boolean
  /** Inside of another `run` it is part of that call: a host function that calls back into the module spends the same budget. */
  run<T>(work: () => T, options?: BudgetOptions): T
  /** The same for work that waits for promises. What runs meanwhile is part of the call. */
  later<T>(work: () => Promise<T>, options: BudgetOptions): Promise<T>
  /** Inside of `later`: waits until the call's time is over, its signal aborts, or `stop` is called. */
  wait<T>(promise: Promise<T>): Promise<T>
  /** Ends what waits. */
  stop(error: unknown): void
  /** What `run` does before its work. For outermost calls that are to cost no function; `end` or `failed` must follow. */
  begin(options: BudgetOptions): void
  /** The same for a call without options. */
  beginShort(): void
  /** Monotonic milliseconds at which the running or last call began; negative where nobody knew or looked at the clock. */
  readonly startedMs: number
  /** Whether that is not negative. */
  readonly isTimed: boolean
  /** Begins to count the time of a call whose begin is not known. Call before work that costs the module no fuel. */
  look(): void
  /** Throws when the running call's time is over or its signal aborted. */
  check(): void
  /** Milliseconds the running call still has. */
  leftMs(): number
}

/** For a module that was not metered: nothing stops a call. */
export function createOpenBudget(exports: WebAssembly.Exports = {}): Budget {
  return new OpenBudget(exports)
}

/** Hands out fuel in slices and looks at the clock, the fuel total and the signal between them. */
export function createBudget(
  instance: Pick<WebAssembly.Instance, 'exports'>,
  bridge: WebAssembly.Module,
  limits: BudgetLimits,
): Budget {
  const budget = new MeteredBudget(instance, limits)
  connectTick(instance, bridge, () => budget.tick())
  return budget
}
