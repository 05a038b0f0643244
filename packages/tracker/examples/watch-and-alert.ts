import { Alerts, FlightRecorder, ResourceMonitor, Tracker } from '@gaesup-state/tracker'
import { webhookNotifier, workspacesOf } from '@gaesup-state/tracker'
import { dockerSource } from '@gaesup-state/tracker/docker'
import { openStateStore } from '@gaesup-state/tracker/store'

// Posts alerts to a webhook and prints why containers died. Killed and started again, it goes on where it was.
const store = await openStateStore({ file: process.env['STATE'] ?? './tracker-state.log' })
const rules = [{ id: 'memory', metric: 'memory_percent', above: 90, forMs: 2000 }] as const
const notifiers = [webhookNotifier(process.env['WEBHOOK'] ?? 'http://localhost:9000/alerts')]
const alerts = new Alerts({ store, rules, notifiers })
const recorder = new FlightRecorder({ store })
await alerts.start()
await recorder.start()

const source = dockerSource()
const monitor = new ResourceMonitor(source, { collectIntervalMs: 500 })
const tracker = new Tracker(workspacesOf(source), source, { monitor, syncIntervalMs: 5000 })
alerts.attach(tracker)
recorder.attach(tracker)
let printed = recorder.records.length
tracker.on(() => {
  for (const { workspaceId, cause, why } of recorder.records.slice(printed))
    console.log(`${workspaceId}: ${cause}, ${why}`)
  printed = recorder.records.length
})
monitor.start()
await tracker.start()
console.log('watching')

process.once('SIGTERM', () => void finish())

async function finish() {
  await tracker.stop()
  monitor.stop()
  await Promise.all([alerts.stop(), recorder.stop()])
  await store.close()
  source.close?.()
}
