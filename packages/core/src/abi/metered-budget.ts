import { createMeter, type Meter } from '../binary/meter.ts'
import type { Budget, BudgetLimits, BudgetOptions } from './budget.ts'
import { Bursts } from './burst.ts'
import { toContainerError } from './errors.ts'
import { FuelSlice, leastSlice } from './fuel-slice.ts'
import { openStack, type GuestStack } from './guest-stack.ts'
import type { StopSignal } from './guest.ts'
import { fuelOut, throwIfAborted, timeOut, tooDeep } from './stops.ts'
import { Waits } from './waits.ts'

/** Of most calls: one object for all. */
const plain: BudgetOptions = {}

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

/**
 * A call whose begin is not known has until its first slice of fuel is used, or its first host function is called, for nothing: looking at
 * the clock costs more than a short call.
 */
export class MeteredBudget implements Budget {
  startedMs: number = unknown
  isTimed = false
  readonly isEven: boolean
  readonly bursts: Bursts = new Bursts(this)
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
    this.isEven = maxFuel === undefined && !moves
    this.#rest = this.isEven ? even : this.#restTimed
    this.#first = maxFuel !== undefined && maxFuel < leastSlice ? maxFuel : leastSlice
  }

  run<T>(work: () => T, options: BudgetOptions = {}): T {
    this.bursts.end()
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
    else this.begin(plain)
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

  settle(): void {
    this.startedMs = unknown
    this.isTimed = false
    if (this.isEven) this.#phase = even
  }

  occupy(): void {
    this.#phase = running
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
    this.bursts.end()
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
