import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../../ports.ts'
import { KEY_SUBPROTOCOL_PREFIX } from '../../protocol/limits.ts'

const findBearer = (header: string | undefined): string | undefined =>
  /^Bearer +(?<key>\S+)$/iu.exec(header ?? '')?.groups?.['key']

const findHeader = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

const findSubprotocolKey = (header: string | undefined): string | undefined => {
  const offered = (header ?? '').split(',').map((name) => name.trim())
  const found = offered.find((name) => name.startsWith(KEY_SUBPROTOCOL_PREFIX))
  return found === undefined
    ? undefined
    : Buffer.from(found.slice(KEY_SUBPROTOCOL_PREFIX.length), 'base64url').toString('utf8')
}

/** What a request shows of who sent it. A key in the URL is not read: URLs end up in logs. */
export const readCredentials = (request: IncomingMessage): Credentials => {
  const key =
    findBearer(request.headers.authorization) ??
    findHeader(request.headers['x-api-key']) ??
    findSubprotocolKey(request.headers['sec-websocket-protocol'])
  return {
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    ...(key === undefined ? {} : { key }),
  }
}
