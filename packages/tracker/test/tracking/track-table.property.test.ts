import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ContainerState, WorkspaceStatus } from '../../src/model/state.ts'
import type { ContainerInfo, WorkspaceRecord, WorkspaceState } from '../../src/model/state.ts'
import { formatUptime, parseUptime } from '../../src/monitor/usage.ts'
import { reconcile } from '../../src/tracking/reduce.ts'
import type { ContainerView, Track } from '../../src/tracking/reduce.ts'
import { selectPrimary, selectStatus } from '../../src/tracking/select.ts'
import { TrackTable } from '../../src/tracking/track-table.ts'

const aNumber = fc.double({ min: 0, max: 1e15, noNaN: true, noDefaultInfinity: true })
const aCount = fc.nat(1e6)
const aText = fc.string({ maxLength: 8 })

const aView = (workspaceId: string) =>
  fc.record({
    info: fc.record({
      id: fc.string({ minLength: 1, maxLength: 8 }),
      name: aText,
      workspaceId: fc.constant(workspaceId),
      image: fc.constantFrom('a', 'b', ''),
      state: fc.constantFrom(...Object.values(ContainerState)),
      createdAt: aNumber,
    }),
    stopAsked: fc.boolean(),
  })

const anyRecord = {
  id: fc.constantFrom('w1', 'w2', 'w3', '__proto__', ''),
  name: aText,
  status: fc.constantFrom(...Object.values(WorkspaceStatus)),
}
const aRecord = fc.record(anyRecord)

const aTrackOf = (record: WorkspaceRecord): fc.Arbitrary<Track> =>
  fc
    .record({
      containers: fc.array(aView(record.id), { maxLength: 3 }),
      trouble: fc.option(fc.record({ error: aText, since: aNumber })),
      errorCount: aCount,
      lastErrorTime: aNumber,
      numbers: fc.record({ lastUpdated: aNumber, lastSyncAttempt: aNumber, syncAttempts: aCount }),
      lastError: aText,
      measured: fc.option(
        fc.record({
          cpuPercent: aNumber,
          memoryUsage: aNumber,
          memoryLimit: aNumber,
          networkRxMB: aNumber,
          networkTxMB: aNumber,
          uptime: fc.nat(1e10).map(formatUptime),
          lastActivity: aNumber,
        }),
      ),
    })
    .map(({ containers, trouble, errorCount, lastErrorTime, numbers, lastError, measured }) => {
      const views: readonly ContainerView[] = containers
      const primary = selectPrimary(views)
      const state: WorkspaceState = {
        workspaceId: record.id,
        name: record.name,
        status: selectStatus(record, primary),
        containerId: primary?.id ?? '',
        containerState: primary?.state ?? '',
        lastError,
        metrics: measured && { ...measured, errorCount, lastErrorTime },
        ...numbers,
      }
      return { record, containers: views, state, trouble, errorCount, lastErrorTime }
    })

const aStep = aRecord.chain((record) =>
  fc.oneof(
    { weight: 4, arbitrary: aTrackOf(record) },
    { weight: 1, arbitrary: fc.constant(record.id) },
  ),
)

it('gives every track back as it was put in, whatever was there before', () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
      const table = new TrackTable()
      const model = new Map<string, Track>()
      for (const step of steps) {
        if (typeof step === 'string') {
          table.delete(step)
          model.delete(step)
        } else {
          table.set(step)
          model.set(step.record.id, step)
        }
      }
      expect(table.size).toBe(model.size)
      expect([...table.ids()].toSorted()).toEqual([...model.keys()].toSorted())
      for (const [id, track] of model) expect(table.get(id)).toEqual(track)
      expect(table.get('nobody')).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

it('confirms a listing exactly when reconciling it would change nothing but the time of the listing', () => {
  const step = aRecord.chain((record) =>
    fc.tuple(
      aTrackOf(record),
      fc.record({ ...anyRecord, id: fc.constant(record.id) }),
      fc.array(aView(record.id), { maxLength: 2 }),
      fc.boolean(),
    ),
  )
  fc.assert(
    fc.property(step, ([track, otherRecord, otherViews, same]) => {
      const record = same ? track.record : otherRecord
      const listed = (same ? track.containers : otherViews).map(({ info }) => info)
      const table = new TrackTable()
      table.set(track)
      const [expected, drafts] = reconcile(track, {
        record,
        containers: listed,
        at: 77,
        fresher: new Set(),
      })
      if (!table.confirm(record, listed, 77)) {
        expect(table.get(record.id)).toEqual(track)
        // Refusing is always safe; it is only needed for a change, or where there are several containers.
        return
      }
      expect(drafts).toEqual([])
      expect(table.get(record.id)).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
})

it('confirms the listing that it was made from', () => {
  const table = new TrackTable()
  const record = { id: 'w', name: 'w', status: 'inactive' as const }
  const info = { id: 'c', name: 'c', workspaceId: 'w', image: 'i', state: 'running', createdAt: 1 }
  const containers = [info as ContainerInfo]
  table.set(reconcile(undefined, { record, containers, at: 5, fresher: new Set() })[0])
  expect(table.confirm({ ...record }, [{ ...info } as ContainerInfo], 9)).toBe(true)
  expect(table.get('w')?.state.lastSyncAttempt).toBe(9)
  expect(table.confirm(record, [], 9)).toBe(false)
  expect(table.confirm({ ...record, status: 'archived' }, containers, 9)).toBe(false)
  expect(table.confirm({ ...record, id: 'other' }, containers, 9)).toBe(false)
})

it('does not change a value that was read before', () => {
  fc.assert(
    fc.property(
      aRecord.chain((r) => fc.tuple(aTrackOf(r), aTrackOf(r))),
      ([first, second]) => {
        const table = new TrackTable()
        table.set(first)
        const read = table.get(first.record.id)
        table.set(second)
        table.noteSyncFailure('down', 5)
        expect(read).toEqual(first)
        expect(table.get(first.record.id)?.state).toMatchObject({
          lastError: 'down',
          lastSyncAttempt: 5,
          syncAttempts: second.state.syncAttempts + 1,
        })
      },
    ),
    { numRuns: 100 },
  )
})

it('reads the uptime that it wrote, to the second', () => {
  fc.assert(
    fc.property(fc.nat(1e11), (ms) => {
      expect(parseUptime(formatUptime(ms))).toBe(Math.floor(ms / 1000) * 1000)
    }),
  )
  for (const text of ['', 'yesterday', '1h', '-5s']) expect(parseUptime(text)).toBe(0)
})
