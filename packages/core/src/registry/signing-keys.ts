import { RegistryError } from '../errors.ts'

/** A key as PEM text or as WebCrypto has it: ECDSA on the curve P-256. */
export type SigningKey = string | CryptoKey

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const hashing = { name: 'ECDSA', hash: 'SHA-256' } as const
const numberBytes = 32

/** A signature over SHA-256, in DER as cosign and openssl write it. Throws `TypeError` for a key of another kind. */
export async function signDer(
  key: SigningKey,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = await importKey(key, 'private')
  return toDer(new Uint8Array(await crypto.subtle.sign(hashing, secret, bytes)))
}

/** Whether the key made the signature; `false` also for an invalid signature. */
export async function verifyDer(
  key: SigningKey,
  { bytes, signature }: { bytes: Uint8Array<ArrayBuffer>; signature: Uint8Array },
): Promise<boolean> {
  const raw = fromDer(signature)
  if (raw === undefined) return false
  return crypto.subtle.verify(hashing, await importKey(key, 'public'), raw, bytes)
}

/** Bytes from Base64; `undefined` for invalid text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Bytes as Base64. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

async function importKey(key: SigningKey, kind: 'public' | 'private'): Promise<CryptoKey> {
  if (typeof key !== 'string') return key
  const label = kind === 'public' ? 'PUBLIC KEY' : 'PRIVATE KEY'
  const body = new RegExp(
    `-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`,
  ).exec(key)
  const bytes = fromBase64((body?.[1] ?? '').replaceAll(/\s/g, ''))
  if (bytes === undefined || bytes.length === 0) throw wrongKey(kind)
  try {
    return kind === 'public'
      ? await crypto.subtle.importKey('spki', bytes, algorithm, false, ['verify'])
      : await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
  } catch (cause) {
    throw wrongKey(kind, cause)
  }
}

function wrongKey(kind: string, cause?: unknown): RegistryError {
  return new RegistryError(
    `The ${kind} key is no P-256 key in PEM (${kind === 'public' ? 'SPKI' : 'PKCS #8'}).`,
    'UNTRUSTED',
    cause === undefined ? undefined : { cause },
  )
}

/** `r` and `s` side by side become a sequence of two integers. @see RFC 3279, 2.2.3 */
export function toDer(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const numbers = [raw.subarray(0, numberBytes), raw.subarray(numberBytes)].map(toInteger)
  const body = numbers.flat()
  return Uint8Array.from([0x30, body.length, ...body])
}

function toInteger(number: Uint8Array): number[] {
  const start = number.findIndex((byte) => byte !== 0)
  const digits = [...number.subarray(start === -1 ? number.length - 1 : start)]
  const isNegative = (digits[0] ?? 0) >= 0x80
  const body = isNegative ? [0, ...digits] : digits
  return [0x02, body.length, ...body]
}

/** The other way; `undefined` for what is not exactly that. */
export function fromDer(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 72) return undefined
  const first = readInteger(der, 2)
  const second = first === undefined ? undefined : readInteger(der, first.end)
  if (first === undefined || second === undefined || second.end !== der.length) return undefined
  const raw = new Uint8Array(2 * numberBytes)
  raw.set(first.digits, numberBytes - first.digits.length)
  raw.set(second.digits, 2 * numberBytes - second.digits.length)
  return raw
}

function readInteger(der: Uint8Array, at: number): { digits: Uint8Array; end: number } | undefined {
  const length = der[at + 1] ?? 0
  const body = der.subarray(at + 2, at + 2 + length)
  const [first = 0x80, second = 0x80] = body
  if (der[at] !== 0x02 || length === 0 || body.length !== length || first >= 0x80) return undefined
  // The one zero in front keeps a number positive; more would be a second spelling of the same number.
  const isPadded = first === 0 && length > 1
  if (isPadded && second < 0x80) return undefined
  const digits = isPadded ? body.subarray(1) : body
  return digits.length > numberBytes ? undefined : { digits, end: at + 2 + length }
}
