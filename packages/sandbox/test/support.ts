import { WebSocket } from 'ws'
import {
  createSandboxServer,
  type SandboxListener,
  type SandboxServer,
  type SandboxServerOptions,
} from '../src/index.ts'
import { createFakeEngine } from '../src/testing/index.ts'

/** Whatever JSON.parse answers: tests look at members of any depth. */
export type Json = ReturnType<typeof JSON.parse>

export interface Running {
  readonly server: SandboxServer
  readonly listener: SandboxListener
  readonly stop: () => Promise<void>
}

/** A server with the fake engine on a free port of loopback. */
export const startServer = async (
  options: Partial<SandboxServerOptions> = {},
): Promise<Running> => {
  const server = await createSandboxServer({ engines: [createFakeEngine()], ...options })
  const listener = await server.listen({ port: 0 })
  return { server, listener, stop: () => server.close() }
}

export interface Answer {
  readonly jsonrpc: '2.0'
  readonly id: unknown
  readonly result?: Json
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly data: Record<string, Json>
  }
}

export interface Peer {
  readonly socket: WebSocket
  /** Everything received, parsed. */
  readonly received: Json[]
  send(message: unknown): void
  sendText(text: string): void
  /** Resolves with the first message that fits. */
  wait(fits: (message: Json) => boolean): Promise<Json>
  call(method: string, params?: unknown): Promise<Answer>
  readonly closed: Promise<{ code: number; reason: string }>
}

/** A bare client: nothing but ws and JSON. */
export const connectPeer = async (
  url: string,
  options: Record<string, unknown> = {},
  protocols: string[] = [],
): Promise<Peer> => {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options })
  const received: Json[] = []
  const watchers = new Set<() => void>()
  socket.on('message', (data) => {
    received.push(JSON.parse((data as Buffer).toString('utf8')))
    for (const watch of watchers) watch()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  let nextId = 1
  const wait = (fits: (message: Json) => boolean): Promise<Json> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = received.find(fits)
        if (!found) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
    })
  const send = (message: unknown): void => socket.send(JSON.stringify(message))
  return {
    socket,
    received,
    send,
    sendText: (text) => socket.send(text),
    wait,
    call: (method, params) => {
      const id = `call-${nextId++}`
      send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })
      return wait((message) => message.id === id)
    },
    closed,
  }
}
