import type { Clock } from '../clock.ts'

/** A clock that stands until it is moved. */
export interface ManualClock extends Clock {
  /** Goes on by this much and runs, in order, what falls due on the way. */
  advance(ms: number): void
}

/** A clock that starts at `startMs` (default 2025-12-07 03:00 UTC) and moves by `advance` only. */
export function createManualClock(startMs: number = Date.UTC(2025, 11, 7, 3)): ManualClock {
  let nowMs = startMs
  let order = 0
  const timers = new Map<number, { readonly dueMs: number; readonly run: () => void }>()
  const nextDue = (untilMs: number): [number, { dueMs: number; run: () => void }] | undefined =>
    [...timers]
      .filter(([, timer]) => timer.dueMs <= untilMs)
      .sort(([a, x], [b, y]) => x.dueMs - y.dueMs || a - b)[0]
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(delayMs, run) {
      const id = order++
      timers.set(id, { dueMs: nowMs + delayMs, run })
      return () => void timers.delete(id)
    },
    advance(ms) {
      const untilMs = nowMs + ms
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        const [id, timer] = due
        timers.delete(id)
        nowMs = timer.dueMs
        timer.run()
      }
      nowMs = untilMs
    },
  }
}
