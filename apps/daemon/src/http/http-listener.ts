import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listener } from './loopback.ts'

/** How long an answer that is on its way may take, milliseconds. */
const graceMs = 1000

/** Opens an HTTP server on one address; rejects with the system's error. */
export function listenHttp(
  onRequest: RequestListener,
  host: string,
  port: number,
): Promise<Listener> {
  // A function may answer after minutes, so only the head of a request has a deadline.
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 }, onRequest)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => closeSoon(server),
      })
    })
  })
}

/** Takes no more requests; lets the answers that are on their way out, for a moment. */
function closeSoon(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
