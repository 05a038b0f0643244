/**
 * CPU and memory of tracking N synthetic workspaces measured every ten seconds: monitor, rollups and tracker together.
 * Usage: node --expose-gc bench/workspaces.ts [workspaces=10000] [seconds=20]
 */
import { MetricsCollector, ResourceMonitor, Tracker, workspacesOf } from '../src/index.ts'
import type { ContainerInfo, ContainerSource } from '../src/index.ts'

const count = Number(process.argv[2] ?? 10_000)
const seconds = Number(process.argv[3] ?? 20)
const gc = (): void => (globalThis as unknown as { gc?: () => void }).gc?.()
const containers: ContainerInfo[] = Array.from({ length: count }, (_, i) => ({
  id: `c${i}`,
  name: `w${i}`,
  workspaceId: `w${i}`,
  image: 'i',
  state: 'running',
  createdAt: 1,
}))
const source: ContainerSource = {
  name: 'synthetic',
  list: async () => containers,
  async *events(signal) {
    yield { type: 'connected' }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
  sample: async (id) => {
    const now = performance.now()
    return {
      identity: id,
      readAtMs: now,
      cpuUsageNs: now * 1e5,
      memoryUsage: 1e6 + (now % 1000),
      memoryLimit: 1e9,
      networkRxBytes: now,
      networkTxBytes: now,
      blockRead: 0,
      blockWrite: 0,
      pidsCount: 1,
      previous: { readAtMs: now - 1000, cpuUsageNs: (now - 1000) * 1e5 },
    }
  },
}
gc()
const before = process.memoryUsage()
const monitor = new ResourceMonitor(source, { collectIntervalMs: 10_000 })
const collector = new MetricsCollector()
const tracker = new Tracker(workspacesOf(source), source, { monitor })
collector.attach(monitor)
monitor.start()
await tracker.start()
await new Promise((resolve) => setTimeout(resolve, 11_000))
const cpu = process.cpuUsage()
const collected = monitor.getMonitorStats().totalCollections
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const used = process.cpuUsage(cpu)
const rate = (monitor.getMonitorStats().totalCollections - collected) / seconds
gc()
const after = process.memoryUsage()
const grown = (key: 'heapUsed' | 'arrayBuffers'): number => (after[key] - before[key]) / count
console.log(
  `${count} workspaces: ${((used.user + used.system) / 1e4 / seconds).toFixed(2)} % of a core at ${rate.toFixed(0)} samples/s`,
)
console.log(
  `per workspace: rollups ${(collector.getStats().memoryBytes / count).toFixed(0)} B, JavaScript objects ${grown('heapUsed').toFixed(0)} B, arrays in all ${grown('arrayBuffers').toFixed(0)} B`,
)
console.log(
  `resident ${(after.rss / 1e6).toFixed(0)} MB, before ${(before.rss / 1e6).toFixed(0)} MB`,
)
await tracker.stop()
monitor.stop()
