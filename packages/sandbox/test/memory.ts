import {
  createSandboxServer,
  type Principal,
  type SandboxServer,
  type SandboxServerOptions,
} from '../src/index.ts'
import {
  createFakeEngine,
  createManualClock,
  createMemoryTransportPair,
  type FakeEngineOptions,
  type ManualClock,
  type MemoryClient,
} from '../src/testing/index.ts'
import type { Json } from './support.ts'

export interface MemoryPeer {
  readonly client: MemoryClient
  readonly received: Json[]
  /** Sends a request; resolves with its answer. */
  call(method: string, params?: unknown, id?: unknown): Promise<Json>
  /** Resolves with the first message that fits. */
  wait(fits: (message: Json) => boolean): Promise<Json>
  send(message: unknown): void
}

/** A client of a server in memory. */
export const connectMemory = (server: SandboxServer, principal?: Principal): MemoryPeer => {
  const { server: end, client } = createMemoryTransportPair()
  server.accept(end, principal)
  let nextId = 1
  const wait = async (fits: (message: Json) => boolean): Promise<Json> => {
    for (let at = 0; ; at++) {
      const message = JSON.parse(await client.receive(at))
      if (fits(message)) return message
    }
  }
  const send = (message: unknown): void => client.send(JSON.stringify(message))
  return {
    client,
    get received() {
      return client.received.map((text) => JSON.parse(text) as Json)
    },
    send,
    wait,
    call: (method, params, id = `c${nextId++}`) => {
      send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })
      return wait((message) => message.id === id)
    },
  }
}

export interface World {
  readonly server: SandboxServer
  readonly clock: ManualClock
  readonly engine: ReturnType<typeof createFakeEngine>
  readonly peer: MemoryPeer
  /** Creates a session; answers its id. */
  create(params?: Record<string, unknown>): Promise<string>
  /** Runs a command; answers the envelope, or the error. */
  run(sessionId: string, command: Record<string, unknown>, id?: unknown): Promise<Json>
  /** Does not wait. */
  start(sessionId: string, command: Record<string, unknown>, id: unknown): void
}

/** A server with a fake engine under a manual clock, and one client. */
export const createWorld = async (
  options: Partial<SandboxServerOptions> = {},
  engineOptions: FakeEngineOptions = {},
): Promise<World> => {
  const clock = createManualClock()
  const engine = createFakeEngine({ clock, ...engineOptions })
  const server = await createSandboxServer({ engines: [engine], clock, ...options })
  const peer = connectMemory(server)
  const start = (sessionId: string, command: Record<string, unknown>, id: unknown): void =>
    peer.send({ jsonrpc: '2.0', id, method: 'session.execute', params: { sessionId, command } })
  return {
    server,
    clock,
    engine,
    peer,
    create: async (params = {}) => {
      const { result, error } = await peer.call('session.create', { language: 'python', ...params })
      if (error) throw new Error(error.message)
      return result.sessionId
    },
    run: async (sessionId, command, id) => {
      const { result, error } = await peer.call('session.execute', { sessionId, command }, id)
      return result ?? error
    },
    start,
  }
}
