import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { AuditSink, Authenticator, Clock, Principal, ServerTransport } from '../../ports.ts'
import { CLOSE_UNAUTHENTICATED, ENDPOINT_PATH, SUBPROTOCOL } from '../../protocol/limits.ts'
import type { SandboxLimits } from '../limits.ts'
import type { SandboxHealth } from '../server.ts'
import { readCredentials } from './credentials.ts'
import { isAllowedHost, isAllowedOrigin, type HttpAccess } from './guards.ts'
import { createWebSocketTransport } from './web-socket-transport.ts'

/** What the HTTP side needs of the server behind it. */
export interface HttpFace {
  readonly clock: Clock
  readonly audit: AuditSink
  readonly limits: SandboxLimits
  readonly authenticator: Authenticator | undefined
  accept(transport: ServerTransport, principal?: Principal): void
  health(): SandboxHealth
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

interface Refusal {
  readonly ok: false
  readonly status: 401 | 403
  readonly reason: string
}

type Verdict = Refusal | { readonly ok: true; readonly principal: Principal | undefined }

/** Path of a request without its query. */
export const toPath = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? ''

/** Answers a request for an upgrade with an HTTP error. */
export const refuseUpgrade = (socket: Duplex, status: number, reason: string): void => {
  const body = JSON.stringify({ error: reason })
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

const judge = async (
  request: IncomingMessage,
  face: HttpFace,
  access: HttpAccess,
): Promise<Verdict> => {
  if (!isAllowedHost(request.headers.host, access))
    return { ok: false, status: 403, reason: 'This Host is not allowed.' }
  if (!isAllowedOrigin(request, access))
    return { ok: false, status: 403, reason: 'This Origin is not allowed.' }
  if (!face.authenticator) return { ok: true, principal: undefined }
  const principal = await face.authenticator.authenticate(readCredentials(request))
  return principal
    ? { ok: true, principal }
    : { ok: false, status: 401, reason: 'A valid key is needed.' }
}

/** Browsers hide the status of a refused handshake from the page, so the page gets a close code. */
const refuse = (
  upgrade: Upgrade,
  verdict: Refusal,
  through: { readonly server: WebSocketServer; readonly clock: Clock },
): void => {
  const { request, socket, head } = upgrade
  const { server, clock } = through
  if (verdict.status !== 401 || request.headers.origin === undefined)
    return refuseUpgrade(socket, verdict.status, verdict.reason)
  return server.handleUpgrade(request, socket, head, (webSocket) =>
    createWebSocketTransport(webSocket, clock).close(CLOSE_UNAUTHENTICATED, verdict.reason),
  )
}

const createUpgrader = (maxMessageBytes: number): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

/** Serves WebSocket requests of the endpoint path; answers how to stop. Requests for other paths are left alone. */
export const attachToHttp = (server: Server, face: HttpFace, access: HttpAccess): (() => void) => {
  const upgrader = createUpgrader(face.limits.maxMessageBytes)

  const admit = async (upgrade: Upgrade): Promise<void> => {
    const verdict = await judge(upgrade.request, face, access)
    if (verdict.ok) {
      upgrader.handleUpgrade(
        upgrade.request,
        upgrade.socket,
        upgrade.head,
        (webSocket: WebSocket) =>
          face.accept(createWebSocketTransport(webSocket, face.clock), verdict.principal),
      )
      return
    }
    const remoteAddress = upgrade.request.socket.remoteAddress ?? 'unknown'
    face.audit.record({
      type: 'connection.refused',
      reason: verdict.reason,
      remoteAddress,
      atMs: face.clock.now(),
    })
    refuse(upgrade, verdict, { server: upgrader, clock: face.clock })
  }

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (toPath(request) !== ENDPOINT_PATH) return
    const drop = (): void => void socket.destroy()
    socket.on('error', drop)
    admit({ request, socket, head }).catch((error: unknown) => {
      face.audit.record({ type: 'server.failed', message: String(error), atMs: face.clock.now() })
      refuseUpgrade(socket, 503, 'The connection could not be checked.')
    })
  }
  server.on('upgrade', onUpgrade)
  return () => server.off('upgrade', onUpgrade)
}
