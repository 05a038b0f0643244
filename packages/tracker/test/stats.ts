import type { ContainerStats } from '../src/index.ts'

/** A measurement of workspace `w`, container `c`, with what a test cares about. */
export const statsOf = (more: Partial<ContainerStats> = {}): ContainerStats => ({
  workspaceId: 'w',
  containerId: 'c',
  cpuPercent: 0,
  memoryUsage: 0,
  memoryLimit: 100,
  memoryPercent: 0,
  networkRxMB: 0,
  networkTxMB: 0,
  networkRxBytes: 0,
  networkTxBytes: 0,
  networkRxRate: 0,
  networkTxRate: 0,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 1,
  throttledPercent: 0,
  oomKills: null,
  pressure: null,
  uptime: '0s',
  lastActivity: 0,
  errorCount: 0,
  lastErrorTime: 0,
  timestamp: 0,
  ...more,
})

/** A generator of numbers from 0 to 1 that always gives the same ones (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normally distributed, mean 0, deviation 1 (Box–Muller). */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Polls until a condition holds. */
export const eventually = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
