/** Tracks one workspace and prints what happens, a line of JSON each. Usage: node tracking-child.ts <socket> <workspace> <syncIntervalMs> */
import { dockerSource } from '../../src/docker/index.ts'
import { Tracker, workspacesOf } from '../../src/index.ts'

const [socketPath = '', workspace = '', intervalMs = ''] = process.argv.slice(2)
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const source = dockerSource({ host: `unix://${socketPath}` })
const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs: Number(intervalMs) })
tracker.on((event) => {
  const own = event.type === 'gap' || event.workspaceId === workspace || event.workspaceId === ''
  if (!own) return
  if (event.type === 'gap' || event.type === 'error') print({ ...event, wall: Date.now() })
  if (event.type === 'sync_complete')
    print({ type: 'sync', wall: Date.now(), durationMs: event.data.durationMs })
  if (event.type === 'metrics_update')
    print({ type: 'metrics', wall: Date.now(), ...event.data.newMetrics })
})
tracker.onStateChange(
  (id, _old, { containerState }) =>
    void (id === workspace && print({ type: 'state', containerState })),
)
await tracker.start()
print({ type: 'ready', wall: Date.now() })
