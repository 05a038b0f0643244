import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SandboxError } from '../../protocol/errors.ts'
import { DEFAULT_PORT, ENDPOINT_PATH } from '../../protocol/limits.ts'
import { attachToHttp, refuseUpgrade, toPath, type HttpFace } from './attach.ts'
import { isAllowedHost, isLoopbackHost, type HttpAccess } from './guards.ts'

/** Where to listen, and whom to serve. */
export interface ListenOptions extends HttpAccess {
  /** Default `127.0.0.1`. Anything beyond loopback needs an authenticator. */
  readonly host?: string
  /** Default 5000; 0 takes a free one. */
  readonly port?: number
}

/** A server that listens. */
export interface SandboxListener {
  readonly host: string
  readonly port: number
  /** WebSocket address for clients. */
  readonly url: string
  close(): Promise<void>
}

/** Milliseconds a client has to send the head of a request. */
const HEADERS_TIMEOUT_MS = 10_000

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(text)
}

const serve =
  (face: HttpFace, access: HttpAccess) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (!isAllowedHost(request.headers.host, access))
      return answer(response, 403, { error: 'This Host is not allowed.' })
    if (toPath(request) === ENDPOINT_PATH)
      return answer(response, 426, { error: `Open a WebSocket at ${ENDPOINT_PATH}.` })
    if (toPath(request) !== '/health')
      return answer(response, 404, { error: 'There is only /health here.' })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, { error: 'Only GET is allowed.' })
    return answer(response, 200, face.health())
  }

const start = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void =>
      reject(
        new SandboxError(
          'LISTEN_FAILED',
          `Could not listen on ${host}:${port} (${cause.code}). Choose another port or host.`,
          {
            details: { host, port, reason: cause.code ?? 'unknown' },
            cause,
          },
        ),
      )
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      const address = server.address()
      if (typeof address === 'object' && address) resolve(address)
      else reject(new SandboxError('LISTEN_FAILED', `Listening on ${host}:${port} has no address.`))
    })
  })

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** Opens an HTTP server with the WebSocket path and `GET /health`. */
export const listenOnHttp = async (
  face: HttpFace,
  options: ListenOptions,
): Promise<SandboxListener> => {
  const { host = '127.0.0.1', port = DEFAULT_PORT } = options
  if (!isLoopbackHost(host) && !face.authenticator)
    throw new SandboxError(
      'INSECURE_BIND',
      `Refused to listen on ${host} without an authenticator: anyone who reaches it could run code. Give one, or listen on 127.0.0.1.`,
      {
        details: { host },
      },
    )
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
    },
    serve(face, options),
  )
  server.maxConnections = 2 * face.limits.maxConnections
  const detach = attachToHttp(server, face, options)
  server.on('upgrade', (request, socket) => {
    if (toPath(request) !== ENDPOINT_PATH)
      refuseUpgrade(socket, 404, `There is only ${ENDPOINT_PATH} here.`)
  })
  const address = await start(server, host, port)
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    host: address.address,
    port: address.port,
    url: `ws://${shown}:${address.port}${ENDPOINT_PATH}`,
    close: async () => {
      detach()
      await stop(server)
    },
  }
}
