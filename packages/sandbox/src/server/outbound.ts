import type { Clock, ServerTransport } from '../ports.ts'

export interface OutboundLimits {
  /** Unsent bytes from which producers wait and the client is not read any more. */
  readonly highWaterBytes: number
  /** Unsent bytes at which the connection is closed with 1013. */
  readonly maxBytes: number
  /** How long nothing may be taken from a queue above the high-water mark until the connection is closed with 1013. */
  readonly stallMs: number
}

/** What waits to be sent to one client: bounded, in order. */
export interface Outbound {
  send(text: string): void
  /** Resolves when there is room for more; rejects never, resolves at once after the end. */
  whenWritable(): Promise<void>
  /** True when nothing is sent any more. */
  readonly ended: boolean
  end(): void
}

const CLOSE_OVERLOADED = 1013

/** Producers that wait for room. */
const createWaitingRoom = (): {
  readonly wait: () => Promise<void>
  readonly empty: () => void
} => {
  let waiters: (() => void)[] = []
  return {
    wait: () => new Promise((resolve) => waiters.push(resolve)),
    empty: () => {
      const released = waiters
      waiters = []
      for (const resolve of released) resolve()
    },
  }
}

/** Opens the queue of one connection. Answers and notifications share it, so an answer never overtakes its output. */
export const openOutbound = (
  transport: ServerTransport,
  ports: { readonly clock: Clock; readonly onOverload: () => void },
  limits: OutboundLimits,
): Outbound => {
  const producers = createWaitingRoom()
  let pendingBytes = 0
  let ended = false
  let paused = false
  let disarmStall = (): void => {}

  const end = (): void => {
    ended = true
    disarmStall()
    producers.empty()
  }

  const overload = (reason: string): void => {
    end()
    transport.close(CLOSE_OVERLOADED, reason)
    ports.onOverload()
  }

  const armStall = (): void => {
    disarmStall()
    disarmStall = ports.clock.schedule(limits.stallMs, () => overload('The client does not read.'))
  }

  const pause = (): void => {
    paused = true
    transport.pause()
    armStall()
  }

  const resume = (): void => {
    paused = false
    disarmStall()
    transport.resume()
    producers.empty()
  }

  const onFlushed = (bytes: number): void => {
    pendingBytes -= bytes
    if (!paused || ended) return
    if (pendingBytes <= limits.highWaterBytes / 2) resume()
    else armStall()
  }

  const send = (text: string): void => {
    if (ended) return
    const bytes = Buffer.byteLength(text)
    pendingBytes += bytes
    if (pendingBytes > limits.maxBytes)
      return overload('Too much output is waiting for the client.')
    transport.send(text, () => onFlushed(bytes))
    if (!paused && pendingBytes > limits.highWaterBytes) pause()
  }

  return {
    send,
    whenWritable: () => (paused && !ended ? producers.wait() : Promise.resolve()),
    get ended() {
      return ended
    },
    end,
  }
}
