import type { WireError, WireErrorCode } from '../contract/resources.ts'
import { TrackerError } from '../model/errors.ts'

/** HTTP status of each code. */
const statuses = {
  BAD_REQUEST: 400,
  METHOD: 405,
  NOT_FOUND: 404,
  LIMIT: 503,
  STOPPED: 503,
  CONNECTION: 502,
  TIMEOUT: 504,
  PERMISSION: 502,
  CONTAINER: 502,
  NETWORK: 502,
  PROTOCOL: 502,
  STORE: 500,
  LOCKED: 500,
  UNKNOWN_ERROR: 500,
} as const satisfies Record<WireErrorCode, number>

/** A request that cannot be answered as asked; its message is shown to the client. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly code: WireErrorCode
  readonly status: number

  constructor(code: WireErrorCode, message: string, status: number = statuses[code]) {
    super(message)
    this.code = code
    this.status = status
  }
}

const longestShown = 100

/** A name that a client sent, short enough to repeat. */
export const shown = (text: string): string => text.slice(0, longestShown)

/** Fresh JSON. */
export const json = (
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })

/** Fresh text of a type. */
export const text = (body: string, contentType: string): Response =>
  new Response(body, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } })

/** The error body for anything thrown; undefined for what is nobody's fault but ours. */
export const toRefusal = (error: unknown): Refusal | undefined => {
  if (error instanceof Refusal) return error
  return error instanceof TrackerError ? new Refusal(error.code, error.message) : undefined
}

/** An error as the client sees it. */
export const refuse = (
  { code, message, status }: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Response => json({ error: { code, message } } satisfies WireError, status, headers)
