import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { EventDraft } from '../../src/model/events.ts'
import { formatUptime } from '../../src/monitor/usage.ts'
import { toStatusDraft, toUpdateDraft } from '../../src/tracking/change-drafts.ts'
import type { TrackerMessage } from '../../src/tracking/event-bus.ts'
import { EventBus } from '../../src/tracking/event-bus.ts'
import { toMetricsUpdate } from '../../src/tracking/metrics-change.ts'

const aNumber = fc.double({ min: 0, max: 1e15, noNaN: true })
const someMetrics = fc.record({
  cpuPercent: aNumber,
  memoryUsage: aNumber,
  memoryLimit: aNumber,
  networkRxMB: aNumber,
  networkTxMB: aNumber,
  uptime: fc.nat(1e9).map(formatUptime),
  lastActivity: aNumber,
  errorCount: fc.nat(1e6),
  lastErrorTime: aNumber,
})
const anId = fc.constantFrom('w1', 'w2', '')

const aMeasurement = fc
  .tuple(anId, fc.nat(1e9), fc.option(someMetrics), someMetrics)
  .map(([id, at, old, next]) => toMetricsUpdate(id, at, { old, next }))
const aState = fc.constantFrom('running', 'exited', '')
const aStatus = fc.tuple(anId, fc.nat(1e9), fc.boolean()).map(([id, changedAt, isGone]) =>
  toStatusDraft(id, changedAt, {
    oldStatus: '',
    newStatus: 'inactive',
    reason: isGone ? 'workspace_removed' : 'workspace_initialized',
    containerId: 'c',
    changedAt,
  }),
)
const anUpdate = fc
  .tuple(anId, fc.nat(1e9), fc.tuple(aState, aState), fc.option(someMetrics))
  .map(([id, updatedAt, [oldState, newState], metrics]) =>
    toUpdateDraft(id, updatedAt, { containerId: 'c', oldState, newState, updatedAt, metrics }),
  )
const aSync = fc.nat(1e9).map((timestamp): EventDraft => {
  const data = { workspaceCount: 1, durationMs: 0, successCount: 1, errorCount: 0, timestamp }
  return { type: 'sync_start', workspaceId: '', timestamp, message: 'sync start', data }
})

it('gives a reader that resumes exactly the events that were published, the last ones that are kept', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(aMeasurement, aSync, aStatus, anUpdate), { maxLength: 40 }),
      fc.nat(12),
      async (drafts, historySize) => {
        const bus = new EventBus({ historySize })
        const reader = bus.events()
        for (const draft of drafts) bus.publish(draft)
        bus.close()
        const published: TrackerMessage[] = []
        for await (const message of reader) published.push(message)
        expect(published).toHaveLength(drafts.length)
        expect(bus.seq).toBe(drafts.length)
        const oldest = Math.max(0, drafts.length - historySize)
        for (let after = oldest; after <= drafts.length; after += 1)
          expect(bus.since(after)).toEqual(published.slice(after))
        if (oldest > 0) expect(bus.since(oldest - 1)).toBeUndefined()
        expect(bus.since(drafts.length + 1)).toBeUndefined()
      },
    ),
    { numRuns: 300 },
  )
})

it('keeps measurements of a thousand workspaces apart, past the end of a page and around', () => {
  const bus = new EventBus({ historySize: 1000 })
  const metrics = {
    memoryUsage: 1,
    memoryLimit: 2,
    networkRxMB: 3,
    networkTxMB: 4,
    uptime: '5s',
    lastActivity: 6,
    errorCount: 0,
    lastErrorTime: 0,
  }
  for (let i = 1; i <= 2500; i += 1) {
    const next = { ...metrics, cpuPercent: i }
    bus.publish(toMetricsUpdate(`w${i}`, i, { old: null, next }))
  }
  const kept = bus.since(1500) ?? []
  expect(kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 1000 }, (_, i) => 1501 + i))
  for (const event of kept) {
    expect(event.workspaceId).toBe(`w${event.seq}`)
    expect(event.type === 'metrics_update' && event.data.newMetrics.cpuPercent).toBe(event.seq)
  }
})
