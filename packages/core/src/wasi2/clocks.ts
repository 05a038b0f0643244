import { Pollable } from './poll.ts'
import { demand, type World } from './world.ts'

const second = 1_000_000_000n

export interface Datetime {
  readonly seconds: bigint
  readonly nanoseconds: number
}

export function toDatetime(ns: bigint): Datetime {
  return { seconds: ns / second, nanoseconds: Number(ns % second) }
}

export function toMs({ seconds, nanoseconds }: Datetime): number {
  return Number(seconds) * 1000 + nanoseconds / 1e6
}

export function createClocks(world: World): Record<string, Readonly<Record<string, unknown>>> {
  const after = (dueNs: bigint): Pollable => new Pollable(world, dueNs)
  const now = (): bigint => {
    demand(world, 'clock_time_get')
    return BigInt.asUintN(64, world.clock.monotonicNs())
  }
  return {
    'wasi:clocks/wall-clock': {
      now(): Datetime {
        demand(world, 'clock_time_get')
        return toDatetime(BigInt.asUintN(64, world.clock.realtimeNs()))
      },
      resolution(): Datetime {
        demand(world, 'clock_res_get')
        return toDatetime(1_000_000n)
      },
    },
    'wasi:clocks/monotonic-clock': {
      now,
      resolution(): bigint {
        demand(world, 'clock_res_get')
        return 1000n
      },
      subscribeInstant: after,
      subscribeDuration: (ns: bigint) => after(world.clock.monotonicNs() + ns),
    },
  }
}
