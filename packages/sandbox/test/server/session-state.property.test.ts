import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  reduceSession,
  selectDeadlineMs,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
} from '../../src/server/session-state.ts'

const START: SessionState = {
  phase: 'open',
  running: undefined,
  waiting: [],
  executionCount: 0,
  lastActivityMs: 0,
  createdAtMs: 0,
  idleTimeoutMs: 50,
  maxLifetimeMs: 400,
  maxWaiting: 3,
  closeReason: undefined,
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('CommandRequested' as const), after: fc.nat(20) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('CommandEnded' as const), after: fc.nat(20) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('CommandAnswered' as const), after: fc.nat(20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('CommandWithdrawn' as const),
      after: fc.nat(20),
      pick: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('TimerFired' as const), after: fc.nat(80) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('CloseRequested' as const), after: fc.nat(5) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('ContainerDestroyed' as const), after: fc.nat(5) }),
  },
)

interface Trace {
  readonly states: SessionState[]
  readonly effects: SessionEffect[]
  readonly requested: number[]
}

const play = (steps: readonly ReturnType<typeof toStep>[]): Trace => {
  const trace: Trace = { states: [START], effects: [], requested: [] }
  let atMs = 0
  for (const { type, after, pick } of steps) {
    atMs += after
    const state = trace.states.at(-1) ?? START
    const event = toEvent(state, { type, pick }, { atMs, next: trace.requested.length + 1 })
    if (!event) continue
    if (event.type === 'CommandRequested') trace.requested.push(event.command)
    const [next, effects] = reduceSession(state, event)
    trace.states.push(next)
    trace.effects.push(...effects)
  }
  return trace
}

const toStep = (value: { type: SessionEvent['type']; after: number; pick?: number }) => ({
  pick: 0,
  ...value,
})

const toEvent = (
  state: SessionState,
  step: { type: SessionEvent['type']; pick: number },
  at: { atMs: number; next: number },
): SessionEvent | undefined => {
  switch (step.type) {
    case 'CommandRequested':
      return { type: step.type, command: at.next, atMs: at.atMs }
    case 'CommandAnswered':
    case 'CommandEnded':
      return state.running === undefined
        ? undefined
        : { type: step.type, command: state.running, atMs: at.atMs }
    case 'CommandWithdrawn':
      return { type: step.type, command: step.pick, atMs: at.atMs }
    case 'TimerFired':
      return { type: step.type, atMs: at.atMs }
    case 'CloseRequested':
      return { type: step.type, reason: 'closed' }
    case 'ContainerDestroyed':
      return { type: step.type }
  }
}

const numbers = (effects: readonly SessionEffect[], type: SessionEffect['type']): number[] =>
  effects.flatMap((effect) => (effect.type === type && 'command' in effect ? [effect.command] : []))

const runs = fc.array(step.map(toStep), { maxLength: 60 }).map(play)

test('every command is started or refused exactly once, or still waits', () => {
  fc.assert(
    fc.property(runs, ({ states, effects, requested }) => {
      const decided = [...numbers(effects, 'StartCommand'), ...numbers(effects, 'RefuseCommand')]
      expect(new Set(decided).size).toBe(decided.length)
      expect([...decided, ...(states.at(-1)?.waiting ?? [])].sort((a, b) => a - b)).toEqual(
        requested,
      )
    }),
  )
})

test('commands start in the order they were requested', () => {
  fc.assert(
    fc.property(runs, ({ effects }) => {
      const started = numbers(effects, 'StartCommand')
      expect(started).toEqual([...started].sort((a, b) => a - b))
    }),
  )
})

test('the container is destroyed at most once, and nothing starts afterwards', () => {
  fc.assert(
    fc.property(runs, ({ effects }) => {
      const at = effects.findIndex(({ type }) => type === 'DestroyContainer')
      if (at === -1) return
      const later = effects.slice(at + 1)
      expect(
        later.filter(
          ({ type }) =>
            type === 'DestroyContainer' || type === 'StartCommand' || type === 'ArmTimer',
        ),
      ).toEqual([])
    }),
  )
})

test('a session never waits without running, and never waits for more than its bound', () => {
  fc.assert(
    fc.property(runs, ({ states }) => {
      for (const state of states) {
        if (state.running === undefined) expect(state.waiting).toEqual([])
        expect(state.waiting.length).toBeLessThanOrEqual(START.maxWaiting)
      }
    }),
  )
})

test('an idle deadline never outlives the lifetime', () => {
  fc.assert(
    fc.property(runs, ({ states }) => {
      for (const state of states)
        expect(selectDeadlineMs(state)).toBeLessThanOrEqual(START.maxLifetimeMs)
    }),
  )
})

test('activity never moves back', () => {
  fc.assert(
    fc.property(runs, ({ states }) => {
      const times = states.map(({ lastActivityMs }) => lastActivityMs)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }),
  )
})
