import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request that a receiver got. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Listens on a free port of loopback until the test is over; gives the address. */
export const listen = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a receiver answers: a status with headers and body, or nothing at all. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A real HTTP server that remembers what it got and answers as told. */
export const receive = async (
  answer: (received: Received, count: number) => Answer | 'silence' | 'hang up',
): Promise<{ readonly url: string; readonly all: Received[] }> => {
  const all: Received[] = []
  const url = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const received = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      }
      all.push(received)
      const told = answer(received, all.length)
      if (told === 'hang up') request.socket.destroy()
      else if (told !== 'silence') response.writeHead(told.status, told.headers).end(told.body)
    })
  })
  return { url, all }
}
