import type { ExecutionLog } from './models.ts'

/** What `…/logs/stream` sends, one server-sent event each. */
export type LogStreamEvent =
  /** An execution ended. `id` is its place in the log: send it as `Last-Event-ID` to go on from there. */
  | { readonly type: 'execution'; readonly id: string; readonly execution: ExecutionLog }
  /** A line that a running execution just printed; not resent on resume, it is in the execution's `logs`. */
  | { readonly type: 'line'; readonly line: LiveLine }
  /** The reader was too slow, or was away for longer than what is kept: `count` events are missing here. */
  | { readonly type: 'dropped'; readonly count: number }

/** A line that a running execution printed. */
export interface LiveLine {
  executionId: string
  stream: 'stdout' | 'stderr'
  text: string
  /** ISO 8601 in Korean time. */
  timestamp: string
}

/** One field-complete server-sent event. */
export interface ServerSentEvent {
  readonly id: string | null
  readonly event: string
  readonly data: string
}

/** Splits a byte stream into events; comments (heartbeats) are left out. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* parseServerSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let pending = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      pending += decoder.decode(value, { stream: true })
      const blocks = pending.split('\n\n')
      pending = blocks.pop() ?? ''
      yield* blocks.map(parseBlock).filter((event) => event !== null)
    }
  } finally {
    await reader.cancel()
  }
}

function parseBlock(block: string): ServerSentEvent | null {
  let id: string | null = null
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
  return data.length === 0 ? null : { id, event, data: data.join('\n') }
}

/** Parses a server-sent event of the live log; null for a type that this version does not know. */
export function parseLogStreamEvent(event: ServerSentEvent): LogStreamEvent | null {
  const data: unknown = JSON.parse(event.data)
  if (event.event === 'execution')
    return { type: 'execution', id: event.id ?? '', execution: data as ExecutionLog }
  if (event.event === 'line') return { type: 'line', line: data as LiveLine }
  if (event.event === 'dropped')
    return { type: 'dropped', count: (data as { count: number }).count }
  return null
}
