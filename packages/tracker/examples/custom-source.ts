import { Tracker, workspacesOf, type ContainerSource } from '@gaesup-state/tracker'
const me = { id: 'me', name: 'me', workspaceId: 'me', image: process.version, createdAt: 0 }
const no = { networkRxBytes: 0, networkTxBytes: 0, blockRead: 0, blockWrite: 0, pidsCount: 1 }
const source: ContainerSource = {
  name: 'this process',
  list: async () => [{ ...me, state: 'running' }],
  async *events() {
    yield { type: 'connected' } // nothing to announce: listings find every change
  },
  async sample() {
    const { user, system } = process.cpuUsage() // in microseconds
    const times = { readAtMs: performance.now(), cpuUsageNs: (user + system) * 1000 }
    const memoryLimit = process.constrainedMemory()
    return { identity: 'me', ...times, memoryUsage: process.memoryUsage.rss(), memoryLimit, ...no }
  },
}
const tracker = new Tracker(workspacesOf(source), source)
await tracker.start()
console.log(await tracker.forceSync('me'))
await tracker.stop()
