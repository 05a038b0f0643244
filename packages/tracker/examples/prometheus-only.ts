import { createServer } from 'node:http'
import { ResourceMonitor, Tracker, workspacesOf } from '@gaesup-state/tracker'
import { dockerSource } from '@gaesup-state/tracker/docker'
import { prefersOpenMetrics, toPrometheus } from '@gaesup-state/tracker/http'

const source = dockerSource()
const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
const tracker = new Tracker(workspacesOf(source), source, { monitor })
monitor.start()
await tracker.start()

const server = createServer((request, response) => {
  const openMetrics = prefersOpenMetrics(request.headers.accept ?? '')
  const type = openMetrics ? 'application/openmetrics-text; version=1.0.0' : 'text/plain'
  response.setHeader('content-type', `${type}; charset=utf-8`)
  const states = tracker.getAllWorkspaceStates().values()
  response.end(toPrometheus(states, (id) => monitor.getStats(id), { openMetrics }))
})
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`)
})

process.once('SIGTERM', () => void finish())

async function finish() {
  server.close()
  await tracker.stop()
  monitor.stop()
  source.close?.()
}
