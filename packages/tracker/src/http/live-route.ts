import { systemClock } from '../model/ports.ts'
import { Refusal } from './answer.ts'
import type { TrackerHandlerOptions } from './handler.ts'
import { liveMessages, parseResumePoint } from './live.ts'
import type { Route } from './routes.ts'
import { toEventStream } from './sse.ts'

const defaultMaxLive = 256
const defaultHeartbeatMs = 15_000
const defaultStallMs = 60_000

/** Server-sent events, up to a number of connections at a time. */
export const liveRoute = (options: TrackerHandlerOptions): Route => {
  const { tracker, maxLiveConnections = defaultMaxLive, clock = systemClock } = options
  let open = 0
  return ({ request, query }) => {
    const asked = request.headers.get('last-event-id') ?? query.get('after')
    const after = asked === null ? undefined : parseResumePoint(asked)
    if (asked !== null && after === undefined)
      throw new Refusal('BAD_REQUEST', 'after (or Last-Event-ID) is the number of an event')
    if (open >= maxLiveConnections)
      throw new Refusal('LIMIT', 'too many live connections (maxLiveConnections)')
    open += 1
    const ended = new AbortController()
    const signal = AbortSignal.any([request.signal, ended.signal])
    signal.addEventListener('abort', () => void (open -= 1), { once: true })
    const messages = liveMessages(tracker, { signal, ...(after && { after }) })
    const body = toEventStream(messages, {
      clock,
      stream: tracker.streamId,
      heartbeatMs: options.heartbeatMs ?? defaultHeartbeatMs,
      stallMs: options.stallMs ?? defaultStallMs,
      onEnd: () => ended.abort(),
    })
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    })
  }
}
