import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { ErrorCode } from '../contract/index.ts'
import { ConsoleApiError } from '../errors.ts'
import { StorageFault } from '../storage/watch.ts'
import { toOpenApi } from './openapi.ts'
import { toJson, type Route } from './route.ts'

export interface AppParts {
  readonly routes: readonly Route[]
  readonly passThrough: (request: Request) => Promise<Response>
  /** Origins of pages, besides the server's own, that may use the API. */
  readonly allowedOrigins: readonly string[]
  /** Told of everything unforeseen that became a 500. */
  readonly onProblem: (error: Error) => void
}

/** The routes as one fetch handler; every answer that is not a success has the error format. */
export function createApp(parts: AppParts): Hono {
  const app = new Hono()
  const { allowedOrigins } = parts
  if (allowedOrigins.length > 0) {
    const exposeHeaders = ['etag', 'x-execution-id', 'x-duration-ms', 'x-function-status']
    app.use('/api/*', cors({ origin: [...allowedOrigins], exposeHeaders }))
  }
  app.use('/api/*', async (context, next) => {
    assertOrigin(context.req.raw, allowedOrigins)
    await next()
  })
  for (const route of parts.routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(route.method, path, (context) => {
      const param = (name: string): string => context.req.param(name) ?? ''
      return route
        .handle({ request: context.req.raw, url: new URL(context.req.url), param })
        .catch((error: unknown) => {
          throw foreseen(error, route.failure)
        })
    })
  }
  const document = toOpenApi(parts.routes)
  app.get('/api/openapi.json', () => toJson(document))
  app.all('/fn/*', (context) => parts.passThrough(context.req.raw))
  app.notFound((context) => {
    const { method, path } = context.req
    return toErrorResponse(unknownRoute(parts.routes, method, path))
  })
  app.onError((thrown) => {
    const error = foreseen(thrown, 'INTERNAL_ERROR')
    if (error.cause !== undefined) parts.onProblem(toError(error.cause))
    return toErrorResponse(error)
  })
  return app
}

/** Another site's page may not change anything here, whatever the browser lets it send without asking. */
function assertOrigin(request: Request, allowed: readonly string[]): void {
  const origin = request.headers.get('origin')
  if (
    origin === null ||
    ['GET', 'HEAD', 'OPTIONS'].includes(request.method) ||
    allowed.includes(origin)
  )
    return
  if (URL.canParse(origin) && new URL(origin).host === new URL(request.url).host) return
  throw new ConsoleApiError(
    'FORBIDDEN_ORIGIN',
    `pages of ${origin} may not use this API: add it to allowedOrigins`,
  )
}

function unknownRoute(routes: readonly Route[], method: string, path: string): ConsoleApiError {
  const fitting = routes.filter((route) =>
    new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  if (fitting.length === 0) return new ConsoleApiError('NOT_FOUND', `there is no ${method} ${path}`)
  const allow = fitting.map((route) => route.method).join(', ')
  return new ConsoleApiError(
    'METHOD_NOT_ALLOWED',
    `${path} does not take ${method}, only ${allow}`,
    { headers: { allow } },
  )
}

/** An error of ours as it is; anything else becomes `code`, and says no more than that to the caller. */
function foreseen(error: unknown, code: ErrorCode): ConsoleApiError {
  if (error instanceof ConsoleApiError) return error
  if (error instanceof StorageFault) {
    const { storage, reason } = error
    const message = `the ${storage} of the server cannot be used (${reason}): nothing was acknowledged`
    return new ConsoleApiError(code, message, { details: { storage, reason }, cause: error })
  }
  return new ConsoleApiError(code, 'something went wrong on the server; its log says more', {
    cause: error,
  })
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('what was thrown is no Error', { cause: thrown })
}

function toErrorResponse(error: ConsoleApiError): Response {
  return Response.json(error.toBody(), { status: error.status, headers: error.headers })
}
