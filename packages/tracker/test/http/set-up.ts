import { onTestFinished } from 'vitest'
import type { WireMessage } from '../../src/contract/index.ts'
import { parseWireMessage } from '../../src/contract/index.ts'
import { createTrackerHandler } from '../../src/http/index.ts'
import type { TrackerHandlerOptions } from '../../src/http/index.ts'
import type { MetricsStore, ResourceCounters, RollupRow } from '../../src/index.ts'
import { MetricsCollector, Tracker, workspacesOf } from '../../src/index.ts'
import { FakeSource } from '../../src/testing/index.ts'

/** Half a core, a tenth of the memory. */
export const counters: ResourceCounters = {
  identity: 'w 1',
  readAtMs: 1000,
  cpuUsageNs: 5e8,
  memoryUsage: 100,
  memoryLimit: 1000,
  networkRxBytes: 3,
  networkTxBytes: 4,
  blockRead: 0,
  blockWrite: 0,
  pidsCount: 1,
  previous: { readAtMs: 0, cpuUsageNs: 0 },
}

/** What a test gets. */
export interface SetUp {
  readonly source: FakeSource
  readonly tracker: Tracker
  readonly collector: MetricsCollector
  readonly handler: (request: Request) => Promise<Response>
  readonly get: (path: string, init?: RequestInit) => Promise<Response>
}

/** A tracker of one running workspace `w`, measured once, behind a handler. */
export const setUp = async (
  more: Partial<TrackerHandlerOptions> = {},
  historySize = 100,
): Promise<SetUp> => {
  const source = new FakeSource()
  source.put('w', 'running')
  source.counters.set('w', counters)
  const tracker = new Tracker(workspacesOf(source), source, { historySize })
  const collector = new MetricsCollector()
  collector.attach(tracker.monitor)
  await tracker.start()
  await tracker.forceSync('w')
  onTestFinished(() => tracker.stop())
  const handler = createTrackerHandler({ tracker, collector, ...more })
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    handler(new Request(`http://host${path}`, init))
  return { source, tracker, collector, handler, get }
}

/** Lets promises and timers of that length run. */
export const tick = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Reads server-sent events until a condition holds; gives the messages and the last id. */
export const readEvents = async (
  response: Response,
  enough: (all: readonly WireMessage[]) => boolean,
): Promise<{ readonly all: WireMessage[]; readonly lastId: string; readonly lastSeq: number }> => {
  const all: WireMessage[] = []
  let text = ''
  let lastId = ''
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader()
  while (!enough(all)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      lastId = /^id: ([0-9a-f]{8}\.\d+)$/m.exec(block)?.[1] ?? lastId
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) all.push(parseWireMessage(data))
    }
  }
  await reader.cancel()
  return { all, lastId, lastSeq: Number(lastId.split('.')[1]) }
}

/** A store of rollups that forgets everything with the test. */
export const memoryStore = (): MetricsStore => {
  const rows: RollupRow[] = []
  return {
    append: async (more) => void rows.push(...more),
    query: async ({ workspaceId, metric, resolution, fromMs, toMs }) =>
      rows.filter(
        (row) =>
          row.workspaceId === workspaceId &&
          row.metric === metric &&
          row.resolution === resolution &&
          row.startMs >= fromMs &&
          row.startMs < toMs,
      ),
    close: async () => {},
  }
}
