import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert, AlertRule, AlertState, AlertsOptions, StateStore } from '../../src/index.ts'
import { Alerts, Tracker, reduceAlert, workspacesOf } from '../../src/index.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'
import { statsOf } from '../stats.ts'

const rule: AlertRule = { id: 'r', metric: 'cpu_percent', above: 80, clearBelow: 60, forMs: 30 }

describe('reduceAlert', () => {
  const play = (samples: readonly (readonly [number, number])[]) => {
    let state: AlertState = { phase: 'quiet' }
    return samples.map(([at, value]) => {
      const [next, change] = reduceAlert(state, rule, { at, value })
      state = next
      return change ?? state.phase
    })
  }

  it('fires after the duration, holds between the bounds, and resolves below the lower one', () => {
    expect(
      play([
        [0, 90],
        [20, 90],
        [30, 90],
        [40, 70],
        [50, 85],
        [60, 59],
        [70, 59],
      ]),
    ).toEqual(['pending', 'pending', 'firing', 'firing', 'firing', 'resolved', 'quiet'])
  })

  it('begins to wait anew after a dip, and after a clock that went back', () => {
    expect(
      play([
        [0, 90],
        [20, 80],
        [30, 90],
        [59, 90],
        [60, 90],
      ]),
    ).toEqual(['pending', 'quiet', 'pending', 'pending', 'firing'])
    expect(
      play([
        [1000, 90],
        [0, 90],
        [29, 90],
        [30, 90],
      ]),
    ).toEqual(['pending', 'pending', 'pending', 'firing'])
  })

  it('changes between firing and resolved only in turn, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(10_000), fc.oneof(fc.double(), fc.integer({ min: 50, max: 100 }))),
        ),
        (samples) => {
          const changes = play(samples).filter(
            (change) => change === 'resolved' || change === 'firing',
          )
          const transitions = changes.filter((change, i) => change !== changes[i - 1])
          expect(
            transitions.every((change, i) => change === (i % 2 === 0 ? 'firing' : 'resolved')),
          ).toBe(true)
        },
      ),
    )
  })
})

describe('Alerts', () => {
  const fire = (alerts: Alerts, at: number, value = 90) =>
    alerts.check(statsOf({ cpuPercent: value, timestamp: at }))

  it('retries a notifier that fails, then gives up and counts it, without holding up the other', async () => {
    const clock = new ManualClock()
    const told: string[] = []
    let tries = 0
    const broken = {
      name: 'broken',
      notify: async () => {
        tries += 1
        throw new Error('no')
      },
    }
    const alerts = new Alerts({
      rules: [{ ...rule, forMs: 0 }],
      maxRetries: 3,
      notifiers: [broken, { name: 'good', notify: async (alert) => void told.push(alert.status) }],
      clock,
    })
    fire(alerts, 0)
    await clock.advance(0)
    expect(told).toEqual(['firing'])
    await clock.advance(8000)
    expect(tries).toBe(4)
    expect(alerts.dropped).toBe(1)
  })

  it('holds no more alerts than its bound for a notifier that never answers', () => {
    const alerts = new Alerts({
      rules: [{ ...rule, forMs: 0 }],
      notifiers: [{ name: 'stuck', notify: () => new Promise(() => {}) }],
      maxPending: 10,
    })
    for (let i = 0; i < 100; i += 1) fire(alerts, i, i % 2 === 0 ? 90 : 10)
    expect(alerts.dropped).toBe(89)
  })

  it('forgets a workspace', () => {
    const alerts = new Alerts({ rules: [{ ...rule, forMs: 0 }] })
    fire(alerts, 0)
    alerts.forget('w')
    expect(alerts.firing).toEqual([])
  })
})

describe('a rule under an adversarial series', () => {
  const minute = 60_000
  const slow: AlertRule = { ...rule, forMs: 5 * minute }
  const play = (samples: readonly (readonly [number, number])[], used: AlertRule = slow) => {
    let state: AlertState = { phase: 'quiet' }
    const changes: (readonly [string, number])[] = []
    for (const [at, value] of samples) {
      const [next, change] = reduceAlert(state, used, { at, value })
      state = next
      if (change !== undefined) changes.push([change, at])
    }
    return { state, changes }
  }

  it('that flaps over the threshold never fires, and over the lower bound never ends', () => {
    const flapping = Array.from(
      { length: 1000 },
      (_, i) => [i * minute, i % 4 === 3 ? 79 : 99] as const,
    )
    expect(play(flapping).changes).toEqual([])
    const held = Array.from({ length: 10 }, (_, i) => [i * minute, 99] as const)
    const dipping = flapping.map(
      ([at, value]) => [at + 10 * minute, value === 99 ? 99 : 61] as const,
    )
    expect(play([...held, ...dipping]).changes).toEqual([['firing', 5 * minute]])
  })

  it('does not take silence for evidence', () => {
    expect(
      play([
        [0, 90],
        [60 * minute, 90],
      ]).changes,
    ).toEqual([])
    const after = Array.from({ length: 5 }, (_, i) => [(60 + i) * minute, 90] as const)
    expect(play([[0, 90], ...after]).changes).toEqual([['firing', 64 * minute]])
  })

  it('is not moved by what is no number, in any phase', () => {
    for (const nothing of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const samples = Array.from({ length: 10 }, (_, i) => [i * minute, 90] as const)
      const holed = samples.flatMap(
        ([at, value]) =>
          [
            [at, value],
            [at, nothing],
          ] as const,
      )
      expect(play(holed).changes).toEqual([['firing', 5 * minute]])
      expect(play([...holed, [10 * minute, nothing]]).state.phase).toBe('firing')
      expect(play([[0, nothing]]).state.phase).toBe('quiet')
    }
  })

  it('fires only after it was above for the whole duration, whatever comes', () => {
    const step = fc.integer({ min: -20_000, max: 90_000 })
    const value = fc.constantFrom(99, 81, 80, 70, 59, Number.NaN)
    fc.assert(
      fc.property(fc.array(fc.tuple(step, value), { maxLength: 60 }), (steps) => {
        const used = { ...rule, forMs: 2 * minute }
        let state: AlertState = { phase: 'quiet' }
        let [at, before, aboveSince] = [0, 0, Number.NaN]
        for (const [passed, cpu] of steps) {
          at += passed
          const [next, change] = reduceAlert(state, used, { at, value: cpu })
          state = next
          if (Number.isNaN(cpu)) continue
          if (cpu <= 80) aboveSince = Number.NaN
          else if (Number.isNaN(aboveSince) || at < before) aboveSince = at
          before = at
          if (change === 'firing') expect(at - aboveSince).toBeGreaterThanOrEqual(used.forMs)
        }
      }),
    )
  })

  it.each([
    [[{ ...rule, clearBelow: 81 }], RangeError],
    [[{ ...rule, above: Number.NaN }], RangeError],
    [[{ ...rule, forMs: -1 }], RangeError],
    [[{ ...rule, maxGapMs: 0 }], RangeError],
    [[rule, rule], TypeError],
    [[{ ...rule, id: '' }], TypeError],
  ])('cannot be one like %j', (rules, error) => expect(() => new Alerts({ rules })).toThrow(error))

  it('with a threshold below zero has its lower bound below that', () => {
    const cold = { id: 'r', metric: 'cpu_percent', above: -10 } as const
    expect(
      play(
        [
          [0, -5],
          [1, -10.5],
          [2, -12],
        ],
        cold,
      ).changes,
    ).toEqual([
      ['firing', 0],
      ['resolved', 2],
    ])
  })
})

describe('Alerts over time', () => {
  const setUp = (more: AlertsOptions = {}) => {
    const clock = new ManualClock()
    const told: Alert[] = []
    const notifier = { name: 'n', notify: async (alert: Alert) => void told.push(alert) }
    const alerts = new Alerts({
      rules: [{ ...rule, forMs: 0 }],
      notifiers: [notifier],
      clock,
      ...more,
    })
    onTestFinished(() => alerts.stop())
    const cpu = (value: number) =>
      alerts.check(statsOf({ cpuPercent: value, timestamp: clock.now() }))
    return { clock, told, alerts, cpu }
  }

  it('end when the workspace is not measured any more, and not before', async () => {
    const { clock, told, alerts, cpu } = setUp({ staleMs: 60_000 })
    cpu(90)
    await clock.advance(59_000)
    cpu(Number.NaN)
    expect(alerts.firing).toHaveLength(1)
    await clock.advance(61_000)
    expect(alerts.firing).toEqual([])
    expect(told.map(({ status, end }) => [status, end])).toEqual([
      ['firing', null],
      ['resolved', 'no_data'],
    ])
    expect(alerts.recent).toEqual(told)
  })

  it('are told again only to a notifier that asks for it', async () => {
    const repeated: string[] = []
    const repeating = {
      name: 'again',
      repeatMs: 10_000,
      notify: async ({ status }: Alert) => void repeated.push(status),
    }
    const once: string[] = []
    const single = { name: 'once', notify: async ({ status }: Alert) => void once.push(status) }
    const { clock, cpu } = setUp({ notifiers: [repeating, single] })
    for (let i = 0; i < 35; i += 1) {
      cpu(90)
      await clock.advance(1000)
    }
    cpu(1)
    await clock.advance(60_000)
    expect(repeated).toEqual(['firing', 'firing', 'firing', 'firing', 'resolved'])
    expect(once).toEqual(['firing', 'resolved'])
  })

  it('end with the workspace, and tell so', async () => {
    const source = new FakeSource()
    source.put('w', 'running')
    const clock = new ManualClock()
    const tracker = new Tracker(workspacesOf(source), source, { clock })
    const { told, alerts, cpu } = setUp({ clock })
    alerts.attach(tracker)
    await tracker.start()
    onTestFinished(() => tracker.stop())
    cpu(90)
    source.containers.delete('w')
    await clock.advance(31_000)
    expect(told.map(({ end }) => end)).toEqual([null, 'workspace_removed'])
  })

  it('are as many as the workspaces, with ids that names cannot confuse', () => {
    const { alerts } = setUp({
      rules: [
        { ...rule, id: 'a b', forMs: 0 },
        { ...rule, id: 'a', forMs: 0 },
      ],
    })
    alerts.check(statsOf({ workspaceId: 'c', cpuPercent: 90 }))
    alerts.check(statsOf({ workspaceId: 'b c', cpuPercent: 90 }))
    expect(alerts.firing).toHaveLength(4)
    alerts.forget('c')
    expect(alerts.firing.map(({ ruleId, workspaceId }) => [ruleId, workspaceId])).toEqual([
      ['a b', 'b c'],
      ['a', 'b c'],
    ])
  })

  it('keeps no more of what was than its bound', () => {
    const { alerts, cpu } = setUp({ maxRecent: 5 })
    for (let i = 0; i < 20; i += 1) cpu(i % 2 === 0 ? 90 : 1)
    expect(alerts.recent).toHaveLength(5)
  })

  it('must be started before they take measurements when there is a store', () => {
    const store: StateStore = { load: async () => new Map(), save: async () => {} }
    const { cpu } = setUp({ store })
    expect(() => cpu(90)).toThrow(expect.objectContaining({ code: 'STOPPED' }))
  })

  it('are told although the store fails, and stored once it works again', async () => {
    const saved = new Map<string, unknown>()
    let broken = true
    const store: StateStore = {
      load: async () => new Map(),
      save: async (changes) => {
        if (broken) throw new Error('no space')
        for (const [key, value] of changes) saved.set(key, value)
      },
    }
    const { clock, told, alerts, cpu } = setUp({ store })
    await alerts.start()
    cpu(90)
    await clock.advance(10)
    expect(told).toHaveLength(1)
    broken = false
    await clock.advance(6000)
    expect([...saved.keys()].some((key) => key.startsWith('alerts/rule/'))).toBe(true)
  })
})
