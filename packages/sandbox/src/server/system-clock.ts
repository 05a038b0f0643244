import type { Clock } from '../ports.ts'

const MAX_DELAY_MS = 2 ** 31 - 1

/** The clock of this machine. Its timers do not keep the process alive. */
export const createSystemClock = (): Clock => ({
  now: () => Date.now(),
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, MAX_DELAY_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
})
