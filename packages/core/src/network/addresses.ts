/** First and last of the IPv4 networks that are no part of the public internet, as RFC 6890 and its successors list them. */
const reserved: readonly (readonly [first: number, bits: number])[] = [
  [v4(0, 0), 8],
  [v4(10, 0), 8],
  [v4(100, 64), 10],
  [v4(127, 0), 8],
  [v4(169, 254), 16],
  [v4(172, 16), 12],
  [v4(192, 0, 0), 24],
  [v4(192, 0, 2), 24],
  [v4(192, 88, 99), 24],
  [v4(192, 168), 16],
  [v4(198, 18), 15],
  [v4(198, 51, 100), 24],
  [v4(203, 0, 113), 24],
  [v4(224, 0), 3],
]

function v4(a: number, b: number, c = 0): number {
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8
}

/**
 * Whether an IP address, as `URL` or a resolver writes it, is one of the public internet. What is no address at all is not.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister
 */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '')
  const four = parseV4(plain)
  if (four !== undefined) return isPublicV4(four)
  const six = parseV6(plain)
  return six !== undefined && isPublicV6(six)
}

/** Whether a host name is an IP address. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || parseV4(hostname) !== undefined
}

function isPublicV4(address: number): boolean {
  return !reserved.some(
    ([first, bits]) =>
      Math.floor(address / 2 ** (32 - bits)) === Math.floor(first / 2 ** (32 - bits)),
  )
}

/** Only 2000::/3 is handed out; of it tunnels, documentation and translations are left out, as they lead elsewhere. */
function isPublicV6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups
  if (first < 0x2000 || first > 0x3fff) return false
  if (first === 0x2002 || first === 0x3fff) return false
  return !(first === 0x2001 && (second < 0x200 || second === 0xdb8))
}

function parseV4(text: string): number | undefined {
  const texts = text.split('.')
  // A zero in front means octal to some.
  if (texts.length !== 4 || !texts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part)))
    return undefined
  const parts = texts.map(Number)
  if (parts.some((part) => part > 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

function parseV6(text: string): number[] | undefined {
  const [head = '', tail, more] = text.replace(/%.*$/, '').split('::')
  if (more !== undefined || !text.includes(':')) return undefined
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined
}

/** An IPv4 address at the end counts as two groups; a group that is not a number becomes -1. */
function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    const four = parseV4(part)
    if (four !== undefined) return [Math.floor(four / 65_536), four % 65_536]
    return /^[0-9a-f]{1,4}$/i.test(part) ? [Number.parseInt(part, 16)] : [-1]
  })
}
