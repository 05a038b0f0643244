import type { WireHeartbeat } from '../contract/wire.ts'
import type { Clock } from '../model/ports.ts'
import { systemClock } from '../model/ports.ts'
import type { Tracker } from '../tracking/tracker.ts'
import { liveMessages, parseResumePoint } from './live.ts'

/** The part of a server-side WebSocket that is used; those of `ws`, Deno, Bun and Cloudflare fit. */
export interface LiveSocket {
  readonly bufferedAmount: number
  send(text: string): void
  close(code?: number, reason?: string): void
  /** Ends a connection whose other side does not answer; without it such a connection is only closed. */
  terminate?(): void
  addEventListener(type: 'close' | 'error', listener: () => void): void
}

/** Options of `attachLive`. */
export interface AttachLiveOptions {
  /** Where the client resumes: its `after` parameter as it is, `<stream>.<seq>` or `<seq>`. */
  readonly after?: string
  /** Bytes that may wait in the socket before the client must catch up. Default 1 MiB. */
  readonly maxBufferedBytes?: number
  /** A client that stays that far behind for this long is cut off, in ms. Default 60,000. */
  readonly stallMs?: number
  /** Time without a message after which a heartbeat is sent, in ms. Default 15,000. */
  readonly heartbeatMs?: number
  readonly clock?: Clock
}

const defaultBuffer = 1024 * 1024
const defaultStallMs = 60_000
const defaultHeartbeatMs = 15_000
const waitMs = 20
const goingAway = 1001
const badData = 1007
const tryLater = 1013

/** Closes a socket whose client reads nothing: it cannot even read that it was closed. */
const cutOff = (socket: LiveSocket): void => {
  socket.close(tryLater, 'the client is too slow')
  socket.terminate?.()
}

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.schedule(ms, resolve))

/** While the socket is full the tracker's own bounded buffer fills, and overflows into a gap notice. False when it stays full. */
const drained = async (
  socket: LiveSocket,
  options: AttachLiveOptions,
  signal: AbortSignal,
): Promise<boolean> => {
  const { clock = systemClock, stallMs = defaultStallMs } = options
  const limit = options.maxBufferedBytes ?? defaultBuffer
  const since = clock.monotonic()
  while (socket.bufferedAmount > limit && !signal.aborted) {
    if (clock.monotonic() - since >= stallMs) return false
    await wait(clock, waitMs)
  }
  return true
}

/** Sends a heartbeat whenever the time passes without `reset`; the returned functions reset and end it. */
const beating = (
  clock: Clock,
  ms: number,
  beat: () => void,
): { readonly reset: () => void; readonly end: () => void } => {
  let cancel = (): void => {}
  const reset = (): void => {
    cancel()
    cancel = clock.schedule(ms, () => {
      beat()
      reset()
    })
  }
  reset()
  return { reset, end: () => cancel() }
}

/**
 * Sends live messages to a WebSocket until it closes; what the client sends is ignored. A slow client gets a gap and a fresh
 * snapshot, never an endless backlog. A resume point that cannot be read closes with code 1007.
 */
export const attachLive = async (
  tracker: Tracker,
  socket: LiveSocket,
  options: AttachLiveOptions = {},
): Promise<void> => {
  const { clock = systemClock } = options
  const after = options.after === undefined ? undefined : parseResumePoint(options.after)
  if (options.after !== undefined && after === undefined)
    return socket.close(badData, 'after is not the number of an event')
  const closed = new AbortController()
  const { signal } = closed
  socket.addEventListener('close', () => closed.abort())
  socket.addEventListener('error', () => closed.abort())
  const heart = beating(clock, options.heartbeatMs ?? defaultHeartbeatMs, () => {
    const message: WireHeartbeat = { type: 'heartbeat', seq: tracker.seq }
    if (socket.bufferedAmount === 0 && !signal.aborted) socket.send(JSON.stringify(message))
  })
  try {
    for await (const message of liveMessages(tracker, { signal, ...(after && { after }) })) {
      const ready = await drained(socket, options, signal)
      if (signal.aborted) return
      if (!ready) return cutOff(socket)
      socket.send(JSON.stringify(message))
      heart.reset()
    }
    if (!signal.aborted) socket.close(goingAway, 'the tracker stopped')
  } finally {
    heart.end()
  }
}
