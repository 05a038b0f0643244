import type { Tracker } from '../tracking/tracker.ts'
import { liveMessages } from './live.ts'

/** What is used of a server-side WebSocket; those of `ws`, Deno, Bun and Cloudflare fit. */
export interface LiveSocket {
  readonly bufferedAmount: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'close' | 'error', listener: () => void): void
}

/** Options of `attachLive`. */
export interface AttachLiveOptions {
  /** Resume after this event number, as the client's `after` parameter says. */
  readonly afterSeq?: number
  /** Bytes that may wait in the socket before the client must catch up. Default 1 MiB. */
  readonly maxBufferedBytes?: number
}

const defaultBuffer = 1024 * 1024
const waitMs = 20

/** Sends live messages to a WebSocket until it closes. A slow client gets a gap and a fresh snapshot, never an endless backlog. */
export const attachLive = async (
  tracker: Tracker,
  socket: LiveSocket,
  options: AttachLiveOptions = {},
): Promise<void> => {
  const closed = new AbortController()
  const end = (): void => closed.abort()
  socket.addEventListener('close', end)
  socket.addEventListener('error', end)
  const limit = options.maxBufferedBytes ?? defaultBuffer
  const { afterSeq } = options
  for await (const message of liveMessages(tracker, {
    signal: closed.signal,
    ...(afterSeq !== undefined && { afterSeq }),
  })) {
    // While the socket is full the tracker's own bounded buffer fills, and overflows into a gap notice.
    while (socket.bufferedAmount > limit && !closed.signal.aborted)
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (closed.signal.aborted) return
    socket.send(JSON.stringify(message))
  }
  if (!closed.signal.aborted) socket.close(1001, 'the tracker stopped')
}
