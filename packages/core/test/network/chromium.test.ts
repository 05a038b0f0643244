import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleForPage, chromiumIsAbsent, launchChromium } from '../both/chromium.ts'
import type { Told } from '../both/page.ts'
import { fixture } from '../containers/modules.ts'
import { cases } from './page-cases.ts'

describe.skipIf(chromiumIsAbsent)('in Chromium', () => {
  const servers: Server[] = []
  const opened: { browser?: Browser; page?: Page } = {}

  beforeAll(async () => {
    const files = await bundles()
    const own = await listen(servers, (request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://own')
      const file = files.get(pathname)
      if (file !== undefined) return response.setHeader('content-type', 'text/javascript').end(file)
      if (pathname === '/')
        return response
          .setHeader('content-type', 'text/html')
          .end('<!doctype html><script type="module" src="/page.js"></script>')
      if (pathname.startsWith('/modules/'))
        return response.end(fixture(pathname.slice('/modules/'.length)))
      return answer(request, response)
    })
    const open = await listen(servers, (request, response) => {
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('access-control-allow-headers', '*')
      response.setHeader('access-control-allow-methods', '*')
      response.setHeader('access-control-expose-headers', 'x-seen')
      if (request.method === 'OPTIONS') return response.end()
      return answer(request, response)
    })
    const closed = await listen(servers, answer)
    opened.browser = await launchChromium()
    opened.page = await opened.browser.newPage()
    await opened.page.goto(`${own}/`)
    await opened.page.waitForFunction('"runCase" in globalThis')
    await opened.page.evaluate(`globalThis.origins = ${JSON.stringify({ own, open, closed })}`)
  })

  afterAll(async () => {
    await opened.browser?.close()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  test.each(cases)('$title', { timeout: 60_000 }, async ({ title }) => {
    const told = await opened.page?.evaluate<Told>(`runCase(${JSON.stringify(title)})`)
    expect(told?.failure).toBe('')
  })
})

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

function answer(request: IncomingMessage, response: ServerResponse): unknown {
  const parts: Uint8Array[] = []
  request.on('data', (part: Uint8Array) => parts.push(part))
  return request.on('end', () => {
    const { url } = request
    if (url === '/silent') return
    if (url === '/away') return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    if (url === '/here') return response.writeHead(302, { location: '/x' }).end()
    if (url === '/large') return response.end(Buffer.alloc(2_000_000))
    if (url === '/endless') return flood(response)
    if (url === '/cookies') return response.end(request.headers.cookie ?? 'none')
    response.writeHead(url === '/bytes' ? 203 : 200, { 'x-seen': request.method })
    return response.end(
      url === '/bytes' ? Buffer.from([0, 255]) : `got ${String(Buffer.concat(parts))}`,
    )
  })
}

function flood(response: ServerResponse): void {
  const part = Buffer.alloc(65_536)
  const write = (): void => {
    while (!response.closed && response.write(part));
  }
  response.on('drain', write)
  write()
}

async function listen(servers: Server[], handle: Answer): Promise<string> {
  const server = createServer((request, response) => void handle(request, response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function bundles(): Promise<ReadonlyMap<string, string>> {
  const entries = [
    ['/page.js', 'page.ts'],
    ['/runtimes/worker.js', '../../src/runtimes/worker.ts'],
  ] as const
  const built = entries.map(
    async ([path, entry]) => [path, await bundleForPage(new URL(entry, import.meta.url))] as const,
  )
  return new Map(await Promise.all(built))
}
