import type { Clock } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'

/** How many requests one principal may make. */
export interface RateLimit {
  /** Long-term rate. */
  readonly requestsPerSecond: number
  /** Requests that may come at once after a pause. */
  readonly burst: number
}

/** A token bucket for each principal. */
export interface RateLimiter {
  /** Throws RATE_LIMITED with `details.retryAfterMs`. */
  take(principalId: string): void
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

const MAX_BUCKETS = 10_000

/** Builds a limiter; buckets of principals that were not seen for long are forgotten. */
export const createRateLimiter = (limit: RateLimit, clock: Clock): RateLimiter => {
  const buckets = new Map<string, Bucket>()
  return {
    take: (principalId) => {
      const atMs = clock.now()
      const before = buckets.get(principalId) ?? { tokens: limit.burst, atMs }
      const tokens = Math.min(
        limit.burst,
        before.tokens + ((atMs - before.atMs) / 1000) * limit.requestsPerSecond,
      )
      if (tokens < 1) {
        const retryAfterMs = Math.ceil(((1 - tokens) / limit.requestsPerSecond) * 1000)
        throw new SandboxError(
          'RATE_LIMITED',
          `Too many requests; try again in ${retryAfterMs} ms.`,
          { details: { retryAfterMs } },
        )
      }
      buckets.delete(principalId)
      buckets.set(principalId, { tokens: tokens - 1, atMs })
      const [oldest] = buckets.keys()
      if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest)
    },
  }
}
