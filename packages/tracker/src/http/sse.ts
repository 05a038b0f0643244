import type { WireMessage } from '../contract/wire.ts'
import type { Clock } from '../model/ports.ts'

/** How a stream is kept alive, and when it is given up. */
export interface EventStreamOptions {
  readonly clock: Clock
  /** The numbering of the events. */
  readonly stream: string
  /** Time without a message after which a comment is sent, in ms. */
  readonly heartbeatMs: number
  /** A client that reads nothing for this long is cut off, in ms. */
  readonly stallMs: number
  /** Called once, however it ends. */
  readonly onEnd: () => void
}

const retryMs = 1000

const toText = (message: WireMessage, stream: string): string => {
  // A client resumes with the number of the last event or snapshot it got.
  const id = message.type === 'gap' ? '' : `id: ${stream}.${message.seq}\n`
  return `${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
}

/** The next message, or undefined when none came in time. */
const orNothing = async <T>(next: Promise<T>, clock: Clock, ms: number): Promise<T | undefined> => {
  let cancel = (): void => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.schedule(ms, () => resolve(undefined))
  })
  try {
    return await Promise.race([next, late])
  } finally {
    cancel()
  }
}

/**
 * Messages as server-sent events, pulled by the client, so that nothing piles up here.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const toEventStream = (
  messages: AsyncGenerator<WireMessage>,
  options: EventStreamOptions,
): ReadableStream<Uint8Array> => {
  const { clock, heartbeatMs, stallMs, stream } = options
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<WireMessage>> | undefined
  let unwatch = (): void => {}
  let ended = false
  const end = (): void => {
    unwatch()
    if (!ended) options.onEnd()
    ended = true
  }
  const send = (controller: ReadableStreamDefaultController<Uint8Array>, text: string): void => {
    controller.enqueue(encoder.encode(text))
    // The next pull says that the client took it.
    unwatch = clock.schedule(stallMs, () => {
      end()
      controller.error(new Error(`the client read nothing for ${stallMs} ms`))
    })
  }
  return new ReadableStream(
    {
      start: (controller) => send(controller, `retry: ${retryMs}\n\n`),
      pull: async (controller) => {
        unwatch()
        next ??= messages.next()
        const result = await orNothing(next, clock, heartbeatMs)
        if (ended) return
        if (result === undefined) return send(controller, ': alive\n\n')
        next = undefined
        if (result.done !== true) return send(controller, toText(result.value, stream))
        end()
        controller.close()
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  )
}
