import { describe, expect, it } from 'vitest'
import type { ContainerStats, ResourceCounters } from '../../src/index.ts'
import { formatUptime, toContainerStats } from '../../src/index.ts'
import { nextPace } from '../../src/monitor/sampling.ts'

const context = { workspaceId: 'w', containerId: 'c', now: 50_000, lastActivity: 7 }
const counters = (readAtMs: number, more: Partial<ResourceCounters> = {}): ResourceCounters => ({
  identity: 'c 1',
  readAtMs,
  cpuUsageNs: 0,
  memoryUsage: 0,
  memoryLimit: 1000,
  networkRxBytes: 0,
  networkTxBytes: 0,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 1,
  ...more,
})

describe('toContainerStats', () => {
  it('makes CPU percent of the growth of CPU time over the growth of time', () => {
    const stats = toContainerStats(
      context,
      counters(3000, { cpuUsageNs: 2.5e9 }),
      counters(1000, { cpuUsageNs: 0.5e9 }),
    )
    expect(stats.cpuPercent).toBe(100)
  })

  it('uses the baseline that came with the first counters', () => {
    const first = counters(2000, {
      cpuUsageNs: 1e9,
      previous: { readAtMs: 1000, cpuUsageNs: 0.5e9 },
    })
    expect(toContainerStats(context, first).cpuPercent).toBe(50)
  })

  it('begins from zero when the counters belong to another start', () => {
    const stats = toContainerStats(
      context,
      counters(3000, { identity: 'c 2', cpuUsageNs: 9e9, networkRxBytes: 5 }),
      counters(1000),
    )
    expect(stats).toMatchObject({ cpuPercent: 0, networkRxRate: 0, networkRxBytes: 5 })
  })

  it('makes network rates of the time between readings of the network, and none without a new one', () => {
    const earlier = counters(1000, { networkRxBytes: 100 })
    const unread = counters(2000, { networkRxBytes: 100, networkReadAtMs: 1000 })
    expect(toContainerStats(context, unread, earlier).networkRxRate).toBe(0)
    const read = counters(6000, { networkRxBytes: 5100 })
    expect(toContainerStats(context, read, unread).networkRxRate).toBe(1000)
  })

  it('never reports a negative or infinite rate', () => {
    const same = counters(1000, { cpuUsageNs: 5e9, networkRxBytes: 10 })
    for (const next of [
      counters(1000, { cpuUsageNs: 6e9 }),
      counters(900),
      counters(2000, { cpuUsageNs: 1 }),
    ]) {
      const stats = toContainerStats(context, next, same)
      expect(stats.cpuPercent).toBe(0)
      expect(stats.networkRxRate).toBe(0)
    }
  })

  it('shows megabytes as docker stats does, rates per second, and when the container was last alive', () => {
    const stats = toContainerStats(
      context,
      counters(3000, { networkRxBytes: 3e6, networkTxBytes: 1e6, memoryUsage: 250 }),
      counters(1000, { networkRxBytes: 1e6 }),
    )
    expect(stats).toMatchObject({
      networkRxMB: 3,
      networkTxMB: 1,
      networkRxRate: 1e6,
      networkTxRate: 5e5,
      memoryPercent: 25,
      lastActivity: 50_000,
    })
    expect(toContainerStats(context, counters(3000), counters(1000)).lastActivity).toBe(7)
  })

  it.each([
    [0, '0s'],
    [-5, '0s'],
    [59_999, '59s'],
    [61_000, '1m1s'],
    [3_723_000, '1h2m3s'],
    [90_061_000, '25h1m1s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatUptime(ms)).toBe(text))
})

describe('nextPace', () => {
  const stats = (more: Partial<ContainerStats>): ContainerStats => ({
    ...toContainerStats(context, counters(1)),
    ...more,
  })

  it('measures each second near a limit, at the interval while working, and less often the longer nothing happens', () => {
    let pace = { intervalMs: 10_000, idle: 0 }
    expect(nextPace(pace, stats({ memoryPercent: 90 }), 10_000).intervalMs).toBe(1000)
    expect(nextPace(pace, stats({ cpuPercent: 95 }), 10_000).intervalMs).toBe(1000)
    expect(nextPace(pace, stats({ cpuPercent: 5 }), 10_000).intervalMs).toBe(10_000)
    const intervals: number[] = []
    for (let i = 0; i < 60; i += 1) {
      pace = nextPace(pace, stats({}), 10_000)
      intervals.push(pace.intervalMs)
    }
    expect([intervals[28], intervals[29], intervals[58], intervals[59]]).toEqual([
      10_000, 30_000, 30_000, 60_000,
    ])
    expect(nextPace(pace, stats({ networkRxRate: 1 }), 10_000)).toEqual({
      intervalMs: 10_000,
      idle: 0,
    })
  })
})
