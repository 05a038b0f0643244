import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert, Logger, StateStore, TrackerEvent } from '../../src/index.ts'
import { Alerts, Anomalies, FlightRecorder } from '../../src/index.ts'
import { eventually, statsOf } from '../stats.ts'

/** A store in memory, whose documents a test can reach. */
class MapStore implements StateStore {
  readonly documents: Map<string, unknown>

  constructor(documents: Iterable<readonly [string, unknown]> = []) {
    this.documents = new Map(documents)
  }

  async load(prefix: string) {
    return new Map([...this.documents].filter(([key]) => key.startsWith(prefix)))
  }

  async save(changes: ReadonlyMap<string, unknown>) {
    for (const [key, value] of changes)
      if (value === undefined) this.documents.delete(key)
      else this.documents.set(key, JSON.parse(JSON.stringify(value)))
  }
}

const rules = [{ id: 'r', metric: 'cpu_percent', above: 80, forMs: 1000 }] as const
const event: TrackerEvent = {
  id: 'evt_1',
  seq: 1,
  type: 'error',
  workspaceId: 'w',
  timestamp: 5000,
  message: 'crashed',
  data: {
    error: 'crashed',
    code: 'CONTAINER',
    retryCount: 0,
    occurredAt: 5000,
    context: { exit_code: 1, container_id: 'c' },
  },
}

const update: TrackerEvent = {
  id: 'evt_3',
  seq: 3,
  type: 'container_update',
  workspaceId: 'w',
  timestamp: 7000,
  message: 'started',
  data: { containerId: 'c', oldState: '', newState: 'running', updatedAt: 7000, metrics: null },
}
const noPressure = { cpuSome: 0, memorySome: 0, memoryFull: 0, ioSome: 0 }

/** Everything the three of them write in some minutes. */
const fill = async (): Promise<MapStore> => {
  const store = new MapStore()
  const refuse = async () => Promise.reject(new Error('not now'))
  const notifiers = [{ name: 'n', notify: refuse }]
  const [alerts, anomalies] = [new Alerts({ store, rules, notifiers }), new Anomalies({ store })]
  const flights = new FlightRecorder({ store })
  for (const one of [alerts, anomalies, flights]) await one.start()
  for (let i = 0; i < 40; i += 1) {
    const stats = statsOf({ timestamp: i * 1000, cpuPercent: i < 35 ? 1 + (i % 2) : 5000 })
    alerts.check(stats)
    anomalies.record(stats)
    flights.sample(stats)
  }
  alerts.check(statsOf({ workspaceId: 'waits', timestamp: 1, cpuPercent: 90 }))
  flights.event(event)
  flights.sample(statsOf({ timestamp: 6000 }))
  flights.event({ ...event, seq: 2 })
  flights.sample(statsOf({ timestamp: 7000, pressure: noPressure, oomKills: 0 }))
  flights.event(update)
  for (const one of [alerts, anomalies, flights]) await one.stop()
  return store
}

const listen = () => {
  const said: string[] = []
  const logger: Logger = {
    info: () => {},
    error: (message, error) => void said.push(`${message}: ${String(error)}`),
  }
  return { said, logger }
}

const restart = async (store: StateStore, logger?: Logger) => {
  const options = { store, ...(logger && { logger }) }
  const told: Alert[] = []
  const notify = async (alert: Alert) => void told.push(alert)
  const alerts = new Alerts({ ...options, rules, notifiers: [{ name: 'n', notify }] })
  const anomalies = new Anomalies(options)
  const flights = new FlightRecorder(options)
  for (const one of [alerts, anomalies, flights]) await one.start()
  const use = () => {
    const stats = statsOf({ timestamp: 50_000, cpuPercent: 1 })
    alerts.check(stats)
    anomalies.record(stats)
    flights.sample(stats)
    flights.event(event)
  }
  const stop = () => Promise.all([alerts, anomalies, flights].map((one) => one.stop()))
  return { alerts, anomalies, flights, told, use, stop }
}

describe('documents of an earlier process', () => {
  it('are all taken up when this version wrote them', async () => {
    const store = await fill()
    const kinds = new Set([...store.documents.keys()].map((key) => key.split('/', 2).join('/')))
    expect([...kinds].toSorted()).toEqual([
      'alerts/out',
      'alerts/recent',
      'alerts/rule',
      'anomalies/recent',
      'anomalies/series',
      'flights/recent',
      'flights/tape',
    ])
    const { said, logger } = listen()
    const { alerts, anomalies, flights, told, stop } = await restart(store, logger)
    expect(said).toEqual([])
    expect(alerts.firing).toHaveLength(1)
    expect(anomalies.recent).toHaveLength(1)
    expect(flights.records).toHaveLength(2)
    await eventually('the outbox was sent', () => told.length === 1)
    await stop()
  })

  it('are deleted one by one and named in the log when their shape is not known', async () => {
    const store = await fill()
    const [firing] = [...store.documents.keys()].filter((key) =>
      key.startsWith('alerts/rule/["r","w"'),
    )
    store.documents.set(String(firing), { state: { phase: 'firing' } })
    store.documents.set('alerts/of-a-later-version/1', {})
    const { said, logger } = listen()
    const { alerts, flights, stop } = await restart(store, logger)
    expect(said).toEqual([
      'deleted 2 documents of alerts/: rule/["r","w"], of-a-later-version/1: TrackerError: this version does not know their shape',
    ])
    expect(alerts.firing).toEqual([])
    expect(flights.records).toHaveLength(2)
    await stop()
    expect(store.documents.has('alerts/of-a-later-version/1')).toBe(false)
  })

  it('never keep anything from starting and working, whatever they have become', async () => {
    const whole = [...(await fill()).documents]
    const place = fc.nat(whole.length - 1)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(place, fc.jsonValue()), { maxLength: 20 }),
        fc.array(fc.tuple(place, fc.string(), fc.jsonValue()), { maxLength: 5 }),
        async (changed, renamed) => {
          const store = new MapStore(whole)
          for (const [i, value] of changed) store.documents.set(whole[i]?.[0] ?? '', value)
          for (const [i, end, value] of renamed) {
            const [area = '', kind = ''] = (whole[i]?.[0] ?? '').split('/')
            store.documents.set(`${area}/${kind}/${end}`, value)
          }
          const { use, stop } = await restart(store)
          use()
          await stop()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('never show a value of another kind, whichever one was changed', async () => {
    const whole = [...(await fill()).documents]
    const strange = fc.constantFrom<unknown>(null, 'x', [], {}, true, [null])
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(), strange, async (i, path, value) => {
        const [key = '', document] = whole[i] ?? []
        const store = new MapStore(whole)
        store.documents.set(key, alter(document, path, value))
        const { alerts, anomalies, flights, use, stop } = await restart(store)
        use()
        for (const alert of [...alerts.recent, ...alerts.firing])
          expect([alert.value, alert.at, alert.startedAt].every(Number.isFinite)).toBe(true)
        for (const anomaly of anomalies.recent)
          expect([anomaly.value, anomaly.score, anomaly.at].every(Number.isFinite)).toBe(true)
        for (const { diedAt, samples, events } of flights.records) {
          const times = [...samples, ...events].map(({ timestamp }) => timestamp)
          const values = samples.map(({ memoryPercent }) => memoryPercent)
          expect([diedAt, ...times, ...values].every(Number.isFinite)).toBe(true)
        }
        await stop()
      }),
      { numRuns: 400 },
    )
  })
})

/** A copy with one value, at some place inside, replaced. */
const alter = (document: unknown, path: number, value: unknown): unknown => {
  if (typeof document !== 'object' || document === null) return value
  const entries = Object.entries(document)
  if (entries.length === 0 || path === 0) return value
  const chosen = path % entries.length
  const altered = entries.map(([name, inner], i) => [
    name,
    i === chosen ? alter(inner, Math.floor(path / entries.length), value) : inner,
  ])
  return Array.isArray(document) ? altered.map(([, inner]) => inner) : Object.fromEntries(altered)
}
