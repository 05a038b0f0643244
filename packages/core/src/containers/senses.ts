import { check, refuseUnknown } from './checks.ts'
import type { ContainerConfig, SteppedClock } from './types.ts'

/** What the caller gave, as it was then; undefined: the host's. */
export interface GivenSenses {
  readonly clock: ContainerConfig['clock'] | undefined
  readonly random: ContainerConfig['random'] | undefined
}

const clockKeys = { startMs: true, stepMs: true } satisfies Record<keyof SteppedClock, true>
/** 2^64 nanoseconds are over a little later. */
const lastMs = 1.8e13

/** Throws `TypeError` for what is no clock, no seed and no function. */
export function resolveSenses({
  clock,
  random,
}: Pick<ContainerConfig, 'clock' | 'random'>): GivenSenses {
  return { clock: clock && resolveClock(clock), random: random && resolveRandom(random) }
}

function resolveClock(clock: NonNullable<ContainerConfig['clock']>): GivenSenses['clock'] {
  if (!('startMs' in clock)) {
    const isClock =
      typeof clock.realtimeNs === 'function' && typeof clock.monotonicNs === 'function'
    check(isClock, 'clock is { startMs, stepMs } or has the functions realtimeNs and monotonicNs')
    return clock
  }
  refuseUnknown('clock', clock, clockKeys)
  for (const ms of [clock.startMs, clock.stepMs ?? 0]) {
    const isTime = typeof ms === 'number' && ms >= 0 && ms <= lastMs
    check(isTime, `clock has milliseconds from 0 to ${lastMs}`)
  }
  return { ...clock }
}

function resolveRandom(random: NonNullable<ContainerConfig['random']>): GivenSenses['random'] {
  if (typeof random === 'function') return random
  refuseUnknown('random', random, { seed: true })
  const isSeed = Number.isSafeInteger(random.seed) && random.seed >= 0
  check(isSeed, 'random is a function or a { seed } from 0 to 2^53 - 1')
  return { ...random }
}
