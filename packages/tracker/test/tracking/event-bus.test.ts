import { describe, expect, it } from 'vitest'
import type { EventDraft } from '../../src/model/events.ts'
import type { TrackerMessage } from '../../src/tracking/event-bus.ts'
import { EventBus } from '../../src/tracking/event-bus.ts'
import { eventually } from '../stats.ts'

const draft = (timestamp: number, workspaceId = ''): EventDraft => ({
  type: 'sync_start',
  workspaceId,
  timestamp,
  message: '',
  data: { workspaceCount: 0, durationMs: 0, successCount: 0, errorCount: 0, timestamp },
})

const readAll = async (
  messages: AsyncIterable<TrackerMessage>,
): Promise<readonly TrackerMessage[]> => {
  const all: TrackerMessage[] = []
  for await (const message of messages) all.push(message)
  return all
}

const seqs = (messages: readonly TrackerMessage[]): readonly (number | string)[] =>
  messages.map((message) =>
    message.type === 'gap'
      ? `${message.reason} ${message.lost ?? '?'} after ${message.afterSeq}`
      : message.seq,
  )

describe('EventBus', () => {
  it('numbers events from one without holes and gives each a unique id', async () => {
    const bus = new EventBus()
    const reader = bus.events()
    for (let i = 0; i < 5; i += 1) bus.publish(draft(7))
    bus.close()
    const all = await readAll(reader)
    expect(seqs(all)).toEqual([1, 2, 3, 4, 5])
    expect(new Set(all.map((m) => (m.type === 'gap' ? '' : m.id))).size).toBe(5)
  })

  it('drops the oldest events of a slow reader and says how many and after which', async () => {
    const bus = new EventBus()
    const slow = bus.events({ bufferSize: 3 })
    for (let i = 0; i < 10; i += 1) bus.publish(draft(i))
    bus.close()
    expect(seqs(await readAll(slow))).toEqual(['reader_overflow 7 after 0', 8, 9, 10])
  })

  it('holds no more than its buffer for a reader that never reads', () => {
    const bus = new EventBus({ historySize: 10 })
    bus.events({ bufferSize: 100 })
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200_000; i += 1) bus.publish(draft(i))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6)
    expect(bus.since(bus.seq - 10)).toHaveLength(10)
    expect(bus.since(bus.seq - 11)).toBeUndefined()
  })

  it('resumes after a number that is kept, and says so when it is not', async () => {
    const bus = new EventBus({ historySize: 4 })
    for (let i = 0; i < 9; i += 1) bus.publish(draft(i))
    const kept = bus.events({ afterSeq: 6 })
    const tooOld = bus.events({ afterSeq: 2 })
    const foreign = bus.events({ afterSeq: 1_000_000 })
    bus.close()
    expect(seqs(await readAll(kept))).toEqual([7, 8, 9])
    expect(seqs(await readAll(tooOld))).toEqual(['resume_too_old ? after 9'])
    expect(seqs(await readAll(foreign))).toEqual(['resume_too_old ? after 9'])
  })

  it('isolates handlers: one that throws and one that never returns stop nobody', async () => {
    const errors: unknown[] = []
    const bus = new EventBus({ onHandlerError: (error) => errors.push(error) })
    const seen: number[] = []
    bus.on(() => {
      throw new Error('broken plug-in')
    })
    bus.on(() => new Promise(() => {}))
    bus.on((message) => void (message.type !== 'gap' && seen.push(message.seq)))
    bus.publish(draft(1))
    bus.publish(draft(2))
    await eventually('both were handled', () => seen.length === 2 && errors.length === 2)
    expect(seen).toEqual([1, 2])
  })

  it('waits for an asynchronous handler before its next event, so each sees them in order', async () => {
    const bus = new EventBus()
    const log: string[] = []
    bus.on(async (message) => {
      const id = message.type === 'gap' ? 'gap' : message.seq
      log.push(`begin ${id}`)
      await new Promise((resolve) => setTimeout(resolve, id === 1 ? 8 : 1))
      log.push(`end ${id}`)
    })
    bus.publish(draft(1))
    bus.publish(draft(2))
    await eventually('both were handled', () => log.length === 4)
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
  })

  it('ends a reader whose signal aborts and forgets it', async () => {
    const bus = new EventBus()
    const abort = new AbortController()
    const reading = readAll(bus.events({ signal: abort.signal }))
    expect(bus.readerCount).toBe(1)
    abort.abort()
    expect(await reading).toEqual([])
    expect(bus.readerCount).toBe(0)
  })
})
