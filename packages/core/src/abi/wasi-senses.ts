import { ContainerError } from '../errors.ts'
import type { WasiClock } from '../wasi/guest.ts'
import type { WasiOptions } from '../wasi/index.ts'
import type { GuestHost } from './guest-host.ts'

/** Clock and random bytes that the caller gave. What they throw, or give that is no time, is `HOST_FAILED`. */
export function givenSenses({
  clock,
  random,
}: Pick<GuestHost, 'clock' | 'random'>): Pick<WasiOptions, 'clock' | 'random'> {
  return {
    ...(clock === undefined ? {} : { clock: guardClock(clock) }),
    ...(random === undefined
      ? {}
      : { random: (into: Uint8Array) => guard('random', () => random(into)) }),
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
