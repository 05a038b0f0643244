import type { Budget, BudgetOptions } from './budget.ts'
import { Bursts } from './burst.ts'
import { toContainerError } from './errors.ts'
import { openStack, type GuestStack } from './guest-stack.ts'
import type { StopSignal } from './guest.ts'
import { throwIfAborted } from './stops.ts'
import { Waits } from './waits.ts'

/** For a module that was not metered: nothing stops a call. */
export class OpenBudget implements Budget {
  readonly startedMs = -1
  readonly isTimed = false
  readonly isEven: boolean
  readonly bursts: Bursts = new Bursts(this)
  readonly #stack: GuestStack | undefined
  readonly #waits = new Waits()
  #signal: StopSignal | undefined

  constructor(exports: WebAssembly.Exports) {
    this.#stack = openStack(exports)
    this.isEven = this.#stack?.moves !== true
  }

  run<T>(work: () => T): T {
    this.bursts.end()
    const level = this.#stack?.level
    try {
      return work()
    } catch (error) {
      throw this.#failedAt(level, error)
    }
  }

  async later<T>(work: () => Promise<T>, { signal }: BudgetOptions): Promise<T> {
    this.#signal = signal
    const level = this.#stack?.level
    try {
      return await work()
    } catch (error) {
      throw this.#failedAt(level, error)
    }
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    const signal = this.#signal
    const check = (): void => throwIfAborted(signal)
    return this.#waits.run(promise, { leftMs: Infinity, signal, check })
  }

  stop(error: unknown): void {
    this.#waits.stop(error)
  }

  begin(): void {
    if (!this.isEven) this.#stack?.remember()
  }

  beginShort(): void {
    this.begin()
  }

  failed(error: unknown): unknown {
    this.#stack?.reset()
    return toContainerError(error)
  }

  look(): void {
    this.bursts.end()
  }

  leftMs(): number {
    return Infinity
  }

  end(): void {}
  check(): void {}
  settle(): void {}
  occupy(): void {}

  #failedAt(level: number | undefined, error: unknown): unknown {
    const stack = this.#stack
    if (stack !== undefined && level !== undefined) stack.level = level
    return toContainerError(error)
  }
}
