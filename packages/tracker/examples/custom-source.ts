import { Tracker, workspacesOf, type ContainerSource } from '@gaesup-state/tracker'

// Follows this process as if it were a container.
const source: ContainerSource = {
  name: 'this process',
  list: async () => [
    {
      id: String(process.pid),
      name: 'me',
      workspaceId: 'me',
      image: process.version,
      state: 'running',
      createdAt: 0,
    },
  ],
  async *events() {
    yield { type: 'connected' } // nothing to announce: listings find every change
  },
  async sample() {
    const { user, system } = process.cpuUsage()
    const zero = { networkRxBytes: 0, networkTxBytes: 0, blockRead: 0, blockWrite: 0, pidsCount: 1 }
    const memory = {
      memoryUsage: process.memoryUsage.rss(),
      memoryLimit: process.constrainedMemory(),
    }
    return {
      identity: 'me',
      readAtMs: performance.now(),
      cpuUsageNs: (user + system) * 1000,
      ...memory,
      ...zero,
    }
  },
}

const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs: 500 })
await tracker.start()
console.log(await tracker.forceSync('me'))
await tracker.stop()
