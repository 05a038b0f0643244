import { describe, expect, it } from 'vitest'
import { ResourceMonitor } from '../../src/index.ts'
import type { ContainerStats } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'

const never = new AbortController().signal
const setUp = (count = 1) => {
  const source = new FakeSource()
  const clock = new ManualClock()
  for (let i = 0; i < count; i += 1) {
    source.put(`w${i}`, 'running')
    const counters = {
      identity: `w${i}`,
      cpuUsageNs: 1e9,
      memoryUsage: 10,
      memoryLimit: 100,
      networkRxBytes: 1e6,
      networkTxBytes: 0,
      blockRead: 0,
      blockWrite: 0,
      pidsCount: 1,
    }
    source.counters.set(`w${i}`, {
      ...counters,
      readAtMs: 1000,
      previous: { readAtMs: 0, cpuUsageNs: 0 },
    })
  }
  return { source, clock, monitor: new ResourceMonitor(source, { clock }) }
}

describe('ResourceMonitor', () => {
  it('collects every 10 s unless told otherwise', async () => {
    const { clock, monitor } = setUp()
    monitor.start()
    monitor.follow('w0', 'w0')
    await clock.advance(35_000)
    expect(monitor.getMonitorStats()).toMatchObject({
      activeMonitors: 1,
      collectIntervalMs: 10_000,
      totalCollections: 4,
      failedCollections: 0,
    })
    monitor.setCollectInterval(1000)
    await clock.advance(10_000)
    expect(monitor.getMonitorStats().totalCollections).toBeGreaterThanOrEqual(13)
    monitor.stop()
  })

  it('ends every iteration over a workspace that is not monitored any more, and no other', async () => {
    const { clock, monitor } = setUp(2)
    monitor.start()
    const [first, second, other] = [
      await monitor.startMonitoring(never, 'w0'),
      await monitor.startMonitoring(never, 'w0'),
      await monitor.startMonitoring(never, 'w1'),
    ]
    const ending = [first.next(), second.next()]
    monitor.stopMonitoring('w0')
    expect(await Promise.all(ending)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    expect(monitor.getActiveMonitors()).toEqual(['w1'])
    const again = await monitor.startMonitoring(never, 'w0')
    const next = Promise.all([again.next(), other.next()])
    await clock.advance(10_000)
    expect((await next).map(({ value }) => value?.workspaceId)).toEqual(['w0', 'w1'])
    monitor.stop()
  })

  it.each([10, 50, 200])(
    'keeps an interval of %d ms although first rates take longer',
    async (ms) => {
      const { source, clock, monitor } = setUp(5)
      monitor.setCollectInterval(ms)
      for (const [id, counters] of source.counters) {
        const { previous: _previous, ...rest } = counters
        source.counters.set(id, rest)
        Object.defineProperty(rest, 'readAtMs', { get: () => clock.monotonic() })
      }
      monitor.start()
      for (let i = 0; i < 5; i += 1) monitor.follow(`w${i}`, `w${i}`)
      await clock.advance(1000)
      const before = monitor.getMonitorStats().totalCollections
      await clock.advance(2000)
      const each = (monitor.getMonitorStats().totalCollections - before) / 5
      expect(Math.abs(each - 2000 / ms)).toBeLessThanOrEqual(1)
      expect(monitor.getMonitorStats().failedCollections).toBe(0)
      monitor.stop()
    },
  )

  it('reads what can be read at once in slices of a millisecond, and loses none', async () => {
    const { source, clock, monitor } = setUp(300)
    const now = { ms: 0 }
    const slow = Object.assign(clock, { monotonic: () => now.ms })
    let inOneGo = 0
    let most = 0
    const sampleNow = (id: string) => {
      inOneGo += 1
      most = Math.max(most, inOneGo)
      now.ms += 0.1
      return source.counters.get(id)
    }
    const schedule = slow.schedule.bind(slow)
    slow.schedule = (delay, run) => schedule(delay, () => ((inOneGo = 0), run()))
    const reading = new ResourceMonitor(Object.assign(source, { sampleNow }), { clock: slow })
    reading.start()
    for (let i = 0; i < 300; i += 1) reading.follow(`w${i}`, `w${i}`)
    for (let i = 0; i < 200; i += 1) {
      now.ms += 100
      await clock.advance(100)
    }
    // Ten readings make a millisecond here, and the time is asked for after every eighth.
    expect(most).toBeLessThanOrEqual(16)
    expect(reading.getActiveMonitors()).toHaveLength(300)
    expect(reading.getMonitorStats().totalCollections).toBeGreaterThanOrEqual(300)
    expect(monitor.getMonitorStats().totalCollections).toBe(0)
    reading.stop()
  })

  it('measures ten thousand containers once per interval, spread over it', async () => {
    const { clock, monitor } = setUp(10_000)
    const perSecond = new Map<number, number>()
    monitor.onSample({
      onSample: () =>
        void perSecond.set(
          Math.floor(clock.monotonic() / 1000),
          (perSecond.get(Math.floor(clock.monotonic() / 1000)) ?? 0) + 1,
        ),
    })
    monitor.start()
    for (let i = 0; i < 10_000; i += 1) monitor.follow(`w${i}`, `w${i}`)
    await clock.advance(9990)
    expect(monitor.getMonitorStats().totalCollections).toBe(10_000)
    expect(Math.max(...perSecond.values())).toBeLessThan(2000)
    monitor.stop()
  })

  it('streams measurements until the loop is left, and then stops measuring', async () => {
    const { clock, monitor } = setUp()
    monitor.start()
    const seen: ContainerStats[] = []
    const reading = (async () => {
      for await (const stats of await monitor.startMonitoring(never, 'w0')) {
        seen.push(stats)
        if (seen.length === 2) break
      }
    })()
    await clock.advance(12_000)
    await reading
    expect(seen[0]).toMatchObject({ workspaceId: 'w0', cpuPercent: 100, memoryUsage: 10 })
    expect(monitor.getActiveMonitors()).toEqual([])
    monitor.stop()
  })

  it('follows a workspace to the container that replaced its old one, told by a tracker or not', async () => {
    for (const told of [true, false]) {
      const { source, clock, monitor } = setUp()
      monitor.start()
      const seen: string[] = []
      const abort = new AbortController()
      const reading = (async () => {
        for await (const stats of await monitor.startMonitoring(abort.signal, 'w0'))
          seen.push(stats.containerId)
      })()
      await clock.advance(11_000)
      const counters = source.counters.get('w0')
      if (counters === undefined) throw new Error('no counters')
      source.counters.delete('w0')
      source.containers.delete('w0')
      source.counters.set('next', { ...counters, identity: 'next' })
      source.put('next', 'running', 'w0')
      if (told) monitor.follow('w0', 'next')
      await clock.advance(22_000)
      expect(new Set(seen)).toEqual(new Set(['w0', 'next']))
      if (told) monitor.unfollow('w0')
      abort.abort()
      await reading
      expect(monitor.getActiveMonitors()).toEqual([])
      monitor.stop()
    }
  })

  it('ends a stream when its signal aborts and when the monitor stops', async () => {
    const { clock, monitor } = setUp(2)
    monitor.start()
    const abort = new AbortController()
    const one = await monitor.startMonitoring(abort.signal, 'w0')
    const two = await monitor.startMonitoring(never, 'w1')
    await clock.advance(200)
    await one.next()
    await two.next()
    const ends = Promise.all([one.next(), two.next()])
    abort.abort()
    monitor.stop()
    expect(await ends).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  it('refuses to monitor what does not run, and before start', async () => {
    const { monitor } = setUp()
    await expect(monitor.startMonitoring(never, 'w0')).rejects.toMatchObject({ code: 'STOPPED' })
    monitor.start()
    await expect(monitor.startMonitoring(never, 'nobody')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(() => monitor.start()).toThrow(TypeError)
    monitor.stop()
  })

  it('sums up, and remembers peaks', async () => {
    const { source, clock, monitor } = setUp(3)
    monitor.start()
    for (let i = 0; i < 3; i += 1) monitor.follow(`w${i}`, `w${i}`)
    await clock.advance(500)
    const summary = await monitor.getResourceSummary(never)
    expect(summary).toMatchObject({
      totalWorkspaces: 3,
      activeContainers: 3,
      totalCpuUsage: 300,
      averageCpuUsage: 100,
      peakCpuUsage: 100,
      totalMemoryUsage: 30,
      totalNetworkIoMB: 3,
      systemStats: null,
    })
    source.counters.clear()
    monitor.unfollow('w0')
    expect((await monitor.getResourceSummary(never)).activeContainers).toBe(2)
    monitor.stop()
  })

  it('caches listings for 30 seconds', async () => {
    const { source, clock, monitor } = setUp()
    await monitor.collect('w0', never)
    await monitor.collect('w0', never)
    expect(source.listCalls).toBe(1)
    expect(monitor.getCacheStats()).toMatchObject({
      cachedContainers: 1,
      cacheExpiryMs: 30_000,
      lastCleanup: clock.now(),
    })
    await clock.advance(30_000)
    await monitor.collect('w0', never)
    expect(source.listCalls).toBe(2)
  })

  it('goes on when a listener throws', async () => {
    const { clock, monitor } = setUp()
    let seen = 0
    monitor.onSample({
      onSample: () => {
        throw new Error('broken')
      },
    })
    monitor.onSample({ onSample: () => void (seen += 1) })
    monitor.start()
    monitor.follow('w0', 'w0')
    await clock.advance(200)
    expect(seen).toBe(1)
    monitor.stop()
  })
})
