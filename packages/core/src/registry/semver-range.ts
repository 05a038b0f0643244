/** A semantic version without its build part. */
export interface Version {
  readonly numbers: readonly [number, number, number]
  readonly prerelease: readonly (string | number)[]
}

interface Comparator {
  readonly operator: '<' | '<=' | '>' | '>=' | '='
  readonly version: Version
}

/** Alternatives; a version matches when it meets every comparator of one. */
export type VersionRange = readonly (readonly Comparator[])[]

const longestRange = 256
const numeric = /^(?:0|[1-9]\d*)$/
const identifier = /^[0-9A-Za-z-]+$/
const wildcards = new Set(['*', 'x', 'X'])

/** `undefined` when `text` is no semantic version. A leading `v` is taken. @see semver.org 2.0.0 */
export function parseVersion(text: string): Version | undefined {
  if (text.length > longestRange) return undefined
  const partial = parsePartial(text)
  if (partial === undefined || partial.numbers.length !== 3) return undefined
  const [major = 0, minor = 0, patch = 0] = partial.numbers
  return { numbers: [major, minor, patch], prerelease: partial.prerelease }
}

/** Negative when `left` is the older one. */
export function compareVersions(left: Version, right: Version): number {
  for (const [at, number] of left.numbers.entries()) {
    const difference = number - (right.numbers[at] ?? 0)
    if (difference !== 0) return difference
  }
  return comparePrerelease(left.prerelease, right.prerelease)
}

/**
 * A range as npm writes it: `^1.2`, `~1.2.3`, `1.x`, `>=1 <2`, `1.2 - 2`, alternatives with `||`. `undefined` when it is
 * none. Prereleases match only where the range names one of the same three numbers.
 */
export function parseRange(text: string): VersionRange | undefined {
  if (text.length > longestRange) return undefined
  const sets = text.split('||').map((part) => parseSet(part.trim()))
  return sets.every((set) => set !== undefined) ? sets : undefined
}

/** Whether the version lies in the range. */
export function matchesRange(version: Version, range: VersionRange): boolean {
  return range.some(
    (set) => set.every((one) => meets(version, one)) && mayBePrerelease(version, set),
  )
}

/** The newest of `texts` that lies in the range. */
export function newestMatch(texts: Iterable<string>, range: VersionRange): string | undefined {
  let best: { text: string; version: Version } | undefined
  for (const text of texts) {
    const version = parseVersion(text)
    if (version === undefined || !matchesRange(version, range)) continue
    if (best === undefined || compareVersions(version, best.version) > 0) best = { text, version }
  }
  return best?.text
}

interface Partial {
  readonly numbers: readonly number[]
  readonly prerelease: readonly (string | number)[]
}

function parsePartial(text: string): Partial | undefined {
  const [withoutBuild = '', ...builds] = text.replace(/^v/, '').split('+')
  if (builds.length > 1 || builds.some((build) => !isIdentifiers(build))) return undefined
  const dash = withoutBuild.indexOf('-')
  const core = dash === -1 ? withoutBuild : withoutBuild.slice(0, dash)
  const parts = core.split('.')
  const wild = parts.findIndex((part) => wildcards.has(part))
  if (parts.length > 3 || !parts.every((part) => wildcards.has(part) || isNumber(part)))
    return undefined
  if (wild !== -1 && !parts.slice(wild).every((part) => wildcards.has(part))) return undefined
  const numbers = (wild === -1 ? parts : parts.slice(0, wild)).map(Number)
  if (dash === -1) return { numbers, prerelease: [] }
  const tail = withoutBuild.slice(dash + 1)
  if (!isIdentifiers(tail) || numbers.length !== 3) return undefined
  if (tail.split('.').some((part) => /^0\d+$/.test(part))) return undefined
  const prerelease = tail.split('.').map((part) => (isNumber(part) ? Number(part) : part))
  return { numbers, prerelease }
}

function isNumber(text: string): boolean {
  return numeric.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER
}

function isIdentifiers(text: string): boolean {
  return text.split('.').every((part) => identifier.test(part))
}

function comparePrerelease(
  left: readonly (string | number)[],
  right: readonly (string | number)[],
): number {
  if (left.length === 0 || right.length === 0) return right.length - left.length
  for (const [at, mine] of left.entries()) {
    const other = right[at]
    if (other === undefined) return 1
    if (mine === other) continue
    if (typeof mine !== typeof other) return typeof mine === 'number' ? -1 : 1
    return mine < other ? -1 : 1
  }
  return left.length - right.length
}

function parseSet(text: string): readonly Comparator[] | undefined {
  if (text === '') return []
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(text)
  if (hyphen !== null) return parseHyphen(hyphen[1] ?? '', hyphen[2] ?? '')
  const words = text.replaceAll(/([<>=~^]+)\s+/g, '$1').split(/\s+/)
  const found = words.map(parseWord)
  return found.every((one) => one !== undefined) ? found.flat() : undefined
}

function parseHyphen(from: string, to: string): readonly Comparator[] | undefined {
  const low = parsePartial(from)
  const high = parsePartial(to)
  if (low === undefined || high === undefined) return undefined
  return [...atLeast(low), ...atMost(high)]
}

function parseWord(word: string): readonly Comparator[] | undefined {
  const [, operator = '', rest = ''] = /^(\^|~>?|[<>]=?|=)?(.*)$/.exec(word) ?? []
  const partial = parsePartial(rest)
  if (partial === undefined) return undefined
  switch (operator) {
    case '^':
      return [...atLeast(partial), ...below(partial, caretPlace(partial))]
    case '~':
    case '~>':
      return [...atLeast(partial), ...below(partial, Math.min(partial.numbers.length, 2) - 1)]
    case '>=':
      return atLeast(partial)
    case '<=':
      return atMost(partial)
    case '>':
      return above(partial)
    case '<':
      return partial.numbers.length === 0 ? nothing : [{ operator: '<', version: lowest(partial) }]
    default:
      return exactly(partial)
  }
}

const nothing: readonly Comparator[] = [
  { operator: '<', version: { numbers: [0, 0, 0], prerelease: [0] } },
]

/** `^` holds the first number that is not zero. */
function caretPlace({ numbers }: Partial): number {
  const place = numbers.findIndex((number) => number !== 0)
  return place === -1 ? numbers.length - 1 : place
}

/** A range without numbers has no lower end; a written one starts at its first release, or at the prerelease it names. */
function lowest({ numbers, prerelease }: Partial): Version {
  const [major = 0, minor = 0, patch = 0] = numbers
  const isWhole = numbers.length === 3
  return { numbers: [major, minor, patch], prerelease: isWhole ? prerelease : [0] }
}

function atLeast(partial: Partial): Comparator[] {
  const { numbers } = partial
  if (numbers.length === 0) return []
  const [major = 0, minor = 0, patch = 0] = numbers
  const prerelease = numbers.length === 3 ? partial.prerelease : []
  return [{ operator: '>=', version: { numbers: [major, minor, patch], prerelease } }]
}

/** Everything below the version whose number at `place` is one higher, its prereleases excluded. */
function below({ numbers }: Partial, place: number): Comparator[] {
  return place < 0
    ? []
    : [{ operator: '<', version: { numbers: raised(numbers, place), prerelease: [0] } }]
}

function atMost(partial: Partial): readonly Comparator[] {
  if (partial.numbers.length === 3) return [{ operator: '<=', version: lowest(partial) }]
  return below(partial, partial.numbers.length - 1)
}

function above(partial: Partial): readonly Comparator[] {
  const { numbers } = partial
  if (numbers.length === 0) return nothing
  if (numbers.length === 3) return [{ operator: '>', version: lowest(partial) }]
  return [
    { operator: '>=', version: { numbers: raised(numbers, numbers.length - 1), prerelease: [] } },
  ]
}

function exactly(partial: Partial): readonly Comparator[] {
  if (partial.numbers.length === 3) return [{ operator: '=', version: lowest(partial) }]
  return [...atLeast(partial), ...below(partial, partial.numbers.length - 1)]
}

function raised(numbers: readonly number[], place: number): [number, number, number] {
  const at = (index: number): number =>
    index < place ? (numbers[index] ?? 0) : index === place ? (numbers[index] ?? 0) + 1 : 0
  return [at(0), at(1), at(2)]
}

function meets(version: Version, { operator, version: bound }: Comparator): boolean {
  const order = compareVersions(version, bound)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '=':
      return order === 0
  }
}

/** A prerelease matches only beside a comparator that names a prerelease of the same three numbers. */
function mayBePrerelease(version: Version, set: readonly Comparator[]): boolean {
  if (version.prerelease.length === 0) return true
  return set.some(
    ({ version: { numbers, prerelease } }) =>
      prerelease.length > 0 && numbers.every((number, at) => number === version.numbers[at]),
  )
}
