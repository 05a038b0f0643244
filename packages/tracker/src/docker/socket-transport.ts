import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { TrackerError, toErrorEventCode, toMessage } from '../model/errors.ts'
import type { Endpoint } from './endpoint.ts'
import { connectOverSsh } from './ssh.ts'
import type { EngineTransport } from './transport.ts'
import { answerTimeoutMs, maxAnswerBytes } from './transport.ts'

/** Client side of TLS, as PEM text. */
export interface TlsOptions {
  readonly ca: string
  readonly cert?: string
  readonly key?: string
}

/** How to reach an engine. */
export interface SocketTransportOptions {
  readonly endpoint: Endpoint
  /** Turns TCP into TLS. */
  readonly tls?: TlsOptions
  /** The ssh client and its options. Default `['ssh']`. */
  readonly sshCommand?: readonly string[]
  /** Default 30,000. */
  readonly timeoutMs?: number
  /** Default 64 MiB. */
  readonly maxAnswerBytes?: number
}

const describe = (endpoint: Endpoint): string => {
  switch (endpoint.kind) {
    case 'unix':
      return `unix://${endpoint.path}`
    case 'tcp':
      return `tcp://${endpoint.host}:${endpoint.port}`
    case 'ssh':
      return `ssh://${endpoint.target}`
    default:
      return endpoint satisfies never
  }
}

const toTarget = (options: SocketTransportOptions): RequestOptions => {
  const { endpoint, tls } = options
  if (endpoint.kind === 'unix') return { socketPath: endpoint.path, headers: { host: 'docker' } }
  if (endpoint.kind === 'tcp') return { host: endpoint.host, port: endpoint.port, ...tls }
  const createConnection = () => connectOverSsh(endpoint, options.sshCommand ?? ['ssh'])
  return { createConnection, headers: { host: 'docker' } }
}

const failureOf = (address: string, path: string, error: unknown): TrackerError => {
  if (error instanceof TrackerError) return error
  const code = toErrorEventCode(error)
  return new TrackerError(code, `${address} did not answer ${path}: ${toMessage(error)}`, {
    cause: error,
  })
}

const statusError = (address: string, path: string, status: number): TrackerError => {
  const codes: Readonly<Record<number, 'NOT_FOUND' | 'PERMISSION'>> = {
    401: 'PERMISSION',
    403: 'PERMISSION',
    404: 'NOT_FOUND',
  }
  return new TrackerError(
    codes[status] ?? 'PROTOCOL',
    `${address} answered ${path} with HTTP status ${status}`,
  )
}

const readBody = async (response: IncomingMessage, limit: number): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit)
      throw new TrackerError(
        'LIMIT',
        `the engine's answer is larger than ${limit} bytes (maxAnswerBytes)`,
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** HTTP spoken on the engine's socket itself: no Docker library is needed. */
export const createSocketTransport = (options: SocketTransportOptions): EngineTransport => {
  const address = describe(options.endpoint)
  const secure = options.endpoint.kind === 'tcp' && options.tls !== undefined
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 8 })
    : new HttpAgent({ keepAlive: true, maxSockets: 8 })
  const target = toTarget(options)
  const send = secure ? httpsRequest : httpRequest
  const pooled = options.endpoint.kind !== 'ssh'

  const open = (path: string, signal: AbortSignal, shared: boolean): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      // An abort may come while nobody awaits: `once` listeners of the request must outlive the answer.
      const request = send({
        ...target,
        path,
        signal,

        ...(shared ? { agent } : pooled ? { agent: false } : {}),
      })
      request.on('error', reject)
      request.once('response', resolve)
      request.end()
    })

  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const bounded = AbortSignal.any([
      signal,
      AbortSignal.timeout(options.timeoutMs ?? answerTimeoutMs),
    ])
    try {
      const response = await open(path, bounded, pooled)
      const body = await readBody(response, options.maxAnswerBytes ?? maxAnswerBytes)
      if (response.statusCode !== 200) throw statusError(address, path, response.statusCode ?? 0)
      return JSON.parse(body) as unknown
    } catch (error) {
      if (signal.aborted) throw error
      if (bounded.aborted)
        throw new TrackerError('TIMEOUT', `${address} did not answer ${path} in time`, {
          cause: error,
        })
      if (error instanceof SyntaxError)
        throw new TrackerError('PROTOCOL', `${address} answered ${path} with broken JSON`, {
          cause: error,
        })
      throw failureOf(address, path, error)
    }
  }

  const stream = async (path: string, signal: AbortSignal): Promise<Readable> => {
    try {
      const response = await open(path, signal, false)
      response.socket.setKeepAlive?.(true, answerTimeoutMs)
      if (response.statusCode === 200) return response
      response.destroy()
      throw statusError(address, path, response.statusCode ?? 0)
    } catch (error) {
      throw failureOf(address, path, error)
    }
  }
  return { address, getJson: get, openStream: stream, close: () => agent.destroy() }
}
