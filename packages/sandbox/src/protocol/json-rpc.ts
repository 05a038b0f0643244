import type { ErrorCode } from './errors.ts'

/**
 * The id exactly as it was written in the request, as JSON text: `1`, `"a"`, `null`, `12345678901234567890`.
 * Kept as text because a number beyond 2^53 would not survive parsing.
 */
export type RawId = string

/** What `params` may be; absent is undefined. */
export type Params = readonly unknown[] | Readonly<Record<string, unknown>> | undefined

/** A request to be answered. `id: null` is one; only an absent id makes a notification. */
export interface IncomingRequest {
  readonly kind: 'request'
  readonly id: RawId
  readonly method: string
  readonly params: Params
  /** JSON text of `params`, for members whose exact spelling matters. */
  readonly rawParams: string | undefined
}

/** A request that is never answered. */
export interface IncomingNotification {
  readonly kind: 'notification'
  readonly method: string
  readonly params: Params
  readonly rawParams: string | undefined
}

/** A message that must be answered with an error. */
export interface IncomingFault {
  readonly kind: 'fault'
  readonly id: RawId
  readonly code: ErrorCode
  readonly message: string
}

/** An answer that reached the side that never asks; it is dropped, since answering it could start a loop. */
export interface IncomingStray {
  readonly kind: 'stray'
}

/** One request of a message, or what stands in the place of one. */
export type IncomingItem = IncomingRequest | IncomingNotification | IncomingFault | IncomingStray

/** One message: a single item, or a batch to be answered by one array. */
export type Incoming =
  | { readonly kind: 'single'; readonly item: IncomingItem }
  | { readonly kind: 'batch'; readonly items: readonly IncomingItem[] }

/** The error member of an answer. */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** What a server sends: an answer or a notification. */
export type ServerMessage =
  | { readonly kind: 'result'; readonly id: string | number | null; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: string | number | null; readonly error: WireError }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
