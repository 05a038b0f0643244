/**
 * CPU and memory of tracking N synthetic workspaces measured every ten seconds: tracker, monitor and rollups together.
 * Each population runs in a process of its own; what one workspace takes is the slope between a small one and the whole.
 * Usage: node bench/workspaces.ts [workspaces=10000] [seconds=20]
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { getHeapSpaceStatistics } from 'node:v8'
import type { ContainerInfo, ContainerSource } from '../src/index.ts'
import { MetricsCollector, ResourceMonitor, Tracker, workspacesOf } from '../src/index.ts'
import { printGoals, sleep } from './measure.ts'

interface Result {
  readonly corePercent: number
  readonly samplesPerSecond: number
  readonly longestPauseMs: number
  readonly heapBytes: number
  readonly arrayBytes: number
  readonly residentBytes: number
  /** Resident before there was a workspace. */
  readonly emptyBytes: number
  /** Resident for young objects, of which there are hardly any left. */
  readonly youngBytes: number
}

const intervalMs = 10_000
/** Long enough for every workspace to have been measured and the code to be compiled. */
const warmUpMs = 22_000
/** "About 2 KB" leaves a twentieth. */
const goals = { corePercent: 5, bytes: 2048 * 1.05 }

/** Names and ids are new text at each listing, as an engine's answer has them. */
const syntheticSource = (count: number): ContainerSource => {
  const ids = Array.from({ length: count }, () => randomBytes(32).toString('hex'))
  const copyOf = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
  const toInfo = (id: string, i: number): ContainerInfo => ({
    id: copyOf(id),
    name: copyOf(`workspace-${i}`),
    workspaceId: copyOf(`ws-${i}`),
    image: copyOf('registry.example/team/image:1.2.3'),
    state: 'running',
    createdAt: 1_700_000_000_000 + i,
  })
  return {
    name: 'synthetic',
    list: async () => ids.map(toInfo),
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
  }
}

const collectGarbage = async (): Promise<void> => {
  const { gc } = globalThis as unknown as { gc: () => void }
  for (let i = 0; i < 4; i += 1) {
    gc()
    await sleep(50)
  }
}

/** The longest time that a timer of 5 ms came late. */
const watchPauses = (): (() => number) => {
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

const measure = async (count: number, seconds: number): Promise<Result> => {
  const source = syntheticSource(count)
  await collectGarbage()
  const before = process.memoryUsage()
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
  await collectGarbage()
  const after = process.memoryUsage()
  await tracker.stop()
  monitor.stop()
  return {
    corePercent: (user + system) / 1e4 / seconds,
    samplesPerSecond: samples / seconds,
    longestPauseMs,
    heapBytes: after.heapUsed - before.heapUsed,
    arrayBytes: after.arrayBuffers - before.arrayBuffers,
    residentBytes: after.rss - before.rss,
    emptyBytes: before.rss,
    youngBytes:
      getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')?.physical_space_size ??
      0,
  }
}

const inChild = (count: number, seconds: number): Result => {
  // Code that is thrown away during the run would be taken for memory that workspaces gave back.
  const flags = ['--expose-gc', '--no-flush-bytecode']
  const args = [...flags, fileURLToPath(import.meta.url), String(count), String(seconds)]
  const out = execFileSync(process.execPath, [...args, 'child'], { encoding: 'utf8' })
  return JSON.parse(out) as Result
}

const [count = 10_000, seconds = 20] = process.argv.slice(2, 4).map(Number)
if (process.argv[4] === 'child') {
  console.log(JSON.stringify(await measure(count, seconds)))
} else {
  const small = Math.round(count / 2)
  const [few, all] = [inChild(small, 1), inChild(count, seconds)]
  const perWorkspace = (key: 'heapBytes' | 'arrayBytes' | 'residentBytes'): number =>
    (all[key] - few[key]) / (count - small)
  const [objects, arrays] = [perWorkspace('heapBytes'), perWorkspace('arrayBytes')]
  console.log(
    `${count} workspaces at ${intervalMs / 1000} s: ${all.samplesPerSecond.toFixed(0)} samples/s, longest pause ${all.longestPauseMs.toFixed(1)} ms`,
  )
  const { residentBytes, emptyBytes, youngBytes, heapBytes, arrayBytes } = all
  const rest = residentBytes - youngBytes - heapBytes - arrayBytes
  const [empty, whole, young, heap, array, other] = [
    emptyBytes,
    emptyBytes + residentBytes,
    youngBytes,
    heapBytes,
    arrayBytes,
    rest,
  ].map((bytes) => (bytes / 1e6).toFixed(0))
  console.log(
    `${whole} MB resident: ${empty} before there was a workspace, ${heap} objects and text, ${array} arrays, ${young} room for young objects (--max-semi-space-size bounds it), ${other} that V8 and malloc have not given back`,
  )
  console.log(
    `a workspace takes ${objects.toFixed(0)} B of objects and text, ${arrays.toFixed(0)} B of arrays; resident, with all that V8 holds, ${perWorkspace('residentBytes').toFixed(0)} B`,
  )
  console.log(
    `whatever their number: ${((few.heapBytes + few.arrayBytes - small * (objects + arrays)) / 1e6).toFixed(1)} MB, most of it the last 4,096 events`,
  )
  printGoals([
    { what: 'CPU, % of a core', value: all.corePercent, goal: goals.corePercent, want: 'less' },
    { what: 'bytes a workspace', value: objects + arrays, goal: goals.bytes, want: 'less' },
  ])
}
