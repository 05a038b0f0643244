// Numbers straight out of bytes: these files are read so often that making strings of them would be most of the cost.
const zero = 0x30
const space = 0x20
const colon = 0x3a
const newline = 0x0a
const point = 0x2e
const [letterL, letterO] = [0x6c, 0x6f]
const sentColumn = 8

/** The whole number at an offset; NaN for anything else, such as `max`. */
export const countAt = (bytes: Uint8Array, at: number, end: number): number => {
  let value = 0
  let i = at
  for (; i < end; i += 1) {
    const digit = (bytes[i] ?? 0) - zero
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return i === at ? Number.NaN : value
}

const lineAfter = (bytes: Uint8Array, at: number, end: number): number => {
  let i = at
  while (i < end && bytes[i] !== newline) i += 1
  return i + 1
}

const startsWith = (bytes: Uint8Array, at: number, key: Uint8Array): boolean => {
  for (let i = 0; i < key.length; i += 1) if (bytes[at + i] !== key[i]) return false
  return true
}

/** The number behind a key that begins a line; the key ends with its space. NaN when no line has it. */
export const countAfter = (bytes: Uint8Array, end: number, key: Uint8Array): number => {
  for (let line = 0; line < end; line = lineAfter(bytes, line, end)) {
    if (startsWith(bytes, line, key)) return countAt(bytes, line + key.length, end)
  }
  return Number.NaN
}

/** The sum of the numbers behind a text, wherever in the file it stands; 0 when nowhere. */
export const sumAfter = (bytes: Uint8Array, end: number, key: Uint8Array): number => {
  let sum = 0
  for (let at = 0; at + key.length < end; at += 1)
    if (startsWith(bytes, at, key)) sum += countAt(bytes, at + key.length, end) || 0
  return sum
}

/** Like `countAfter`, with up to two digits behind a point; 0 when no line has it. */
export const decimalAfter = (bytes: Uint8Array, end: number, key: Uint8Array): number => {
  for (let line = 0; line < end; line = lineAfter(bytes, line, end)) {
    if (!startsWith(bytes, line, key)) continue
    let at = line + key.length
    const whole = countAt(bytes, at, end) || 0
    while (at < end && bytes[at] !== point && bytes[at] !== space && bytes[at] !== newline) at += 1
    // One division: a sum of 1 and 0.57 is not 1.57.
    return bytes[at] === point ? (whole * 100 + (countAt(bytes, at + 1, at + 3) || 0)) / 100 : whole
  }
  return 0
}

/** Sums of the received and sent bytes of every interface but the loopback. */
export interface Traffic {
  rx: number
  tx: number
}

/** The beginning of the column after the one that begins at a place. */
const columnAfter = (bytes: Uint8Array, begin: number, end: number): number => {
  let at = begin
  while (at < end && bytes[at] !== space && bytes[at] !== newline) at += 1
  while (at < end && bytes[at] === space) at += 1
  return at
}

/**
 * Reads `/proc/<pid>/net/dev`.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
 */
export const readTraffic = (bytes: Uint8Array, end: number, into: Traffic): void => {
  into.rx = 0
  into.tx = 0
  for (let line = 0; line < end; line = lineAfter(bytes, line, end)) {
    let name = line
    while (name < end && bytes[name] === space) name += 1
    let at = name
    while (at < end && bytes[at] !== colon && bytes[at] !== newline) at += 1
    if (bytes[at] !== colon) continue
    const loopback = at - name === 2 && bytes[name] === letterL && bytes[name + 1] === letterO
    if (loopback) continue
    at = bytes[at + 1] === space ? columnAfter(bytes, at + 1, end) : at + 1
    into.rx += countAt(bytes, at, end) || 0
    for (let column = 0; column < sentColumn; column += 1) at = columnAfter(bytes, at, end)
    into.tx += countAt(bytes, at, end) || 0
  }
}
