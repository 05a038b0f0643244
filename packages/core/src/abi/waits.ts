import type { StopSignal } from './guest.ts'

/** What can end a wait. */
export interface WaitLimits {
  readonly leftMs: number
  readonly signal: StopSignal | undefined
  /** Throws the error for what ended it. */
  readonly check: () => void
}

/** How often a signal of another thread is looked at, which tells nobody. */
const lookMs = 20
const longestTimer = 2 ** 31 - 1

/** Waits of calls for promises of the host. Whatever ends one, the promise is left behind. */
export class Waits {
  readonly #stops = new Set<(error: unknown) => void>()

  async run<T>(promise: Promise<T>, { leftMs, signal, check }: WaitLimits): Promise<T> {
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const look = (): void => {
      try {
        check()
      } catch (error) {
        reject(error)
      }
    }
    // A timer may ring a little early.
    const timer =
      leftMs < longestTimer ? setTimeout(look, Math.max(0, Math.ceil(leftMs)) + 2) : undefined
    const target = signal instanceof AbortSignal ? signal : undefined
    const interval =
      signal !== undefined && target === undefined ? setInterval(look, lookMs) : undefined
    target?.addEventListener('abort', look, { once: true })
    this.#stops.add(reject)
    look()
    try {
      return await Promise.race([promise, stopped])
    } finally {
      clearTimeout(timer)
      clearInterval(interval)
      target?.removeEventListener('abort', look)
      this.#stops.delete(reject)
    }
  }

  /** Ends all of them with this error. */
  stop(error: unknown): void {
    for (const reject of this.#stops) reject(error)
  }
}
