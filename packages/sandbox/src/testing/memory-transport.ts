import type { ServerTransport, TransportListener } from '../ports.ts'

/** The client's end of a connection in memory. */
export interface MemoryClient {
  /** Sends one message to the server; held back while the server does not read. */
  send(text: string): void
  /** Everything that was received, oldest first. */
  readonly received: readonly string[]
  /** Resolves with the message at a place, once it is there. */
  receive(at: number): Promise<string>
  /** Leaves what the server sends unread until `read` is called. */
  stopReading(): void
  read(): void
  close(): void
  /** Code and reason the server closed with. */
  readonly closed: { readonly code: number; readonly reason: string } | undefined
}

/** Two ends of a connection without a network. */
export interface MemoryTransportPair {
  readonly server: ServerTransport
  readonly client: MemoryClient
}

interface Pipe {
  listener: TransportListener | undefined
  readonly received: string[]
  /** Sent by the server, not yet read. */
  unread: { readonly text: string; readonly onFlushed: () => void }[]
  /** Sent by the client, not yet read. */
  held: string[]
  reading: boolean
  paused: boolean
  ended: boolean
  closed: { readonly code: number; readonly reason: string } | undefined
  waiters: (() => void)[]
}

const flush = (pipe: Pipe): void => {
  const messages = pipe.unread
  pipe.unread = []
  for (const { text, onFlushed } of messages) {
    pipe.received.push(text)
    onFlushed()
  }
  const waiters = pipe.waiters
  pipe.waiters = []
  for (const wake of waiters) wake()
}

const deliver = (pipe: Pipe): void => {
  while (!pipe.paused && !pipe.ended) {
    const text = pipe.held.shift()
    if (text === undefined) return
    pipe.listener?.onText(text)
  }
}

const end = (pipe: Pipe): void => {
  if (pipe.ended) return
  pipe.ended = true
  pipe.listener?.onClose()
}

const createServerEnd = (pipe: Pipe): ServerTransport => ({
  send: (text, onFlushed) => {
    if (pipe.ended) return
    pipe.unread.push({ text, onFlushed })
    if (pipe.reading) flush(pipe)
  },
  pause: () => {
    pipe.paused = true
  },
  resume: () => {
    pipe.paused = false
    deliver(pipe)
  },
  close: (code, reason) => {
    pipe.closed ??= { code, reason }
    end(pipe)
  },
  terminate: () => end(pipe),
  listen: (listener) => {
    pipe.listener = listener
  },
})

const createClientEnd = (pipe: Pipe): MemoryClient => ({
  send: (text) => {
    pipe.held.push(text)
    deliver(pipe)
  },
  received: pipe.received,
  receive: async (at) => {
    for (;;) {
      const text = pipe.received[at]
      if (text !== undefined) return text
      await new Promise<void>((resolve) => pipe.waiters.push(resolve))
    }
  },
  stopReading: () => {
    pipe.reading = false
  },
  read: () => {
    pipe.reading = true
    flush(pipe)
  },
  close: () => end(pipe),
  get closed() {
    return pipe.closed
  },
})

/** A pair of connected ends; hand `server` to `SandboxServer.accept`. */
export const createMemoryTransportPair = (): MemoryTransportPair => {
  const pipe: Pipe = {
    listener: undefined,
    received: [],
    unread: [],
    held: [],
    reading: true,
    paused: false,
    ended: false,
    closed: undefined,
    waiters: [],
  }
  return { server: createServerEnd(pipe), client: createClientEnd(pipe) }
}
