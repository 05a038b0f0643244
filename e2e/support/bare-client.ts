import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A WebSocket and JSON, nothing of ours: what any client in any language does. */
export interface BareClient {
  /** Sends a request and resolves to the whole answer. */
  call(method: string, params: unknown): Promise<Answer>
  /** Notifications so far, in order. */
  readonly notified: readonly Notification[]
  close(): void
}

export interface Notification {
  readonly method: string
  readonly params: Record<string, unknown>
}

export interface Answer {
  readonly jsonrpc: string
  readonly id: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export async function connect(url: string): Promise<BareClient> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, (answer: Answer) => void>()
  const notified: Notification[] = []
  let lastId = 0
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Answer | Notification
    if ('method' in message) return void notified.push(message)
    const answer = message
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  return {
    notified,
    call: (method, params) => {
      const id = ++lastId
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      return answered
    },
    close: () => socket.close(),
  }
}

/** Runs one command in a session and gives back the seed's envelope. */
export async function execute(
  client: BareClient,
  sessionId: string,
  command: Record<string, unknown>,
) {
  const answer = await client.call('session.execute', { sessionId, command })
  if (answer.result === undefined)
    throw new Error(`session.execute was refused: ${JSON.stringify(answer.error)}`)
  return answer.result as {
    success: boolean
    result: Record<string, unknown> | null
    error: string | null
    durationMs: number
  }
}
