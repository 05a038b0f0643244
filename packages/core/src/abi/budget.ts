import { connectTick } from './bridge.ts'
import { createMeter, type Meter } from '../binary/meter.ts'
import { toContainerError } from './errors.ts'
import { FuelSlice, leastSlice } from './fuel-slice.ts'
import { openStack, type GuestStack } from './guest-stack.ts'
import type { GuestCallOptions, StopSignal } from './guest.ts'
import { fuelOut, throwIfAborted, timeOut, tooDeep } from './stops.ts'
import { Waits } from './waits.ts'

export { compileBridge } from './bridge.ts'

/** What one call may use. */
export interface BudgetLimits {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** Where nobody looked at the clock yet. */
const unknown = -1

/** No call runs. Fuel and depth are as a call that returned leaves them, and nothing else is left of it: the next may just begin. */
const even = 0
const running = 1
/** The same, but its begin is known still. */
const timed = 2
/** No call runs, and fuel is to be set for the next. */
const spent = 3
/** Neither fuel nor depth are known. */
const unsettled = 4

/** What a budget needs of a call's options. */
type BudgetOptions = Pick<GuestCallOptions, 'signal' | 'startedMs'>

/** Of most calls: one object for all. */
export const unwatched: GuestCallOptions = {}

/** Runs calls of one instance inside their limits. A call that is stopped leaves the instance as usable as before. */
export interface Budget {
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
  /** After a result. */
  end(): void
  /** After an error: gives the one that the caller gets. */
  failed(error: unknown): unknown
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
  const waits = new Waits()
  const stack = openStack(exports)
  let signal: StopSignal | undefined
  const budget: Budget = {
    startedMs: unknown,
    isTimed: false,
    run: (work) => {
      const level = stack?.level
      try {
        return work()
      } catch (error) {
        if (stack !== undefined && level !== undefined) stack.level = level
        throw toContainerError(error)
      }
    },
    async later(work, options) {
      ;({ signal } = options)
      const level = stack?.level
      try {
        return await work()
      } catch (error) {
        if (stack !== undefined && level !== undefined) stack.level = level
        throw toContainerError(error)
      }
    },
    wait: (promise) =>
      waits.run(promise, { leftMs: Infinity, signal, check: () => throwIfAborted(signal) }),
    stop: (error) => waits.stop(error),
    begin() {
      if (stack?.moves === true) stack.remember()
    },
    beginShort: () => budget.begin(unwatched),
    end: () => undefined,
    failed(error) {
      stack?.reset()
      return toContainerError(error)
    },
    look: () => undefined,
    check: () => undefined,
    leftMs: () => Infinity,
  }
  return budget
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

/**
 * A call whose begin is not known has until its first slice of fuel is used, or its first host function is called, for nothing: looking at
 * the clock costs more than a short call.
 */
class MeteredBudget implements Budget {
  startedMs = unknown
  isTimed = false
  readonly #meter: Meter
  readonly #stack: GuestStack | undefined
  readonly #limits: BudgetLimits
  /** Fuel that a call begins with. */
  readonly #first: bigint
  /** After a call that returned, whether its begin was known or not. */
  readonly #rest: number
  readonly #restTimed: number
  readonly #waits = new Waits()
  readonly #slice = new FuelSlice()
  #granted = 0n
  #signal: StopSignal | undefined
  /** As one number: a short call sets it twice, and nothing else. */
  #phase = unsettled

  constructor(instance: Pick<WebAssembly.Instance, 'exports'>, limits: BudgetLimits) {
    const { maxFuel } = limits
    this.#meter = createMeter(instance)
    this.#stack = openStack(instance.exports)
    const moves = this.#stack?.moves === true
    this.#limits = limits
    // Setting a global costs more than a short call: where no total is kept, what a call leaves of its slice is for the next.
    this.#restTimed = maxFuel === undefined ? timed : spent
    this.#rest = maxFuel === undefined && !moves ? even : this.#restTimed
    this.#first = maxFuel !== undefined && maxFuel < leastSlice ? maxFuel : leastSlice
  }

  run<T>(work: () => T, options: BudgetOptions = {}): T {
    if (this.#phase === running) return this.#runInside(work)
    this.begin(options)
    let result: T
    try {
      result = work()
    } catch (error) {
      throw this.failed(error)
    }
    this.end()
    return result
  }

  async later<T>(work: () => Promise<T>, options: BudgetOptions): Promise<T> {
    this.begin(options)
    this.look()
    let result: T
    try {
      result = await work()
    } catch (error) {
      throw this.failed(error)
    }
    this.end()
    return result
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return this.#waits.run(promise, {
      leftMs: this.leftMs(),
      signal: this.#signal,
      check: () => this.check(),
    })
  }

  stop(error: unknown): void {
    this.#waits.stop(error)
  }

  begin({ signal, startedMs = unknown }: BudgetOptions): void {
    this.startedMs = startedMs
    this.isTimed = startedMs >= 0
    this.#signal = signal
    if (this.#phase >= spent) this.#refill()
    if (this.#stack?.moves === true) this.#stack.remember()
    this.#phase = running
  }

  beginShort(): void {
    if (this.#phase === even) this.#phase = running
    else this.begin(unwatched)
  }

  end(): void {
    this.#phase = this.isTimed ? this.#restTimed : this.#rest
    if (this.#signal !== undefined) this.#signal = undefined
  }

  failed(error: unknown): unknown {
    this.#phase = unsettled
    this.#signal = undefined
    this.#stack?.reset()
    return toContainerError(error)
  }

  look(): void {
    if (!this.isTimed) this.#beginAt(this.#limits.nowMs())
  }

  check(): void {
    this.#checkAt(this.#limits.nowMs())
  }

  leftMs(now: number = this.#limits.nowMs()): number {
    if (!this.isTimed) this.#beginAt(now)
    return this.startedMs + this.#limits.maxCpuTimeMs - now
  }

  /** The module has no fuel left, or its calls nest too deep. */
  tick(): void {
    if (this.#meter.stoppedBy() === 'depth') tooDeep()
    const now = this.#limits.nowMs()
    this.#checkAt(now)
    this.#slice.looked(now)
    this.#grant(this.#slice.size)
  }

  /** A call inside of another. */
  #runInside<T>(work: () => T): T {
    const stack = this.#stack
    const level = stack?.level ?? 0
    try {
      return work()
    } catch (error) {
      // Where a call traps, the fuel its last loop used is not written back: who goes on after that has used the whole slice.
      if (this.#meter.fuel >= 0n) this.#meter.fuel = -1n
      if (stack !== undefined) stack.level = level
      throw error
    }
  }

  #beginAt(now: number): void {
    this.startedMs = now
    this.isTimed = true
  }

  #checkAt(now: number): void {
    throwIfAborted(this.#signal)
    if (this.leftMs(now) < 0) timeOut(this.#limits.maxCpuTimeMs)
  }

  #refill(): void {
    this.#granted = this.#first
    if (this.#phase === unsettled) this.#meter.begin(this.#first)
    else this.#meter.fuel = this.#first
  }

  #grant(slice: bigint): void {
    const { maxFuel } = this.#limits
    const used = this.#granted - this.#meter.fuel
    const left = maxFuel === undefined ? slice : maxFuel - used
    if (left <= 0n) fuelOut(maxFuel ?? 0n)
    const next = left < slice ? left : slice
    // What was overdrawn stays counted: the meter stands at `next`, and all before it is granted.
    this.#granted = used + next
    this.#meter.fuel = next
  }
}
