/** Text of the members that are needed as they were written. */
export interface RawMembers {
  id?: string
  params?: string
}

export type Scan =
  /** One entry for a top-level object; one per element for a top-level array. */
  | { readonly ok: true; readonly members: readonly RawMembers[] }
  | { readonly ok: false; readonly reason: 'depth' | 'count' }

export interface ScanLimits {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number
  /** Most elements of a top-level array. */
  readonly maxItems: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

const isOpening = (code: number): boolean => code === 0x7b || code === 0x5b
const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d

/** Index of the quote that ends the string starting at `start`, or the text's length. */
const findStringEnd = (text: string, start: number): number => {
  let at = start
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at === -1) return text.length
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at
  }
}

const toKey = (quoted: string): string => {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return ''
  }
}

interface Walk {
  readonly text: string
  readonly limits: ScanLimits
  /** Depth of the members that are kept: 1 for an object, 2 for the elements of an array. */
  readonly keyDepth: number
  readonly members: RawMembers[]
  depth: number
  count: number
  /** The last string seen at `keyDepth`: a key when a colon follows. */
  string: string
  key: string | undefined
  valueStart: number
}

const startItem = (walk: Walk): void => {
  if (walk.depth === walk.keyDepth) walk.members.push({})
}

const endMember = (walk: Walk, at: number): void => {
  const current = walk.members.at(-1)
  if (current && (walk.key === 'id' || walk.key === 'params'))
    current[walk.key] = walk.text.slice(walk.valueStart, at).trim()
  walk.key = undefined
}

/** Elements of a batch that are no objects still take a place, so that places match the parsed array. */
const padItems = (walk: Walk): void => {
  while (walk.members.length < walk.count) walk.members.push({})
}

const onComma = (walk: Walk, at: number): void => {
  if (walk.depth === walk.keyDepth) endMember(walk, at)
  if (walk.keyDepth !== 2 || walk.depth !== 1) return
  walk.count++
  padItems(walk)
}

const onCode = (walk: Walk, code: number, at: number): 'depth' | 'count' | undefined => {
  if (isOpening(code)) {
    walk.depth++
    if (walk.depth > walk.limits.maxDepth) return 'depth'
    if (code === 0x7b) startItem(walk)
  } else if (isClosing(code)) {
    if (walk.depth === walk.keyDepth && code === 0x7d) endMember(walk, at)
    walk.depth--
  } else if (code === COMMA) {
    onComma(walk, at)
    if (walk.count >= walk.limits.maxItems) return 'count'
  } else if (code === COLON && walk.depth === walk.keyDepth) {
    walk.key = toKey(walk.string)
    walk.valueStart = at + 1
  }
  return undefined
}

/**
 * Reads JSON text once without building anything: refuses deep nesting and long batches before `JSON.parse` spends
 * memory on them, and keeps the spelling of `id` and `params`. The text need not be valid; `JSON.parse` decides that.
 */
export const scanMessage = (text: string, limits: ScanLimits): Scan => {
  const isBatch = text.trimStart().startsWith('[')
  const walk: Walk = {
    text,
    limits,
    keyDepth: isBatch ? 2 : 1,
    members: [],
    depth: 0,
    count: 0,
    string: '',
    key: undefined,
    valueStart: 0,
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = findStringEnd(text, at)
      if (walk.depth === walk.keyDepth && walk.key === undefined)
        walk.string = text.slice(at, end + 1)
      at = end
      continue
    }
    const refused = onCode(walk, code, at)
    if (refused) return { ok: false, reason: refused }
  }
  return { ok: true, members: walk.members }
}
