import type { Clock } from '../model/ports.ts'
import { PushError } from './post.ts'

/** How a push is tried again. */
export interface RetryOptions {
  /** Tries after the first. */
  readonly maxRetries: number
  /** Wait before the first of them, in ms; doubles with each up to a minute. */
  readonly retryMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** 0 … 1, for the spread of the waits. Default `Math.random`. */
  readonly random?: () => number
}

const longestWaitMs = 60_000
const longestAskedMs = 15 * 60_000
const spread = 0.25

const wait = (ms: number, { clock, signal }: RetryOptions): Promise<void> =>
  new Promise((resolve) => {
    const cancel = clock.schedule(ms, () => {
      signal.removeEventListener('abort', end)
      resolve()
    })
    const end = (): void => {
      cancel()
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

/** The wait before a try, a little less than its bound so that many senders do not come at once. */
const pause = (error: unknown, retry: number, options: RetryOptions): number => {
  if (error instanceof PushError && error.retryAfterMs !== undefined)
    return Math.min(longestAskedMs, error.retryAfterMs)
  const bound = Math.min(longestWaitMs, options.retryMs * 2 ** retry)
  return bound * (1 - spread * (options.random ?? Math.random)())
}

/** Tries until it works, it cannot work, or the tries are used up. @throws whatever the last try threw. */
export const withRetries = async <T>(work: () => Promise<T>, options: RetryOptions): Promise<T> => {
  for (let retry = 0; ; retry += 1) {
    try {
      return await work()
    } catch (error) {
      const final = error instanceof PushError && !error.retryable
      if (final || retry >= options.maxRetries || options.signal.aborted) throw error
      await wait(pause(error, retry, options), options)
      if (options.signal.aborted) throw error
    }
  }
}
