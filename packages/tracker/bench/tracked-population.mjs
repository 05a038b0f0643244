/** One population of synthetic workspaces, tracked by the built package: the child of workspaces.ts. Plain JavaScript, since taking types out leaves more memory behind than what is measured. */
import { readFileSync } from 'node:fs'
import { getHeapSpaceStatistics } from 'node:v8'
import { MetricsCollector, ResourceMonitor, Tracker, workspacesOf } from '../dist/index.js'

const intervalMs = 10_000
/** Long enough for every workspace to have been measured and the code to be compiled. */
const warmUpMs = 22_000

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Names and ids are new text at each listing, and each measurement is awaited. */
const syntheticSource = (answer) => ({
  name: 'synthetic',
  list: async () => JSON.parse(answer),
  async *events(signal) {
    yield { type: 'connected' }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
  sample: async (id) => {
    const now = performance.now()
    const load = 1 + (id.charCodeAt(0) % 16)
    return {
      identity: id,
      readAtMs: now,
      cpuUsageNs: now * load * 1e4 * (1 + 0.2 * Math.sin(now / 3000)),
      memoryUsage: 1e6 * load + (now % 1000) * 1000,
      memoryLimit: 1e9,
      networkRxBytes: now * load,
      networkTxBytes: now,
      blockRead: 0,
      blockWrite: 0,
      pidsCount: 1,
      startedAt: 1_700_000_000_000,
      previous: { readAtMs: now - 1000, cpuUsageNs: 0 },
    }
  },
})

const collectGarbage = async () => {
  const { gc } = globalThis
  for (let i = 0; i < 4; i += 1) {
    gc()
    await sleep(50)
  }
}

/** The longest time that a timer of 5 ms came late. */
const watchPauses = () => {
  let [last, longest] = [performance.now(), 0]
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 5)
    last = now
  }, 5)
  return () => {
    clearInterval(timer)
    return longest
  }
}

const measure = async (answer, seconds, minutes) => {
  const source = syntheticSource(answer)
  await collectGarbage()
  const before = process.memoryUsage()
  const began = performance.now()
  const monitor = new ResourceMonitor(source, { collectIntervalMs: intervalMs })
  const collector = new MetricsCollector()
  const tracker = new Tracker(workspacesOf(source), source, { monitor })
  collector.attach(tracker)
  monitor.start()
  await tracker.start()
  await sleep(warmUpMs)
  const cpu = process.cpuUsage()
  const collected = monitor.getMonitorStats().totalCollections
  await sleep(seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const samples = monitor.getMonitorStats().totalCollections - collected
  const pauses = watchPauses()
  await sleep(intervalMs)
  const longestPauseMs = pauses()
  await sleep(minutes * 60_000 - (performance.now() - began))
  const running = process.memoryUsage()
  const young = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')
  await collectGarbage()
  const after = process.memoryUsage()
  await tracker.stop()
  monitor.stop()
  return {
    corePercent: (user + system) / 1e4 / seconds,
    samplesPerSecond: samples / seconds,
    longestPauseMs,
    heapBytes: after.heapUsed - before.heapUsed,
    arrayBytes: after.external - before.external,
    residentBytes: running.rss - before.rss,
    emptyBytes: before.rss,
    youngBytes: young?.physical_space_size ?? 0,
  }
}

const [file, seconds, minutes] = process.argv.slice(2)
const result = await measure(readFileSync(file, 'latin1'), Number(seconds), Number(minutes))
console.log(JSON.stringify(result))
