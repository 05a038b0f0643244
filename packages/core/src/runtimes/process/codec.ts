/** What crosses between processes: JSON, `undefined`, bigints and bytes, as one text and the bytes behind it. */
export interface Encoded {
  readonly head: unknown
  readonly items: readonly Uint8Array[]
}

/** A JSON object that stands for something else has this key alone. */
const mark = '$'
const deepest = 1000

/** Throws `TypeError` for what cannot cross. */
export function encodeValue(value: unknown): Encoded {
  const items: Uint8Array[] = []
  const encode = (one: unknown, depth: number): unknown => {
    if (depth > deepest) throw new TypeError(`Values nest at most ${deepest} deep.`)
    if (one === undefined) return { [mark]: 'undefined' }
    if (typeof one === 'bigint') return { [mark]: encodeBigInt(one) }
    if (typeof one === 'number') return Number.isFinite(one) ? one : { [mark]: `f${one}` }
    if (one === null || typeof one === 'string' || typeof one === 'boolean') return one
    if (one instanceof Uint8Array) return { [mark]: items.push(one) - 1 }
    if (Array.isArray(one)) return one.map((each) => encode(each, depth + 1))
    if (typeof one !== 'object' || !isPlain(one)) throw new TypeError('Only plain data can cross.')
    const entries = Object.entries(one).map(
      ([key, each]) => [key, encode(each, depth + 1)] as const,
    )
    const plain = Object.fromEntries(entries)
    return Object.hasOwn(one, mark) ? { [mark]: [plain] } : plain
  }
  return { head: encode(value, 0), items }
}

/** Throws `TypeError` for what `encodeValue` never writes. */
export function decodeValue({ head, items }: Encoded): unknown {
  const decode = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map((each) => decode(each))
    if (typeof one !== 'object' || one === null) return one
    const record = one as Record<string, unknown>
    if (!Object.hasOwn(record, mark)) return decodeRecord(record)
    const marked = record[mark]
    if (Array.isArray(marked)) return decodeRecord(marked[0] as Record<string, unknown>)
    return typeof marked === 'number' ? itemOf(marked) : decodeWord(marked)
  }
  const decodeRecord = (record: Record<string, unknown>): unknown => {
    if (typeof record !== 'object' || record === null) throw new TypeError('An object is missing.')
    return Object.fromEntries(Object.entries(record).map(([key, one]) => [key, decode(one)]))
  }
  const itemOf = (n: number): Uint8Array => {
    const item = items[n]
    if (item === undefined) throw new TypeError(`There are no bytes ${n}.`)
    return item
  }
  return decode(head)
}

/** No module takes or gives more than 64 bits. */
function encodeBigInt(value: bigint): string {
  if (value >= -(2n ** 63n) && value < 2n ** 64n) return `${value}`
  throw new TypeError('A bigint that crosses has 64 bits.')
}

function decodeWord(word: unknown): unknown {
  if (word === 'undefined') return undefined
  if (typeof word === 'string' && /^-?\d{1,20}$/.test(word)) return BigInt(word)
  if (word === 'fNaN' || word === 'fInfinity' || word === 'f-Infinity') return Number(word.slice(1))
  throw new TypeError('A value is of no known kind.')
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === null || prototype === Object.prototype
}
