/** One way in that a server offers in `WWW-Authenticate`. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const longestHeader = 8192
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const space = /[ \t]*/y
const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y

/** The challenges of a `WWW-Authenticate` header; what cannot be read ends the list. @see RFC 9110, 11.6.1 */
export function parseChallenges(header: string | null): Challenge[] {
  const text = (header ?? '').slice(0, longestHeader)
  const challenges: Challenge[] = []
  let at = skip(text, 0)
  while (at < text.length) {
    const [scheme, end] = take(token, text, at)
    if (scheme === '') break
    const parameters = new Map<string, string>()
    at = takeParameters(text, skip(text, end, space), parameters)
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
  }
  return challenges
}

/** Fills `parameters` and returns where the next challenge begins. */
function takeParameters(text: string, from: number, parameters: Map<string, string>): number {
  let at = skip(text, from)
  while (at < text.length) {
    const [name, end] = take(token, text, at)
    const equals = skip(text, end, space)
    if (name === '' || text[equals] !== '=') return at
    const [value, after] = takeValue(text, skip(text, equals + 1, space))
    if (after === -1) return text.length
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, value)
    at = skip(text, after)
  }
  return at
}

function takeValue(text: string, at: number): [value: string, end: number] {
  if (text[at] !== '"') {
    const [value, end] = take(token, text, at)
    return value === '' ? ['', -1] : [value, end]
  }
  quoted.lastIndex = at
  const found = quoted.exec(text)
  if (found === null) return ['', -1]
  return [(found[1] ?? '').replaceAll(/\\([\s\S])/g, '$1'), quoted.lastIndex]
}

function take(pattern: RegExp, text: string, at: number): [found: string, end: number] {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found === null ? ['', at] : [found[0], at + found[0].length]
}

const separators = /[ \t,]*/y

function skip(text: string, at: number, pattern: RegExp = separators): number {
  return take(pattern, text, at)[1]
}
