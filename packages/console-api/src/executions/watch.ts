import type { Clock } from '../clock.ts'
import type { ExecutionTable, StoredExecution } from '../storage/tables.ts'
import type { FeedEvent, LogFeed } from './feed.ts'

export interface WatchParts {
  readonly feed: LogFeed
  readonly executions: Pick<ExecutionTable, 'after'>
  readonly clock: Clock
}

export interface WatchOptions {
  readonly functionId: string
  /** Go on after this place in the log; null: from now on. */
  readonly after: number | null
  /** How long nothing may be said, milliseconds; then a `quiet` event comes. */
  readonly heartbeatMs: number
  /** Events that wait for a slow reader; older ones are dropped and counted. */
  readonly maxBuffered: number
  readonly signal: AbortSignal
}

export type WatchEvent =
  | FeedEvent
  | { readonly type: 'dropped'; readonly count: number }
  | { readonly type: 'quiet' }

const PAGE = 100

/**
 * What happens to a function, as it happens, until the signal fires. Executions come in log order, each once: those after
 * `after` from the store first. A reader that falls behind loses lines, and executions where it began without a place.
 */
export async function* watch(parts: WatchParts, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const inbox = createInbox(parts.clock, options)
  const unsubscribe = parts.feed.subscribe(options.functionId, inbox.add)
  let last = options.after
  try {
    if (last !== null)
      for await (const stored of replay(parts, options, last))
        yield { type: 'execution', stored: advance(stored) }
    while (!options.signal.aborted) {
      const event = await inbox.next()
      if (event.type === 'execution' && event.stored.seq <= (last ?? 0)) continue
      yield event
      if (event.type === 'execution') advance(event.stored)
      if (event.type !== 'dropped' || last === null) continue
      for await (const stored of replay(parts, options, last))
        yield { type: 'execution', stored: advance(stored) }
    }
  } finally {
    unsubscribe()
  }
  function advance(stored: StoredExecution): StoredExecution {
    last = stored.seq
    return stored
  }
}

async function* replay(
  { executions }: WatchParts,
  { functionId, signal }: WatchOptions,
  after: number,
): AsyncGenerator<StoredExecution> {
  let last = after
  for (;;) {
    const page = await executions.after(functionId, last, PAGE)
    for (const stored of page) {
      if (signal.aborted) return
      yield stored
      last = stored.seq
    }
    if (page.length < PAGE) return
  }
}

interface Inbox {
  readonly add: (event: FeedEvent) => void
  /** The next event, `dropped` where some are missing, or `quiet` when nothing came in time or the signal fired. */
  next(): Promise<WatchEvent>
}

function createInbox(clock: Clock, { heartbeatMs, maxBuffered, signal }: WatchOptions): Inbox {
  const waiting: FeedEvent[] = []
  let dropped = 0
  let wake: () => void = () => undefined
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    add(event) {
      waiting.push(event)
      if (waiting.length > maxBuffered) {
        waiting.shift()
        dropped += 1
      }
      wake()
    },
    async next() {
      if (waiting.length === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(heartbeatMs, resolve)
          wake = () => (cancel(), resolve())
        })
      }
      if (dropped > 0) {
        const count = dropped
        dropped = 0
        return { type: 'dropped', count }
      }
      return waiting.shift() ?? { type: 'quiet' }
    },
  }
}
