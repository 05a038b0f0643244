import { SandboxError } from '../protocol/errors.ts'
import { KEY_SUBPROTOCOL_PREFIX, SUBPROTOCOL } from '../protocol/limits.ts'
import { toBase64Url } from '../protocol/base64.ts'

/** The client's end of a connection. */
export interface ClientTransport {
  send(text: string): void
  close(): void
  /** Must be called once, before anything is received. */
  listen(listener: ClientListener): void
}

/** Gets what happens on a connection. */
export interface ClientListener {
  onText(text: string): void
  /** Why the connection ended. */
  onClose(code: number, reason: string): void
}

/** The part of a WebSocket that is used; those of browsers, Node and `ws` fit. */
export interface SocketLike {
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void
}

/** Options of a WebSocket connection. */
export interface DialOptions {
  /** Longest wait for the connection, milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Key of the server's authenticator; sent as a subprotocol, never in the URL. */
  readonly apiKey?: string
  /** Makes the socket. Default: the global `WebSocket` (browsers, Node 22 and later). */
  readonly createSocket?: (url: string, protocols: string[]) => SocketLike
}

const openGlobalSocket = (url: string, protocols: string[]): SocketLike =>
  new WebSocket(url, protocols)

const toProtocols = (apiKey: string | undefined): string[] =>
  apiKey === undefined
    ? [SUBPROTOCOL]
    : [SUBPROTOCOL, `${KEY_SUBPROTOCOL_PREFIX}${toBase64Url(new TextEncoder().encode(apiKey))}`]

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000

/** Opens a WebSocket and waits until it stands. Rejects with CONNECT_FAILED. */
export const dialWebSocket = (url: string, options: DialOptions): Promise<ClientTransport> =>
  new Promise((resolve, reject) => {
    const createSocket = options.createSocket ?? openGlobalSocket
    const socket = createSocket(url, toProtocols(options.apiKey))
    let listener: ClientListener | undefined
    const deadline = setTimeout(() => {
      fail()
      socket.close()
    }, options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS)
    const fail = (): void => {
      clearTimeout(deadline)
      reject(
        new SandboxError(
          'CONNECT_FAILED',
          `Could not connect to ${url}. Is the server running, and is this client allowed?`,
        ),
      )
    }
    socket.addEventListener('error', fail)
    socket.addEventListener('close', ({ code, reason }) => {
      fail()
      listener?.onClose(code, reason)
    })
    socket.addEventListener('message', ({ data }) => listener?.onText(String(data)))
    socket.addEventListener('open', () => {
      clearTimeout(deadline)
      resolve({
        send: (text) => socket.send(text),
        close: () => socket.close(1000),
        listen: (next) => {
          listener = next
        },
      })
    })
  })
