import type { SeededRandom, SteppedClock } from '../containers/types.ts'
import { ContainerError } from '../errors.ts'
import type { WasiClock } from '../wasi/guest.ts'
import { hostClock, hostRandom } from '../wasi/host-defaults.ts'
import type { GuestHost } from './guest-host.ts'
import { createPooledRandom } from './pooled-random.ts'
import { createSeededRandom } from './seeded-random.ts'

/** What tells a started module the time and gives it random bytes. */
export interface Senses {
  readonly clock: WasiClock
  readonly random: (into: Uint8Array) => void
}

/**
 * Clock and random bytes of one started module: the host's where the caller gave none, and from the beginning where they are plain data. What the
 * caller's functions throw, or give that is no time, is `HOST_FAILED`.
 */
export function openSenses({ clock, random }: Pick<GuestHost, 'clock' | 'random'>): Senses {
  return { clock: openClock(clock), random: openRandom(random) }
}

function openClock(given: GuestHost['clock']): WasiClock {
  if (given === undefined) return hostClock
  return guardClock(isStepped(given) ? createSteppedClock(given) : given)
}

function openRandom(given: GuestHost['random']): Senses['random'] {
  if (given === undefined) return createPooledRandom(hostRandom)
  if (isSeeded(given)) return createSeededRandom(given.seed)
  return (into) => guard('random', () => given(into))
}

/** Whether it is plain data, which crosses to workers and processes. */
export function isStepped(clock: WasiClock | SteppedClock): clock is SteppedClock {
  return 'startMs' in clock
}

/** Whether it is plain data, which crosses to workers and processes. */
export function isSeeded(random: NonNullable<GuestHost['random']>): random is SeededRandom {
  return typeof random !== 'function'
}

/** Whole milliseconds stay whole: their product is past what numbers say exactly. */
function toNs(ms: number): bigint {
  const whole = Math.trunc(ms)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
}

function createSteppedClock({ startMs, stepMs = 0 }: SteppedClock): WasiClock {
  const step = toNs(stepMs)
  const ticking = (first: bigint): (() => bigint) => {
    let next = first
    return () => {
      const now = next
      next += step
      return now
    }
  }
  return {
    realtimeNs: ticking(toNs(startMs)),
    monotonicNs: ticking(0n),
  }
}

function guardClock(clock: WasiClock): WasiClock {
  return {
    realtimeNs: () => guard('clock.realtimeNs', () => timeOf(clock.realtimeNs())),
    monotonicNs: () => guard('clock.monotonicNs', () => timeOf(clock.monotonicNs())),
  }
}

function timeOf(value: unknown): bigint {
  if (typeof value === 'bigint' && value >= 0n && value < 2n ** 64n) return value
  throw new TypeError('A time is a bigint of nanoseconds from 0 on.')
}

function guard<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new ContainerError(`The function ${name} failed.`, 'HOST_FAILED', { cause })
  }
}
