import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type Context } from 'hono'
import { DaemonError } from '../errors.ts'
import { refusalOf } from './same-origin.ts'
import type { Status } from '../status.ts'

export interface WebParts {
  /** Answers `/api/**` and `/fn/**`. */
  readonly consoleApi: { fetch(request: Request): Promise<Response> }
  readonly status: () => Status
  readonly consoleDir: string
  /** Where the page may open WebSockets. */
  readonly sandboxPort: () => number
}

/**
 * Everything on the console's port: the API, functions, health, status and the web console itself.
 *
 * @throws DaemonError `CONSOLE_MISSING` when the console was not built
 */
export function createWeb(parts: WebParts): Hono {
  const indexFile = join(parts.consoleDir, 'index.html')
  if (!existsSync(indexFile)) {
    throw new DaemonError(
      'CONSOLE_MISSING',
      `The web console is not built (${indexFile} is missing). Run the build first.`,
    )
  }
  const app = new Hono()
  app.use(async (context, next) => {
    const refusal = refusalOf(context.req.raw)
    if (refusal !== undefined) return refuse(context, 403, refusal)
    await next()
    return undefined
  })
  app.get('/health', (context) =>
    context.json({ status: 'ok', uptimeMs: Date.now() - Date.parse(parts.status().startedAt) }),
  )
  app.get('/status', async (context, next) =>
    context.req.header('accept')?.includes('text/html') === true
      ? next()
      : context.json(parts.status()),
  )
  app.on(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['/health', '/status'], (context) =>
    refuse(context, 405, {
      code: 'METHOD_NOT_ALLOWED',
      message: `${context.req.path} does not take ${context.req.method}, only GET.`,
    }),
  )
  for (const path of ['/api/*', '/fn/*']) {
    app.all(path, (context) => parts.consoleApi.fetch(context.req.raw))
  }
  // What the build left for itself.
  app.use(async (context, next) => (context.req.path.includes('/.') ? notFound() : next()))
  app.use('/assets/*', async (context, next) => {
    await next()
    if (context.res.ok) context.header('cache-control', 'public, max-age=31536000, immutable')
  })
  app.use(serveStatic({ root: parts.consoleDir }))
  app.get('*', async (context) =>
    page(await readFile(indexFile, 'utf8'), context.req.path, parts.sandboxPort()),
  )
  app.all('*', (context) =>
    refuse(context, 404, {
      code: 'NOT_FOUND',
      message: `Nothing answers ${context.req.method} ${context.req.path}.`,
    }),
  )
  return app
}

/** An error in the format of the API. */
function refuse(
  context: Context,
  status: 403 | 404 | 405,
  error: { readonly code: string; readonly message: string },
): Response {
  if (status === 405) context.header('allow', 'GET, HEAD')
  return context.json({ error: { ...error, details: {} } }, status)
}

function notFound(): Response {
  return new Response('Not found', { status: 404 })
}

/** The console is one page; an address that looks like a file and is none is not found. */
function page(html: string, path: string, sandboxPort: number): Response {
  if (/\.[a-z0-9]+$/i.test(path)) return notFound()
  // A policy cannot name an IPv6 address; the page connects to localhost anyway.
  const sockets = ['localhost', '127.0.0.1'].map((host) => `ws://${host}:${sandboxPort}`).join(' ')
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': [
        "default-src 'self'",
        `connect-src 'self' ${sockets}`,
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  })
}
