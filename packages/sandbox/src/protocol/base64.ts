const PATTERN = /^[A-Za-z0-9+/]*={0,2}$/u
const CHUNK = 0x8000

/** True for standard base64 with padding. @see RFC 4648, section 4 */
export const isBase64 = (text: string): boolean => text.length % 4 === 0 && PATTERN.test(text)

/** Bytes → base64. */
export const toBase64 = (bytes: Uint8Array): string => {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(binary)
}

/** Base64 → bytes; throws TypeError for anything else. */
export const fromBase64 = (text: string): Uint8Array => {
  if (!isBase64(text)) throw new TypeError('The text is not base64.')
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

/** Bytes → base64 without padding that may stand in a header. @see RFC 4648, section 5 */
export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '')
