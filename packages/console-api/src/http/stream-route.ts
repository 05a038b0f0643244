import type { Functions } from '../catalog/functions.ts'
import { toKoreanTime } from '../catalog/time.ts'
import type { LiveLine } from '../contract/index.ts'
import { ConsoleApiError, invalid } from '../errors.ts'
import { toExecutionLog } from '../executions/view.ts'
import { watch, type WatchEvent, type WatchParts } from '../executions/watch.ts'
import { functionPath } from './catalog-routes.ts'
import type { Route } from './route.ts'

/** Limits of live logs. */
export interface StreamLimits {
  /** Streams that are open at a time. */
  readonly maxStreams: number
  /** Silence after which a heartbeat is sent, milliseconds. */
  readonly heartbeatMs: number
  /** Events kept for a slow reader; older ones are reported as `dropped`. */
  readonly maxBuffered: number
}

export interface StreamRouteParts extends WatchParts {
  readonly functions: Functions
  readonly limits: StreamLimits
  /** Fires when the API closes. */
  readonly closing: AbortSignal
}

/** The live log as server-sent events: `execution` (with an id to resume from), `line`, `dropped`. */
export function createStreamRoute(parts: StreamRouteParts): Route {
  const open = new Set<object>()
  return {
    method: 'GET',
    path: '/api/workspaces/{workspaceId}/functions/{functionId}/logs/stream',
    summary:
      'Streams executions and printed lines as server-sent events; resumes after Last-Event-ID',
    answer: { status: 200, description: 'text/event-stream' },
    errors: ['VALIDATION_ERROR', 'NOT_FOUND', 'BUSY'],
    failure: 'READ_ERROR',
    async handle({ request, param }) {
      const after = readLastEventId(request)
      const row = await parts.functions.find(functionPath(param))
      if (open.size >= parts.limits.maxStreams) {
        const message = `${parts.limits.maxStreams} log streams are open: close one`
        throw new ConsoleApiError('BUSY', message, { headers: { 'retry-after': '5' } })
      }
      const stop = new AbortController()
      const signal = AbortSignal.any([stop.signal, request.signal, parts.closing])
      const events = watch(parts, { functionId: row.id, after, signal, ...parts.limits })
      const ticket = {}
      open.add(ticket)
      const body = toByteStream(events, { stop, onEnd: () => open.delete(ticket) })
      return new Response(body, {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
        },
      })
    },
  }
}

function readLastEventId(request: Request): number | null {
  const header = request.headers.get('last-event-id')
  if (header === null) return null
  if (!/^\d{1,15}$/.test(header))
    throw invalid('last-event-id', 'Last-Event-ID must be the id of an earlier event')
  return Number(header)
}

/** Asks for the next event only when the reader took the last one. */
function toByteStream(
  events: AsyncGenerator<WatchEvent>,
  { stop, onEnd }: { stop: AbortController; onEnd: () => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // The first bytes tell the reader that the stream stands.
      controller.enqueue(encoder.encode('retry: 1000\n\n'))
    },
    async pull(controller) {
      const { done, value } = await events.next()
      if (done !== true) return controller.enqueue(encoder.encode(toText(value)))
      onEnd()
      controller.close()
    },
    async cancel() {
      stop.abort()
      await events.return(undefined)
      onEnd()
    },
  })
}

function toText(event: WatchEvent): string {
  switch (event.type) {
    case 'quiet':
      return ': quiet\n\n'
    case 'dropped':
      return `event: dropped\ndata: ${JSON.stringify({ count: event.count })}\n\n`
    case 'line': {
      const { stream, text, atMs } = event.line
      const line: LiveLine = {
        executionId: event.executionId,
        stream,
        text,
        timestamp: toKoreanTime(atMs),
      }
      return `event: line\ndata: ${JSON.stringify(line)}\n\n`
    }
    case 'execution':
      return `event: execution\nid: ${event.stored.seq}\ndata: ${JSON.stringify(toExecutionLog(event.stored.record))}\n\n`
  }
}
