import { Refusal, textArgument, type GuestValue, type HostOperation } from './bridge.ts'

/** Longest text that is handed to ICU at once, UTF-16 units. */
const maxTextLength = 262_144
const maxTagLength = 200
/** Formatters that are kept; making one takes up to a few milliseconds. */
const maxKept = 32

const formatters = {
  NumberFormat: Intl.NumberFormat,
  DateTimeFormat: Intl.DateTimeFormat,
  PluralRules: Intl.PluralRules,
  ListFormat: Intl.ListFormat,
  RelativeTimeFormat: Intl.RelativeTimeFormat,
  Collator: Intl.Collator,
  DisplayNames: Intl.DisplayNames,
  Segmenter: Intl.Segmenter,
} as const
type Kind = keyof typeof formatters

const methods: ReadonlySet<string> = new Set([
  'compare',
  'format',
  'formatRange',
  'formatRangeToParts',
  'formatToParts',
  'of',
  'resolvedOptions',
  'segment',
  'select',
  'selectRange',
])

const dateMethods: ReadonlySet<string> = new Set([
  'toLocaleDateString',
  'toLocaleString',
  'toLocaleTimeString',
])

type Setting = string | number | boolean
const isSetting = (value: unknown): value is Setting =>
  (typeof value === 'string' && value.length <= maxTagLength) ||
  typeof value === 'number' ||
  typeof value === 'boolean'

const limited = (value: GuestValue): string => {
  const text = textArgument(value)
  if (text.length > maxTextLength) throw new Refusal('RangeError', 'The text is too long for Intl')
  return text
}

const parse = (value: GuestValue): unknown => {
  try {
    return JSON.parse(limited(value))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('TypeError', 'Incorrect locale information provided')
  }
}

const toLocales = (value: GuestValue): string[] => {
  const list = parse(value)
  if (!Array.isArray(list) || list.length > 16 || !list.every(isSetting))
    throw new Refusal('TypeError', 'Incorrect locale information provided')
  return list.length === 0 ? ['en-US'] : list.map(String)
}

/** Options as plain data without a prototype; the zone is UTC, as in all programs, unless they name another. */
const toOptions = (value: GuestValue, kind: string): Record<string, Setting> => {
  const given = parse(value)
  const options: Record<string, Setting> = Object.create(null)
  if (kind === 'DateTimeFormat') options['timeZone'] = 'UTC'
  for (const [name, setting] of Object.entries(given ?? {}))
    if (isSetting(setting)) options[name] = setting
  return options
}

/** What ICU refuses is the program's own mistake. */
const calmly = <T>(run: () => T): T => {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      throw new Refusal(error.name, error.message)
    throw error
  }
}

const kindOf = (value: GuestValue): Kind => {
  const kind = textArgument(value)
  if (!Object.hasOwn(formatters, kind)) throw new Refusal('TypeError', 'There is no such formatter')
  return kind as Kind
}

/** Turns what a formatter answers into plain data. */
const toPlain = (answer: unknown): unknown =>
  answer instanceof Object && Symbol.iterator in answer
    ? Array.from(
        answer as Iterable<{ segment: string; index: number; isWordLike?: boolean }>,
        (one) => ({ ...one }),
      )
    : answer

/** `Intl` of the host, for values that are plain data: locales, options and arguments come as JSON, and so does the answer. */
export const intlOperations = (): [string, HostOperation][] => {
  const kept = new Map<string, object>()
  const formatter = (kind: Kind, locales: GuestValue, options: GuestValue): object => {
    const key = `${kind}\n${limited(locales)}\n${limited(options)}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const Formatter = formatters[kind] as new (locales: string[], options: object) => object
    const made = calmly(() => new Formatter(toLocales(locales), toOptions(options, kind)))
    if (kept.size >= maxKept) kept.clear()
    kept.set(key, made)
    return made
  }
  const collator = (locales: GuestValue, options: GuestValue): Intl.Collator =>
    formatter('Collator', locales, options) as Intl.Collator
  return [
    [
      'intl.call',
      ([kind, locales, options, method, values]) => {
        const name = textArgument(method)
        const one = formatter(kindOf(kind), locales, options)
        const run: unknown = methods.has(name) ? Reflect.get(one, name) : undefined
        const given = parse(values)
        if (typeof run !== 'function' || !Array.isArray(given))
          throw new Refusal('TypeError', 'There is no such method')
        return JSON.stringify(toPlain(calmly(() => Reflect.apply(run, one, given)))) ?? 'null'
      },
    ],
    [
      'intl.compare',
      ([locales, options, left, right]) =>
        collator(locales, options).compare(limited(left), limited(right)),
    ],
    [
      'intl.date',
      ([method, time, locales, options]) => {
        const name = textArgument(method)
        if (typeof time !== 'number' || !dateMethods.has(name))
          throw new Refusal('TypeError', 'There is no such method')
        const settings = toOptions(options, 'DateTimeFormat')
        const run = Reflect.get(Date.prototype, name) as (...args: unknown[]) => string
        return calmly(() => Reflect.apply(run, new Date(time), [toLocales(locales), settings]))
      },
    ],
    [
      'intl.locales',
      ([locales]) => JSON.stringify(calmly(() => Intl.getCanonicalLocales(toLocales(locales)))),
    ],
    [
      'intl.supported',
      ([key]) =>
        JSON.stringify(calmly(() => Intl.supportedValuesOf(textArgument(key) as 'currency'))),
    ],
  ]
}
