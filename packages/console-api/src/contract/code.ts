/** Encodes source text for `FunctionConfig.code`: Base64 of its UTF-8 bytes. */
export function encodeCode(source: string): string {
  const bytes = new TextEncoder().encode(source)
  let binary = ''
  for (let start = 0; start < bytes.length; start += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x2000))
  }
  return btoa(binary)
}

/** Decodes `FunctionConfig.code` to source text. Throws `TypeError` if it is not Base64 of UTF-8. */
export function decodeCode(code: string): string {
  let binary: string
  try {
    binary = atob(code)
  } catch (cause) {
    throw new TypeError('the code is not Base64', { cause })
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}
