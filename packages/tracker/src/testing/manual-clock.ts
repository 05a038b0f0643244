import type { Clock } from '../model/ports.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/**
 * A clock for tests that moves only when told. Wall-clock and monotonic time are separate, so that a test can let the
 * wall clock jump.
 */
export class ManualClock implements Clock {
  #timers: Timer[] = []
  #monotonic = 0
  #wall: number

  constructor(wallMs = 1_700_000_000_000) {
    this.#wall = wallMs
  }

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, delayMs), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Changes the wall clock alone, as an administrator or NTP does. */
  jumpWall(ms: number): void {
    this.#wall += ms
  }

  /** Moves time on, runs what becomes due in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    for (;;) {
      await settle()
      const due = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#wall += due.at - this.#monotonic
      this.#monotonic = due.at
      due.run()
    }
    this.#wall += end - this.#monotonic
    this.#monotonic = end
    await settle()
  }
}

const turns = 50

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}
