import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert, AlertRule, ContainerStats, TrackerEvent } from '../../src/index.ts'
import { openStateStore } from '../../src/store/index.ts'
import type { Answer, Received } from '../receiver.ts'
import { receive } from '../receiver.ts'
import { eventually, statsOf } from '../stats.ts'
import type { Order, Report } from './victim.ts'

const rule: AlertRule = { id: 'r', metric: 'cpu_percent', above: 80, clearBelow: 60, forMs: 10_000 }
const hour = 3_600_000
const accept = (): Answer => ({ status: 204 })
const setUp = async (
  answer: (received: Received, count: number) => Answer | 'silence' | 'hang up' = accept,
) => {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-kill-'))
  const file = join(folder, 'state.log')
  const receiver = await receive(answer)
  const children: ChildProcess[] = []
  onTestFinished(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  const spawn = async (rules: readonly AlertRule[] = [rule]) => {
    const child = fork(fileURLToPath(new URL('victim.ts', import.meta.url)), [
      file,
      receiver.url,
      JSON.stringify(rules),
    ])
    children.push(child)
    const [born] = (await once(child, 'message')) as [Report]
    const tell = async (order: Order): Promise<Report> => {
      const answered = once(child, 'message')
      child.send(order)
      return ((await answered) as [Report])[0]
    }
    const cpu = (at: number, cpuPercent: number): Promise<Report> =>
      tell({ samples: [statsOf({ timestamp: at, cpuPercent })] })
    const kill = async (): Promise<void> => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      const [, signal] = (await gone) as [number | null, string | null]
      expect(signal).toBe('SIGKILL')
    }
    return { born, tell, cpu, kill }
  }
  const told = () => receiver.all.map(({ body }) => JSON.parse(body.toString()) as Alert)
  const untilStored = (...parts: readonly RegExp[]): Promise<void> =>
    eventually(`${parts.join(', ')} is in the file`, async () => {
      const text = await readFile(file, 'utf8')
      return text.endsWith('\n') && parts.every((part) => part.test(text))
    })
  return { spawn, told, receiver, file, untilStored }
}

describe('after SIGKILL and a restart', () => {
  it('a firing alert still fires, is not told again, and is told once when it ends', async () => {
    const { spawn, told, untilStored } = await setUp()
    const first = await spawn()
    for (const at of [0, 5000, 10_000]) await first.cpu(at, 90)
    await eventually('the webhook is told', () => told().length === 1)
    // A key alone deletes: the notification was accepted.
    await untilStored(/\["alerts\/out\/[^"]*"\]/)
    await first.kill()
    const second = await spawn()
    expect(second.born.firing).toEqual(['r/w/0'])
    for (let at = 20_000; at < 60_000; at += 1000) await second.cpu(at, 90)
    await second.cpu(60_000, 10)
    await eventually('the end is told', () => told().length >= 2)
    expect(told().map(({ id, status }) => [id, status])).toEqual([
      ['r/w/0', 'firing'],
      ['r/w/0', 'resolved'],
    ])
    await second.kill()
    const third = await spawn()
    expect(third.born.firing).toEqual([])
  })

  it('a notification that was under way is sent again under the same id, not forgotten', async () => {
    const { spawn, receiver } = await setUp((_received, count) =>
      count === 1 ? 'silence' : accept(),
    )
    const first = await spawn([{ ...rule, forMs: 0 }])
    await first.cpu(0, 90)
    await eventually('the first try hangs', () => receiver.all.length === 1)
    await first.kill()
    await spawn([{ ...rule, forMs: 0 }])
    await eventually('it is tried again', () => receiver.all.length === 2)
    const [before, after] = receiver.all
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id'])
    expect(after?.body.equals(before?.body ?? Buffer.alloc(0))).toBe(true)
  })

  it('an alert is on disk before anyone is told of it', async () => {
    const { spawn, receiver, file } = await setUp(() => 'silence')
    const child = await spawn([{ ...rule, forMs: 0 }])
    await child.cpu(0, 90)
    await eventually('somebody is told', () => receiver.all.length === 1)
    await child.kill()
    const store = await openStateStore({ file })
    const saved = await store.load('alerts/rule/')
    await store.close()
    expect([...saved.values()]).toMatchObject([{ state: { phase: 'firing', since: 0 } }])
  })

  it('a wait goes on where it was, and the time in between counts nothing', async () => {
    const { spawn, told, untilStored } = await setUp()
    const first = await spawn()
    for (const at of [0, 2000, 4000, 6000]) await first.cpu(at, 90)
    await untilStored(/"heldMs":6000\b/)
    await first.kill()
    const second = await spawn()
    expect((await second.cpu(hour, 90)).firing).toEqual([])
    expect((await second.cpu(hour + 3900, 90)).firing).toEqual([])
    expect((await second.cpu(hour + 4000, 90)).firing).toEqual(['r/w/0'])
    await eventually('the webhook is told', () => told().length === 1)
  })

  it('an alert whose rule was taken out ends', async () => {
    const { spawn, told } = await setUp()
    const first = await spawn([{ ...rule, forMs: 0 }])
    await first.cpu(0, 90)
    await eventually('the webhook is told', () => told().length === 1)
    await first.kill()
    const second = await spawn([])
    expect(second.born.firing).toEqual([])
    await eventually('the end is told', () => told().some(({ end }) => end === 'rule_removed'))
  })

  it('an anomaly detector keeps what it learned and the threshold that its alarms raised', async () => {
    const { spawn, untilStored } = await setUp()
    const first = await spawn([])
    const begin = Math.floor(Date.now() / 900_000) * 900_000
    const burst = (from: number): ContainerStats[] =>
      Array.from({ length: 30 }, (_, i) =>
        statsOf({ timestamp: begin + from + i * 1000, cpuPercent: i < 10 ? 500 : 10 }),
      )
    const calm = Array.from({ length: 600 }, (_, i) =>
      statsOf({ timestamp: begin + i * 1000, cpuPercent: 10 + (i % 3) }),
    )
    await first.tell({ samples: calm })
    const before = await first.tell({ samples: burst(601_000) })
    expect(before.anomalies).toBe(1)
    expect(before.threshold).toBeCloseTo(4, 1)
    await untilStored(/"anomalies\/series\/cpu/, /"anomalies\/recent/)
    await first.kill()
    const second = await spawn([])
    expect(second.born.anomalies).toBe(1)
    // The alarm that was on when the process died goes on, and is none anew.
    expect((await second.tell({ samples: burst(640_000) })).anomalies).toBe(1)
    // Nothing is learned anew: another burst alarms at once, at a threshold that the first alarm raised.
    const after = await second.tell({ samples: burst(670_000) })
    expect(after.anomalies).toBe(2)
    expect(after.threshold).toBeGreaterThan(4.5)
  })

  it('the flight recorder has its records, and of the last ten minutes what was written', async () => {
    const { spawn, untilStored } = await setUp()
    const first = await spawn([])
    const memory = (at: number): ContainerStats => statsOf({ timestamp: at, memoryPercent: 42 })
    await first.tell({ samples: [memory(1000), memory(2000)], events: [died(3)] })
    await first.tell({ samples: [memory(5000), memory(6000), memory(7000)] })
    await untilStored(/"flights\/recent\/0"/, /\[7000,/)
    await first.kill()
    const second = await spawn([])
    expect(second.born.records).toMatchObject([{ cause: 'crashed', exitCode: 3, samples: 2 }])
    const later = await second.tell({ events: [foundExited] })
    expect(later.records[1]).toMatchObject({
      cause: 'unobserved',
      exitCode: null,
      samples: 3,
      why: expect.stringContaining('while the tracker did not run'),
    })
    await untilStored(/"flights\/recent\/1"/)
    await second.kill()
    expect((await spawn([])).born.records).toHaveLength(2)
  })
})

it('a state store has everything that had resolved when its process was killed, wherever that was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'state.log')
  let resolved = 0
  for (let round = 0; round < 6; round += 1) {
    const child = fork(fileURLToPath(new URL('writer-victim.ts', import.meta.url)), [file])
    const before = resolved
    child.on('message', (n: number) => void (resolved = n))
    await eventually('it wrote some', () => resolved > before + 20)
    // Somewhere between two writes, in one, or while the file is rewritten.
    await new Promise((resolve) => setTimeout(resolve, 37 * round))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const store = await openStateStore({ file })
    const saved = await store.load('')
    await store.close()
    const n = Number(saved.get('n'))
    // The newest may have been written without our hearing of it.
    expect(n - resolved).toBeGreaterThanOrEqual(0)
    expect(n - resolved).toBeLessThanOrEqual(50)
    expect((saved.get('twin') as { n: number }).n).toBe(n)
    resolved = n
  }
})

const died = (exitCode: number): TrackerEvent => ({
  type: 'error',
  seq: 1,
  id: 'e',
  workspaceId: 'w',
  timestamp: 3000,
  message: '',
  data: {
    error: 'x',
    code: 'CONTAINER',
    retryCount: 0,
    occurredAt: 3000,
    context: { container_id: 'c', exit_code: exitCode },
  },
})

const foundExited: TrackerEvent = {
  type: 'container_update',
  seq: 1,
  id: 'e',
  workspaceId: 'w',
  timestamp: 9000,
  message: '',
  data: { containerId: 'c', oldState: '', newState: 'exited', updatedAt: 9000, metrics: null },
}
