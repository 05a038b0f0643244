import { createHash, timingSafeEqual } from 'node:crypto'
import type { Authenticator } from '../ports.ts'

/** A key and the principal it stands for. */
export interface ApiKey {
  /** Secret; at least 16 characters. */
  readonly key: string
  /** Id of the principal in records and in the audit trail. */
  readonly principalId: string
}

const toDigest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Accepts whoever presents one of the keys, which are compared in constant time. Throws `TypeError` for keys that are
 * too short to be secret.
 */
export const createApiKeyAuthenticator = (keys: readonly ApiKey[]): Authenticator => {
  if (keys.some(({ key }) => key.length < 16))
    throw new TypeError('An API key needs at least 16 characters.')
  const known = keys.map(({ key, principalId }) => ({ digest: toDigest(key), principalId }))
  return {
    authenticate: ({ key }) => {
      const shown = toDigest(key ?? '')
      const matches = known.filter(({ digest }) => timingSafeEqual(digest, shown))
      const [match] = key === undefined ? [] : matches
      return Promise.resolve(match && { id: match.principalId })
    },
  }
}
