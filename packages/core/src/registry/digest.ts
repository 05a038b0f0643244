import type { CreateHash, Digest } from './types.ts'

const sha256Digest = /^sha256:[0-9a-f]{64}$/

/** Whether `text` is `sha256:` and 64 lower-case hexadecimal digits, the one digest that registries must know. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && sha256Digest.test(text)
}

/** The SHA-256 digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, createHash: CreateHash): Digest {
  const hash = createHash()
  hash.update(bytes)
  return `sha256:${hash.digestHex()}`
}

/** Outside text as it may stand in a message: quoted, printable and short. */
export function shown(text: unknown): string {
  const plain = typeof text === 'string' ? text : typeof text
  return JSON.stringify(plain.length > 120 ? `${plain.slice(0, 120)}…` : plain)
}
