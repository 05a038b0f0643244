import type { WireMessage } from '../contract/wire.ts'
import type { Clock } from '../model/ports.ts'

const heartbeatMs = 15_000
const retryMs = 1000

const toText = (message: WireMessage): string => {
  // A client resumes with the number of the last event or snapshot it got.
  const id = message.type === 'gap' ? '' : `id: ${message.seq}\n`
  return `${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
}

/**
 * Messages as server-sent events, pulled by the client; a comment every 15 s keeps proxies from closing the connection.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const toEventStream = (
  messages: AsyncGenerator<WireMessage>,
  clock: Clock,
  onCancel: () => void,
): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<WireMessage>> | undefined
  let began = false
  const beat = (): { readonly late: Promise<'beat'>; readonly cancel: () => void } => {
    let cancel = (): void => {}
    const late = new Promise<'beat'>((resolve) => {
      cancel = clock.schedule(heartbeatMs, () => resolve('beat'))
    })
    return { late, cancel }
  }
  return new ReadableStream(
    {
      pull: async (controller) => {
        if (!began) {
          began = true
          controller.enqueue(encoder.encode(`retry: ${retryMs}\n\n`))
          return
        }
        next ??= messages.next()
        const { late, cancel } = beat()
        const result = await Promise.race([next, late])
        cancel()
        if (result === 'beat') return controller.enqueue(encoder.encode(': alive\n\n'))
        next = undefined
        if (result.done === true) return controller.close()
        controller.enqueue(encoder.encode(toText(result.value)))
      },
      cancel: () => onCancel(),
    },
    { highWaterMark: 1 },
  )
}
