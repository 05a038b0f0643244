import { serve } from '@hono/node-server'
import { MetricsCollector, ResourceMonitor, Tracker, workspacesOf } from '@gaesup-state/tracker'
import { dockerSource } from '@gaesup-state/tracker/docker'
import { createTrackerHandler } from '@gaesup-state/tracker/http'
import { Hono } from 'hono'

const source = dockerSource()
const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
const tracker = new Tracker(workspacesOf(source), source, { monitor })
const collector = new MetricsCollector()
collector.attach(tracker)
monitor.start()
await tracker.start()

const app = new Hono() // the server that is there already
app.get('/', (c) => c.text('my application'))

// Nobody is authenticated by the tracker: the check of the server stands before it.
const basePath = '/admin/tracker'
const handler = createTrackerHandler({ tracker, collector, basePath })
app.use(`${basePath}/*`, async (c, next) =>
  c.req.header('authorization') === `Bearer ${process.env['TOKEN']}` ? next() : c.text('no', 401),
)
app.all(`${basePath}/*`, (c) => handler(c.req.raw))

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`listening on ${port}`),
)

process.once('SIGTERM', () => void finish())

async function finish() {
  server.close()
  await tracker.stop()
  monitor.stop()
  source.close?.()
}
