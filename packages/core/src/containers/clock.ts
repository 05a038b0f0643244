import type { Clock } from './types.ts'

/** The host's time. Its timers keep no Node process alive. */
export const hostClock: Clock = {
  now: Date.now,
  setTimer(ms, run) {
    const timer: unknown = setTimeout(run, ms)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer)
      (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as number)
  },
}
