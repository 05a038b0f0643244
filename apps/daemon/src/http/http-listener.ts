import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listener } from './loopback.ts'

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
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
