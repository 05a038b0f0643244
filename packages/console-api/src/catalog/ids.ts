const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const LENGTHS = { ws: 8, fn: 8, ex: 16 } as const

/** Random bytes as a port, so that tests can have known ids. */
export type RandomBytes = (length: number) => Uint8Array

export function createRandomBytes(): RandomBytes {
  return (length) => crypto.getRandomValues(new Uint8Array(length))
}

/** `ws-` or `fn-` and 8, `ex-` and 16 characters of 0–9 and a–z. A repeat is refused by the table's primary key. */
export function createId(prefix: keyof typeof LENGTHS, random: RandomBytes): string {
  let name = ''
  while (name.length < LENGTHS[prefix]) {
    // 252 = 7 × 36: the bytes above would make the first letters likelier.
    name += [...random(16)]
      .filter((byte) => byte < 252)
      .map((byte) => ALPHABET.charAt(byte % 36))
      .join('')
  }
  return `${prefix}-${name.slice(0, LENGTHS[prefix])}`
}
