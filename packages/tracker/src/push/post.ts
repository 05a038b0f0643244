import type { ErrorEventCode } from '../model/events.ts'
import { TrackerError, toMessage } from '../model/errors.ts'

/** A POST that did not work. Its message names the origin only: paths and headers of webhooks are secrets. */
export class PushError extends TrackerError {
  /** Whether the same request may work later. */
  readonly retryable: boolean
  /** How long the receiver asked to wait, in ms. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorEventCode | 'PROTOCOL',
    message: string,
    retry: { retryable: boolean; retryAfterMs?: number | undefined },
  ) {
    super(code, message)
    this.retryable = retry.retryable
    this.retryAfterMs = retry.retryAfterMs
  }
}

/** What to send, and how. */
export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Default `application/json`. */
  readonly contentType?: string
  /** Compresses the body. Default false. */
  readonly gzip?: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly fetch: typeof globalThis.fetch
  /** Statuses after which the same request may work later. Default those of RFC 9110 that say so, and 500. */
  readonly retryable?: ReadonlySet<number>
}

const maxAnswerBytes = 65_536
const retryableStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Seconds, or a date. @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
const parseRetryAfter = (text: string | null, nowMs: number): number | undefined => {
  if (text === null || text.trim() === '') return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

const compress = async (body: PostBody): Promise<ArrayBuffer> => {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}

/** Credentials in an address would appear in messages of `fetch`, so they become a header. */
const splitCredentials = (url: URL): readonly [string, Readonly<Record<string, string>>] => {
  if (url.username === '' && url.password === '') return [url.href, {}]
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return [bare.href, { authorization: `Basic ${btoa(pair)}` }]
}

/** Reads an address. @throws TypeError that does not repeat it, since it may hold a secret. */
export const parseUrl = (what: string, text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new TypeError(`${what}: the address is not an http or https URL`)
}

/** Text, or bytes in memory that nobody shares. */
export type PostBody = string | Uint8Array<ArrayBuffer>

/** Posts JSON; gives the text of the answer. @throws PushError */
export const postJson = async (url: URL, body: string, options: PostOptions): Promise<string> =>
  new TextDecoder().decode(await postBody(url, body, options))

/** Posts a body; gives the answer (its first 64 KiB). Redirects are not followed. @throws PushError */
export const postBody = async (
  url: URL,
  body: PostBody,
  options: PostOptions,
): Promise<Uint8Array> => {
  const [href, credentials] = splitCredentials(url)
  const encoding = options.gzip === true ? { 'content-encoding': 'gzip' } : {}
  const timeout = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await options.fetch(href, {
      method: 'POST',
      headers: {
        'content-type': options.contentType ?? 'application/json',
        ...encoding,
        ...credentials,
        ...options.headers,
      },
      body: options.gzip === true ? await compress(body) : body,
      redirect: 'manual',
      signal: AbortSignal.any([options.signal, timeout]),
    })
    const answer = await readBounded(response)
    if (response.ok) return answer
    throw refusal(url, response, options.retryable ?? retryableStatuses)
  } catch (error) {
    if (error instanceof PushError || options.signal.aborted) throw error
    if (timeout.aborted)
      throw new PushError('TIMEOUT', `${url.origin} did not answer in ${options.timeoutMs} ms`, {
        retryable: true,
      })
    // Only the cause is repeated: the message of fetch itself can hold the whole address.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : 'no answer'
    throw new PushError('NETWORK', `${url.origin} was not reached: ${toMessage(cause)}`, {
      retryable: true,
    })
  }
}

const refusal = (url: URL, response: Response, retryable: ReadonlySet<number>): PushError =>
  new PushError('PROTOCOL', `${url.origin} answered with HTTP status ${response.status}`, {
    retryable: retryable.has(response.status),
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()),
  })

const readBounded = async (response: Response): Promise<Uint8Array> => {
  const answer = new Uint8Array(maxAnswerBytes)
  let size = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk.subarray(0, maxAnswerBytes - size)
    answer.set(part, size)
    size += part.length
    if (size === maxAnswerBytes) break
  }
  return answer.subarray(0, size)
}
