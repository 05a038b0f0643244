/** Where source text lives. Keys are `code/{functionId}/{sha256}`: lower-case letters, digits, `-` and `/`. */
export interface Objects {
  /** Durable once it resolves; writing the same key again is allowed. */
  put(key: string, bytes: Uint8Array): Promise<void>
  get(key: string): Promise<Uint8Array | null>
  /** A key that is not there is no error. */
  delete(key: string): Promise<void>
  /** Every key that begins with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>
}

const KEY = /^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/

/** Throws TypeError for a key that could leave the store's folder. */
export function assertObjectKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError(`not an object key: ${JSON.stringify(key)}`)
}
