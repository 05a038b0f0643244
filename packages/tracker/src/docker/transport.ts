import type { Readable } from 'node:stream'

/** The two ways an engine is asked: an answer, and a stream that does not end. */
export interface EngineTransport {
  /** For messages. */
  readonly address: string
  /** @throws TrackerError `NOT_FOUND`, `PERMISSION`, `CONNECTION`, `TIMEOUT`, `PROTOCOL` or `LIMIT`. */
  getJson(path: string, signal: AbortSignal): Promise<unknown>
  openStream(path: string, signal: AbortSignal): Promise<Readable>
  close(): void
}

/** Time an engine has to answer, in ms. Listings of large hosts and primed samples take up to a few seconds. */
export const answerTimeoutMs = 30_000

/** Bytes of one answer: more than ten thousand containers need. */
export const maxAnswerBytes: number = 64 * 1024 * 1024
