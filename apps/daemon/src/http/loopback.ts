import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DaemonError } from '../errors.ts'

export interface LoopbackServer {
  readonly port: number
  /** The same handlers on 127.0.0.1 and, where the machine has it, on ::1. */
  readonly servers: readonly Server[]
  close(): Promise<void>
}

export interface LoopbackOptions {
  /** 0 takes a free port. */
  readonly port: number
  /** How a person changes the port, for the message when it is taken. */
  readonly setting: string
  readonly onRequest?: RequestListener
}

/**
 * Listens on both loopback addresses, so that `localhost` works whichever of them a client resolves it to.
 *
 * @throws DaemonError `PORT_TAKEN`
 */
export async function listenOnLoopback(options: LoopbackOptions): Promise<LoopbackServer> {
  const first = await listen('127.0.0.1', options.port, options)
  if (first === undefined) throw taken(options)
  const { port } = first.address() as AddressInfo
  const second = await listen('::1', port, options).catch(async (error: unknown) => {
    await closeServer(first)
    throw error
  })
  const servers = second === undefined ? [first] : [first, second]
  return { port, servers, close: async () => void (await Promise.all(servers.map(closeServer))) }
}

/** Resolves to undefined where the address family does not exist on this machine. */
function listen(host: string, port: number, options: LoopbackOptions): Promise<Server | undefined> {
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 })
  if (options.onRequest !== undefined) server.on('request', options.onRequest)
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (host === '::1' && (cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT'))
        resolve(undefined)
      else
        reject(
          cause.code === 'EADDRINUSE' || cause.code === 'EACCES' ? taken(options, cause) : cause,
        )
    })
    server.listen({ host, port, exclusive: true }, () => resolve(server))
  })
}

function taken(options: LoopbackOptions, cause?: NodeJS.ErrnoException): DaemonError {
  const why =
    cause?.code === 'EACCES' ? 'may not be used by this user' : 'is taken by another program'
  return new DaemonError(
    'PORT_TAKEN',
    `Port ${options.port} ${why}. Choose another one with ${options.setting}.`,
    { cause },
  )
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
