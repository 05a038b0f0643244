import type { Clock } from '../ports.ts'

/** A clock that stands still until it is told. */
export interface ManualClock extends Clock {
  /** Moves time and runs what is due, in order; lets promises settle in between. */
  advance(ms: number): Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly run: () => void
}

/** One turn of the event loop: every promise that can settle has settled by then. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Starts at the seed's moment, 2025-10-27T12:00:00Z, unless told otherwise. */
export const createManualClock = (startMs: number = Date.UTC(2025, 9, 27, 12)): ManualClock => {
  const timers = new Set<Timer>()
  let now = startMs

  const takeDue = (untilMs: number): Timer | undefined => {
    const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
    if (next) timers.delete(next)
    return next
  }

  return {
    now: () => now,
    schedule: (delayMs, run) => {
      const timer = { atMs: now + delayMs, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance: async (ms) => {
      const untilMs = now + ms
      await settle()
      for (let timer = takeDue(untilMs); timer; timer = takeDue(untilMs)) {
        now = Math.max(now, timer.atMs)
        timer.run()
        await settle()
      }
      now = untilMs
      await settle()
    },
  }
}
