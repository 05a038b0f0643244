import { describe, expect, it } from 'vitest'
import type { RollupRow } from '../../src/index.ts'
import { Tracker, mergeSources, sizingAdvice, timeToOom, workspacesOf } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'

describe('timeToOom', () => {
  const leak = Array.from({ length: 60 }, (_, i) => ({ atMs: i * 10_000, value: 1e6 + i * 10_000 }))

  it('divides what is left by how fast it grows', () => {
    expect(timeToOom(leak, 2e6)).toMatchObject({
      seconds: expect.closeTo(410, 0),
      bytesPerSecond: expect.closeTo(1000, 3),
      confidence: expect.closeTo(1, 1),
    })
  })

  it('is unsure when the growth is mostly noise, surer when the kernel reports stalls', () => {
    const noisy = leak.map(({ atMs, value }, i) => ({ atMs, value: value + (i % 2) * 3e6 }))
    const unsure = timeToOom(noisy, 1e7)?.confidence ?? 1
    expect(unsure).toBeLessThan(0.6)
    expect(
      timeToOom(noisy, 1e7, { cpuSome: 0, memorySome: 0, memoryFull: 80, ioSome: 0 })?.confidence,
    ).toBeGreaterThan(unsure)
  })

  it('predicts nothing without growth, limit or points', () => {
    expect(
      timeToOom(
        leak.map(({ atMs }) => ({ atMs, value: 5 })),
        2e6,
      ),
    ).toBeUndefined()
    expect(timeToOom(leak, 0)).toBeUndefined()
    expect(timeToOom(leak.slice(0, 2), 2e6)).toBeUndefined()
  })
})

describe('sizingAdvice', () => {
  const row = (p99: number, max: number, startMs = 0): RollupRow => ({
    workspaceId: 'w',
    metric: 'cpu',
    resolution: '1h',
    startMs,
    count: 1,
    min: 0,
    mean: 0,
    max,
    p95: 0,
    p99,
  })

  it('recommends p99 plus 15 % and the highest memory plus 20 %, with its evidence', () => {
    const advice = sizingAdvice({
      cpu: [row(100, 0), row(50, 0)],
      memory: [row(0, 100), row(0, 90, 3_600_000)],
      memoryLimitBytes: 1000,
    })
    expect(advice).toMatchObject({
      cpuCores: expect.closeTo(1.15),
      memoryBytes: 120,
      action: 'shrink',
      evidence: { periods: 2, spanMs: 7_200_000, cpuP99Percent: 100, memoryMaxBytes: 100 },
    })
  })

  it.each([
    [{ oomKills: 1 }, 'grow'],
    [{ throttledPercent: 50 }, 'grow'],
    [{}, 'keep'],
  ] as const)('given %j says %s', (more, action) => {
    const advice = sizingAdvice({
      cpu: [row(10, 0)],
      memory: [row(0, 75)],
      memoryLimitBytes: 100,
      ...more,
    })
    expect(advice?.action).toBe(action)
    if ('oomKills' in more) expect(advice?.memoryBytes).toBe(150)
  })

  it('has no advice without evidence', () =>
    expect(sizingAdvice({ cpu: [], memory: [], memoryLimitBytes: 1 })).toBeUndefined())
})

describe('mergeSources', () => {
  it('tracks two hosts as one, and keeps what a silent host last said', async () => {
    const [a, b] = [new FakeSource(), new FakeSource()]
    a.put('web', 'running')
    b.put('web', 'exited')
    const source = mergeSources([
      { host: 'a', source: a },
      { host: 'b', source: b },
    ])
    const clock = new ManualClock()
    const tracker = new Tracker(workspacesOf(source), source, { clock })
    await tracker.start()
    expect([...tracker.getAllWorkspaceStates()].map(([id, { status }]) => [id, status])).toEqual([
      ['a/web', 'active'],
      ['b/web', 'inactive'],
    ])
    b.event('web', 'start', { at: clock.now() })
    await clock.advance(1)
    expect(tracker.getWorkspaceState('b/web')?.status).toBe('active')
    b.failure = new Error('gone')
    a.put('web', 'exited')
    await clock.advance(31_000)
    expect(tracker.getWorkspaceState('a/web')?.status).toBe('inactive')
    expect(tracker.getWorkspaceState('b/web')).toBeDefined()
    await tracker.stop()
  })

  it.each([[['a', 'a']], [['']], [['x/y']]])('refuses the host names %j', (names) => {
    expect(() => mergeSources(names.map((host) => ({ host, source: new FakeSource() })))).toThrow(
      TypeError,
    )
  })
})
