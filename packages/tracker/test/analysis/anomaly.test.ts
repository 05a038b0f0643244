import { describe, expect, it } from 'vitest'
import type { AnomaliesOptions } from '../../src/index.ts'
import { Anomalies, AnomalyDetector } from '../../src/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { normal, seeded, statsOf } from '../stats.ts'

describe('AnomalyDetector', () => {
  const noise = (seed: number) => {
    let state = seed
    return () => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
      return state / 2 ** 32
    }
  }
  const run = (value: (atMs: number, random: () => number) => number, days = 14) => {
    const detector = new AnomalyDetector({ alarmsPerDay: 0.5 })
    const random = noise(7)
    const alarms: number[] = []
    for (let at = 60_000; at < days * 86_400_000; at += 60_000)
      if (detector.observe(at, value(at, random)).anomalous) alarms.push(at / 86_400_000)
    return alarms
  }
  const daily = (atMs: number) => 50 + 30 * Math.sin((atMs / 86_400_000) * 2 * Math.PI)

  it('is quiet about noise and about what happens every day', () => {
    expect(run((_at, random) => 20 + random() * 5).length).toBeLessThanOrEqual(3)
    expect(run((at, random) => daily(at) + random() * 5).length).toBeLessThanOrEqual(3)
  })

  it('finds a value that is normal by itself but not at this time of day', () => {
    const alarms = run(
      (at, random) =>
        (at > 10.7 * 86_400_000 && at < 10.8 * 86_400_000 ? 80 : daily(at)) + random() * 5,
    )
    expect(alarms.some((day) => day > 10.7 && day < 10.8)).toBe(true)
  })

  it('settles near its budget on a bursty series that would alarm all day', () => {
    const alarms = run((_at, random) => (random() < 0.04 ? 100 * random() : random() * 10), 28)
    const lateDays = alarms.filter((day) => day > 14).length / 14
    expect(lateDays).toBeLessThanOrEqual(2)
  })
})

describe('the alarm budget', () => {
  const points = 10_000
  const stepMs = 60_000
  const begin = 1_700_000_000_000
  /** Half an alarm a day, over the days that the points cover, rounded up. */
  const budget = Math.ceil(((points * stepMs) / 86_400_000) * 0.5)
  const kinds: readonly (readonly [string, (random: () => number) => () => number])[] = [
    ['uniform', (random) => () => 20 + 5 * random()],
    ['normal', (random) => () => 50 + 5 * normal(random)],
    ['heavy-tailed', (random) => () => 50 + (5 * normal(random)) / Math.max(0.2, random())],
    [
      'autocorrelated',
      (random) => {
        let level = 0
        return () => 50 + 5 * (level = 0.9 * level + normal(random))
      },
    ],
  ]
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

  it.each(kinds)('holds on 10,000 points of %s noise', (_, make) => {
    for (const seed of seeds) {
      const [value, detector] = [make(seeded(seed)), new AnomalyDetector()]
      let alarms = 0
      for (let i = 0; i < points; i += 1)
        if (detector.observe(begin + i * stepMs, value()).anomalous) alarms += 1
      expect(alarms).toBeLessThanOrEqual(budget)
    }
  })

  const after = (change: (i: number, value: number) => number, length: number): number[] =>
    seeds.map((seed) => {
      const [random, detector] = [seeded(seed), new AnomalyDetector()]
      let found = -1
      for (let i = 0; i < points + length; i += 1) {
        const noise = 50 + 5 * normal(random)
        const value = i < points ? noise : change(i - points, noise)
        const { anomalous } = detector.observe(begin + i * stepMs, value)
        if (anomalous && i >= points && found < 0) found = i - points
      }
      return found
    })

  it('leaves a level shift of eight deviations to be found within five values', () => {
    for (const found of after((_, value) => value + 40, 30)) {
      expect(found).toBeGreaterThanOrEqual(0)
      expect(found).toBeLessThanOrEqual(4)
    }
  })

  it('leaves a spike of three values to be found, and lets a single one pass', () => {
    const found = after((i, value) => (i < 3 ? 200 : value), 30)
    expect(found.every((i) => i >= 0 && i <= 2)).toBe(true)
    expect(after((i, value) => (i < 1 ? 200 : value), 30)).toEqual(seeds.map(() => -1))
  })

  it('is not used up by time in which nobody looked', () => {
    const detector = new AnomalyDetector()
    detector.observe(begin, 1)
    const { threshold } = detector.observe(begin + 1000 * 86_400_000, 1)
    expect(threshold).toBeCloseTo(4, 3)
  })

  it('goes on where it was when a detector is made from the state of another', () => {
    const random = seeded(3)
    const first = new AnomalyDetector()
    for (let i = 0; i < 3000; i += 1) first.observe(begin + i * stepMs, 50 + 5 * normal(random))
    const second = new AnomalyDetector({ state: JSON.parse(JSON.stringify(first.state)) })
    for (let i = 3000; i < 5000; i += 1) {
      const value = 50 + 5 * normal(random) + (i % 500 < 5 ? 100 : 0)
      const [a, b] = [
        first.observe(begin + i * stepMs, value),
        second.observe(begin + i * stepMs, value),
      ]
      expect(b.anomalous).toBe(a.anomalous)
      expect(Math.abs(b.score - a.score)).toBeLessThan(0.01 * Math.max(1, a.score))
    }
  })

  it('and what was learned are not spoilt by what is no number', () => {
    const detector = new AnomalyDetector()
    for (let i = 0; i < 100; i += 1) detector.observe(begin + i, i % 2 === 0 ? 5 : Number.NaN)
    const { state } = detector
    expect([...state.mean, ...state.variance, state.threshold].every(Number.isFinite)).toBe(true)
    expect(detector.observe(begin + 200, Number.POSITIVE_INFINITY).anomalous).toBe(false)
  })
})

describe('Anomalies', () => {
  const feed = (
    anomalies: Anomalies,
    workspaceId: string,
    more: Partial<ReturnType<typeof statsOf>>,
  ) =>
    Array.from({ length: 40 }, (_, i) =>
      anomalies.record(
        statsOf({
          workspaceId,
          timestamp: 1 + i * 1000,
          cpuPercent: 10,
          memoryUsage: 1000,
          ...(i >= 30 ? more : {}),
        }),
      ),
    ).flat()
  const make = (more: AnomaliesOptions = {}) => new Anomalies({ clock: new ManualClock(), ...more })

  it('are found by metric, with what is usual, and told', () => {
    const told: string[] = []
    const anomalies = make({ onAnomaly: ({ metric }) => void told.push(metric) })
    expect(feed(anomalies, 'w', { memoryUsage: 90_000 })).toMatchObject([
      { workspaceId: 'w', metric: 'memory', value: 90_000, usual: expect.closeTo(1000, -3) },
    ])
    expect(told).toEqual(['memory'])
    expect(anomalies.recent).toHaveLength(1)
  })

  it('of one workspace do not depend on another', () => {
    const anomalies = make()
    feed(anomalies, 'a', { cpuPercent: 900 })
    expect(feed(anomalies, 'b', {})).toEqual([])
  })

  it('survive a listener that throws, and stay within their bounds', () => {
    const logged: unknown[] = []
    const anomalies = make({
      maxRecent: 2,
      maxWorkspaces: 3,
      onAnomaly: () => {
        throw new Error('no')
      },
      logger: { info: () => {}, error: (_, error) => void logged.push(error) },
    })
    for (const id of ['a', 'b', 'c', 'd', 'e']) feed(anomalies, id, { cpuPercent: 900 })
    expect(anomalies.recent.map(({ workspaceId }) => workspaceId)).toEqual(['d', 'e'])
    expect(logged).toHaveLength(5)
    // `a` made room and begins anew: it has nothing to compare a first value with.
    expect(
      anomalies.record(statsOf({ workspaceId: 'a', timestamp: 50_000, cpuPercent: 900 })),
    ).toEqual([])
  })
})
