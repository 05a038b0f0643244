import { MetricsCollector, ResourceMonitor, Tracker, workspacesOf } from '@gaesup-state/tracker'
import { dockerSource } from '@gaesup-state/tracker/docker'

const source = dockerSource() // DOCKER_HOST, or /var/run/docker.sock
const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
const collector = new MetricsCollector()
const tracker = new Tracker(workspacesOf(source), source, { monitor })

tracker.onStateChange((id, oldState, newState) => {
  console.log(`${id}: ${oldState.status} -> ${newState.status} (${newState.containerState})`)
})
collector.attach(tracker)
monitor.start()
await tracker.start()

setTimeout(() => void finish(), Number(process.env['SECONDS'] ?? 5) * 1000)

async function finish() {
  for (const [id, { status, metrics }] of tracker.getAllWorkspaceStates()) {
    const trend = collector.getTrend(id, 'memory')?.slopePerSecond ?? 0
    console.log(
      id,
      status,
      `${metrics?.cpuPercent.toFixed(1) ?? '-'} % CPU, ${trend.toFixed(0)} B/s`,
    )
  }
  await tracker.stop()
  monitor.stop()
  source.close?.()
}
