import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ContainerStats } from '../../src/model/metrics.ts'
import type { ContainerAction, ContainerEvent } from '../../src/model/ports.ts'
import type { ContainerInfo, ContainerState } from '../../src/model/state.ts'
import { formatUptime } from '../../src/monitor/usage.ts'
import { MetricsChange } from '../../src/tracking/metrics-change.ts'
import { World } from '../../src/tracking/world.ts'
import { statsOf } from '../stats.ts'

const actions: readonly ContainerAction[] = [
  'create',
  'start',
  'restart',
  'kill',
  'die',
  'stop',
  'oom',
  'pause',
  'unpause',
  'rename',
  'destroy',
  'exec',
  'health',
]
const states: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]

const anEvent = fc.record({
  kind: fc.constant('event' as const),
  containerId: fc.constantFrom('a', 'b', 'c'),
  workspaceId: fc.constantFrom('w1', 'w2'),
  action: fc.constantFrom(...actions),
  at: fc.nat(100_000),
})
const aListing = fc.record({
  kind: fc.constant('listing' as const),
  archived: fc.boolean(),
  containers: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      state: fc.constantFrom(...states),
      workspaceId: fc.constantFrom('w1', 'w2'),
    }),
    { selector: ({ id }) => id },
  ),
  at: fc.nat(100_000),
})

const toEvent = (step: {
  containerId: string
  workspaceId: string
  action: ContainerAction
  at: number
}): ContainerEvent => ({
  ...step,
  containerId: `${step.workspaceId}-${step.containerId}`,
  name: step.containerId,
  image: 'i',
})
const toInfo = (c: { id: string; state: ContainerState; workspaceId: string }): ContainerInfo => ({
  ...c,
  id: `${c.workspaceId}-${c.id}`,
  name: c.id,
  image: 'i',
  createdAt: 1,
})
const recordOf = (id: string, archived = false) => ({
  id,
  name: id,
  status: archived ? ('archived' as const) : ('inactive' as const),
})

it('a listing always wins over whatever events came before it, and a second one changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anEvent, aListing), { maxLength: 40 }),
      aListing,
      (steps, last) => {
        const world = new World()
        const list = (step: typeof last) =>
          world.reconcile({
            records: [recordOf('w1', step.archived), recordOf('w2')],
            containers: step.containers.map(toInfo),
            at: step.at,
            mark: world.mark,
          })
        for (const step of steps) {
          if (step.kind === 'event')
            world.observe(toEvent(step), (info) => recordOf(info.workspaceId))
          else list(step)
        }
        list(last)
        for (const id of ['w1', 'w2']) {
          const state = world.get(id)?.state
          const own = last.containers.filter(({ workspaceId }) => workspaceId === id)
          const active = own.some((c) => c.state === 'running' || c.state === 'restarting')
          expect(state?.status).toBe(
            id === 'w1' && last.archived ? 'archived' : active ? 'active' : 'inactive',
          )
          expect(state?.containerState === '').toBe(own.length === 0)
        }
        expect(list(last).changes.flatMap(({ drafts }) => drafts)).toEqual([])
      },
    ),
    { numRuns: 500 },
  )
})

it('each change of state begins where the last one ended', () => {
  fc.assert(
    fc.property(fc.array(anEvent, { maxLength: 60 }), (steps) => {
      const world = new World()
      const status = new Map<string, string>()
      for (const step of steps) {
        const change = world.observe(toEvent(step), (info) => recordOf(info.workspaceId))
        for (const draft of change?.drafts ?? []) {
          if (draft.type !== 'status_changed') continue
          expect(draft.data.oldStatus).toBe(status.get(draft.workspaceId) ?? '')
          status.set(draft.workspaceId, draft.data.newStatus)
        }
      }
      for (const [id, state] of world.states()) expect(status.get(id)).toBe(state.status)
    }),
    { numRuns: 500 },
  )
})

const aSample = fc.record({
  kind: fc.constant('sample' as const),
  workspaceId: fc.constantFrom('w1', 'w2', 'w3'),
  container: fc.constantFrom('a', 'b'),
  cpuPercent: fc.nat(400),
  timestamp: fc.nat(100_000),
})

const toStats = ({ workspaceId, container, cpuPercent, timestamp }: Sample): ContainerStats =>
  statsOf({
    workspaceId,
    containerId: `${workspaceId}-${container}`,
    cpuPercent,
    memoryUsage: cpuPercent * 3,
    memoryLimit: 4000,
    networkRxMB: 1,
    networkTxMB: 2,
    networkRxBytes: 1e6,
    networkTxBytes: 2e6,
    uptime: formatUptime(timestamp),
    lastActivity: timestamp,
    timestamp,
  })
type Sample = typeof aSample extends fc.Arbitrary<infer T> ? T : never

it('takes a measurement in place exactly as the reducer would, or leaves it to the reducer', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anEvent, aListing, aSample), { maxLength: 40 }), (steps) => {
      const [world, model] = [new World(), new World()]
      const change = new MetricsChange()
      for (const step of steps) {
        if (step.kind === 'sample') {
          const stats = toStats(step)
          const expected = model.measure(stats)?.drafts ?? []
          const inPlace = world.measureInto(stats, change)
          const drafts = inPlace ? [change.toDraft()] : (world.measure(stats)?.drafts ?? [])
          expect(drafts).toEqual(expected)
        }
        for (const each of [world, model]) {
          if (step.kind === 'event')
            each.observe(toEvent(step), (info) => recordOf(info.workspaceId))
          if (step.kind !== 'listing') continue
          const records = [recordOf('w1', step.archived), recordOf('w2')]
          const containers = step.containers.map(toInfo)
          each.reconcile({ records, containers, at: step.at, mark: each.mark })
        }
        expect([...world.states()]).toEqual([...model.states()])
      }
    }),
    { numRuns: 500 },
  )
})
