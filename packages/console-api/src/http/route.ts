import type { TSchema } from 'typebox'
import type { ErrorCode } from '../contract/index.ts'
import { invalid } from '../errors.ts'
import type { AnswerName } from './schemas.ts'

export type RouteMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** One matched request. */
export interface RouteCall {
  readonly request: Request
  readonly url: URL
  /** A part of the path by the name it has in the route. */
  readonly param: (name: string) => string
}

/** What a route answers with when all goes well. */
export interface RouteAnswer {
  readonly status: number
  readonly description: string
  /** JSON of this shape; left out when it is not JSON of ours. */
  readonly schema?: AnswerName
  /** The shape with `?view=summary`. */
  readonly summary?: AnswerName
}

/** One path and method: how it is documented and what it does. */
export interface Route {
  readonly method: RouteMethod
  /** With `{name}` for the parts that vary. */
  readonly path: string
  readonly summary: string
  readonly body?: TSchema
  readonly limit?: { readonly min: number; readonly max: number; readonly default: number }
  /** What `?view=` may be. */
  readonly view?: 'log' | 'summary'
  readonly answer: RouteAnswer
  /** Codes of its own, besides those that any route may answer with. */
  readonly errors: readonly ErrorCode[]
  /** What something unforeseen becomes. */
  readonly failure: ErrorCode
  handle(call: RouteCall): Promise<Response>
}

/** `?limit=` within its range, or the default; VALIDATION_ERROR for anything else. */
export function readLimit(
  url: URL,
  range: { readonly min: number; readonly max: number; readonly default: number },
): number {
  const text = url.searchParams.get('limit')
  if (text === null) return range.default
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (limit >= range.min && limit <= range.max) return limit
  throw invalid('limit', `limit must be a whole number from ${range.min} to ${range.max}`)
}

/** Whether `?view=` asks for the only view there is; VALIDATION_ERROR for another one. */
export function readView(url: URL, view: NonNullable<Route['view']>): boolean {
  const asked = url.searchParams.get('view')
  if (asked !== null && asked !== view) throw invalid('view', `view can only be \`${view}\``)
  return asked === view
}

/** `If-Match: "3"` to 3; undefined without the header or for `*`. */
export function readIfMatch(request: Request): number | undefined {
  const header = request.headers.get('if-match')
  if (header === null || header === '*') return undefined
  const version = /^"(\d{1,15})"$/.exec(header)?.[1]
  if (version === undefined)
    throw invalid('if-match', 'If-Match must be the ETag of an earlier answer')
  return Number(version)
}

/** The value as JSON, or 304 without loading it when the caller has this version. @see RFC 9110 section 13.1.2 */
export async function toVersioned(
  request: Request,
  version: string,
  load: () => Promise<unknown>,
): Promise<Response> {
  const etag = `"${version}"`
  // A browser keeps the answer and asks with its ETag by itself.
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers })
  return Response.json(await load(), { headers })
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || known.includes('*')
}

/** A JSON answer; with a version it carries an ETag. */
export function toJson(value: unknown, status = 200, version?: number): Response {
  const headers = version === undefined ? {} : { etag: `"${version}"` }
  return Response.json(value, { status, headers })
}
