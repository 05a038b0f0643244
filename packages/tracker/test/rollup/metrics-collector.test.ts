import { describe, expect, it } from 'vitest'
import type { ContainerStats, MetricsStore, RollupRow } from '../../src/index.ts'
import { MetricsCollector, Tracker, trendOf, workspacesOf } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'
import { statsOf } from '../stats.ts'

const day = 86_400_000
const t0 = 20_000 * day
const stats = (timestamp: number, cpuPercent: number, workspaceId = 'w'): ContainerStats =>
  statsOf({
    workspaceId,
    cpuPercent,
    memoryUsage: cpuPercent * 1000,
    memoryLimit: 1e9,
    networkRxRate: 5,
    networkTxRate: 6,
    timestamp,
  })

class ListStore implements MetricsStore {
  rows: RollupRow[] = []
  failing = false
  async append(rows: readonly RollupRow[]) {
    if (this.failing) throw new Error('disk full')
    this.rows.push(...rows)
  }
  async query() {
    return this.rows.filter(({ metric, resolution }) => metric === 'cpu' && resolution === '1m')
  }
  async close() {}
}
const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

describe('MetricsCollector', () => {
  it('rolls ten-second measurements up to minutes, hours and days with min, mean, max, p95 and p99', async () => {
    const collector = new MetricsCollector()
    for (let i = 0; i < 8640 + 6; i += 1) collector.record(stats(t0 + i * 10_000, 1 + (i % 100)))
    const [dayRow] = await collector.getHistory({
      workspaceId: 'w',
      metric: 'cpu',
      resolution: '1d',
      ...all,
    })
    expect(dayRow?.startMs).toBe(t0)
    expect(dayRow?.min).toBeCloseTo(1, 2)
    expect(dayRow?.max).toBeCloseTo(100, 0)
    expect(Math.abs((dayRow?.mean ?? 0) - 50.4)).toBeLessThan(0.2)
    expect(Math.abs((dayRow?.p95 ?? 0) - 95) / 95).toBeLessThan(0.022)
    expect(Math.abs((dayRow?.p99 ?? 0) - 99) / 99).toBeLessThan(0.022)
    const minutes = await collector.getHistory({
      workspaceId: 'w',
      metric: 'cpu',
      resolution: '1m',
      ...all,
    })
    expect(minutes).toHaveLength(6)
    expect(minutes.map(({ startMs }) => startMs)).toEqual(
      minutes.map((_, i) => (minutes[0]?.startMs ?? 0) + i * 60_000),
    )
    expect(collector.getRecent('w', 'memory', '1h').length).toBe(8 + 1)
    expect(collector.getRecent('w', 'network_tx', '10s').at(-1)?.mean).toBeCloseTo(6, 2)
  })

  it('leaves holes where nothing was measured', () => {
    const collector = new MetricsCollector()
    collector.record(stats(t0, 10))
    collector.record(stats(t0 + 3 * 60_000, 20))
    collector.record(stats(t0 + 4 * 60_000, 30))
    expect(
      collector.getRecent('w', 'cpu', '1m').map(({ startMs }) => (startMs - t0) / 60_000),
    ).toEqual([0, 3, 4])
    expect(collector.getRecent('w', 'cpu', '10s')).toHaveLength(3)
    collector.record(stats(t0 + 400 * day, 40))
    expect(collector.getRecent('w', 'cpu', '1m')).toHaveLength(1)
    expect(collector.getRecent('w', 'cpu', '10s')).toHaveLength(1)
  })

  it('counts a clock that went back as standing still', () => {
    const collector = new MetricsCollector()
    collector.record(stats(t0 + 60_000, 10))
    collector.record(stats(t0 - day, 30))
    expect(collector.getRecent('w', 'cpu', '1m')).toMatchObject([
      { count: 2, max: expect.closeTo(30, 0) },
    ])
  })

  it('writes closed periods to its store, keeps them while the store fails, and bounds what waits', async () => {
    const store = new ListStore()
    const clock = new ManualClock()
    const collector = new MetricsCollector({ store, clock, maxPendingRows: 40 })
    collector.start()
    store.failing = true
    for (let i = 0; i <= 5; i += 1) collector.record(stats(t0 + i * 60_000, i))
    await clock.advance(60_000)
    expect(collector.getStats()).toMatchObject({ pendingRows: 20, failedWrites: 1, droppedRows: 0 })
    for (let i = 6; i <= 20; i += 1) collector.record(stats(t0 + i * 60_000, i))
    expect(collector.getStats()).toMatchObject({ pendingRows: 40, droppedRows: 40 })
    store.failing = false
    await collector.stop()
    expect(store.rows).toHaveLength(40)
    expect(new Set(store.rows.map(({ resolution }) => resolution))).toEqual(
      new Set(['1m', '1h', '1d']),
    )
    expect(collector.getStats().pendingRows).toBe(0)
    const history = await collector.getHistory({
      workspaceId: 'w',
      metric: 'cpu',
      resolution: '1m',
      fromMs: t0 + 15 * 60_000,
      toMs: t0 + 18 * 60_000,
    })
    expect(history.map(({ mean, count }) => [Math.round(mean), count])).toEqual([
      [15, 1],
      [16, 1],
      [17, 1],
    ])
  })

  it('joins the halves of a period that a restart cut', async () => {
    const store = new ListStore()
    const before = new MetricsCollector({ store })
    for (const [i, cpu] of [10, 20].entries()) before.record(stats(t0 + i * 10_000, cpu))
    await before.stop()
    const after = new MetricsCollector({ store })
    for (const [i, cpu] of [30, 40].entries()) after.record(stats(t0 + 20_000 + i * 10_000, cpu))
    const rows = await after.getHistory({
      workspaceId: 'w',
      metric: 'cpu',
      resolution: '1m',
      ...all,
    })
    expect(rows).toMatchObject([
      {
        count: 4,
        min: expect.closeTo(10, 1),
        mean: expect.closeTo(25, 1),
        max: expect.closeTo(40, 1),
        p99: expect.closeTo(40, 0),
      },
    ])
  })

  it('makes room for new workspaces by giving up the one not measured for the longest time, into the store', async () => {
    const store = new ListStore()
    const collector = new MetricsCollector({ store, maxWorkspaces: 3 })
    for (let w = 0; w < 500; w += 1) collector.record(stats(t0 + w, w, `w${w}`))
    expect(collector.getStats().workspaces).toBe(3)
    expect(collector.getRecent('w0', 'cpu', '1m')).toEqual([])
    await collector.stop()
    expect(
      store.rows.filter(({ metric, resolution }) => metric === 'cpu' && resolution === '1h'),
    ).toHaveLength(500)
  })

  it('keeps nine thousand workspaces apart, in sixteen hundred bytes each, and grows no further than asked for', () => {
    const collector = new MetricsCollector({ maxWorkspaces: 9000 })
    for (let round = 0; round < 3; round += 1)
      for (let w = 0; w < 9000; w += 1) collector.record(stats(t0 + round * 60_000, w + 1, `w${w}`))
    const wrong = Array.from({ length: 9000 }, (_, w) => w).filter((w) => {
      const rows = collector.getRecent(`w${w}`, 'cpu', '1m')
      return rows.length !== 3 || rows.some(({ max }) => Math.abs(max / (w + 1) - 1) > 0.001)
    })
    expect(wrong).toEqual([])
    const { memoryBytes } = collector.getStats()
    expect(memoryBytes / 9000).toBeLessThan(1600)
    for (let w = 0; w < 50; w += 1) collector.record(stats(t0 + day, 1, `other${w}`))
    expect(collector.getStats()).toMatchObject({ workspaces: 9000, memoryBytes })
  })

  it('forgets a workspace that its tracker says is gone', async () => {
    const source = new FakeSource()
    source.put('w', 'running')
    const tracker = new Tracker(workspacesOf(source), source)
    const collector = new MetricsCollector()
    collector.attach(tracker)
    await tracker.start()
    collector.record(stats(Date.now(), 5))
    source.containers.clear()
    await tracker.forceSync('w')
    await expect.poll(() => collector.getStats().workspaces, { timeout: 20_000 }).toBe(0)
    await tracker.stop()
  })

  it('gives a forgotten workspace’s place to the next, without its past', () => {
    const collector = new MetricsCollector()
    for (let i = 0; i < 100; i += 1) collector.record(stats(t0 + i * 10_000, 5))
    const before = collector.getStats().memoryBytes
    collector.forget('w')
    collector.record(stats(t0 + 2_000_000, 7, 'next'))
    expect(collector.getRecent('w', 'cpu', '1m')).toEqual([])
    expect(collector.getRecent('next', 'cpu', '10s')).toHaveLength(1)
    expect(collector.getRecent('next', 'cpu', '1m')).toHaveLength(1)
    expect(collector.getStats().memoryBytes).toBe(before)
  })

  it('keeps less than 1.6 KB per workspace, with at most an eighth to spare, however long it runs', () => {
    const collector = new MetricsCollector()
    for (let w = 0; w < 1024; w += 1)
      for (let i = 0; i < 20; i += 1) collector.record(stats(t0 + i * 30_000, w + i, `w${w}`))
    expect(collector.getStats().memoryBytes / 1024).toBeLessThan(1600 * 1.125)
  })
})

describe('trendOf', () => {
  it('finds the slope through outliers, and how sure the direction is', () => {
    const points = Array.from({ length: 60 }, (_, i) => ({
      atMs: i * 10_000,
      value: i === 30 ? 1e6 : 100 + i * 20,
    }))
    const trend = trendOf(points)
    expect(trend?.slopePerSecond).toBeCloseTo(2, 6)
    expect(trend?.agreement).toBeGreaterThan(0.95)
  })

  it('knows no trend of fewer than three points', () => {
    expect(
      trendOf([
        { atMs: 0, value: 1 },
        { atMs: 1, value: 2 },
      ]),
    ).toBeUndefined()
    expect(trendOf(Array.from({ length: 5 }, () => ({ atMs: 7, value: 1 })))).toBeUndefined()
  })
})
