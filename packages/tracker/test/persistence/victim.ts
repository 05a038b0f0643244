// A process with everything that keeps state, told what to do by its parent, and killed by it.
import type { TrackerEvent } from '../../src/index.ts'
import { Alerts, Anomalies, FlightRecorder, webhookNotifier } from '../../src/index.ts'
import type { AlertRule, ContainerStats } from '../../src/index.ts'
import { openStateStore } from '../../src/store/index.ts'

/** What the parent says. */
export type Order = {
  readonly samples?: readonly ContainerStats[]
  readonly events?: readonly TrackerEvent[]
}

/** What the victim answers. */
export interface Report {
  readonly firing: readonly string[]
  readonly anomalies: number
  readonly threshold: number
  readonly records: readonly {
    cause: string
    why: string
    exitCode: number | null
    samples: number
  }[]
}

const [file = '', webhook = '', rules = '[]'] = process.argv.slice(2)
const store = await openStateStore({ file })
const alerts = new Alerts({
  store,
  rules: JSON.parse(rules) as AlertRule[],
  notifiers: [webhookNotifier(webhook)],
  retryMs: 20,
})
const anomalies = new Anomalies({ store, metrics: ['cpu'] })
const recorder = new FlightRecorder({ store })
for (const part of [alerts, anomalies, recorder]) await part.start()

const report = (threshold: number): Report => ({
  firing: alerts.firing.map(({ id }) => id),
  anomalies: anomalies.recent.length,
  threshold,
  records: recorder.records.map(({ cause, why, exitCode, samples }) => ({
    cause,
    why,
    exitCode,
    samples: samples.length,
  })),
})

process.on('message', ({ samples = [], events = [] }: Order) => {
  for (const stats of samples) {
    alerts.check(stats)
    anomalies.record(stats)
    recorder.sample(stats)
  }
  for (const event of events) recorder.event(event)
  process.send?.(report(anomalies.recent.at(-1)?.threshold ?? 0))
})
process.send?.(report(0))
