// Intl and the locale-aware methods of dates, numbers and strings, by the host's ICU.
const locales = (given) => {
  if (given === undefined) return '[]'
  if (given === null) throw new TypeError('Cannot convert undefined or null to object')
  const list = typeof given === 'string' || given instanceof Locale ? [given] : [...given]
  for (const one of list)
    if (typeof one !== 'string' && !(one instanceof Locale))
      throw new TypeError('Incorrect locale information provided')
  return JSON.stringify(list.map(String))
}

const settings = (given) => JSON.stringify(Object(given ?? {}))

/** Asks the host; what ICU refuses is thrown as the error it is. */
const ask = (operation, ...args) => {
  try {
    return host(operation, ...args)
  } catch (error) {
    if (!(error instanceof host.Refusal)) throw error
    throw error.code === 'RangeError' ? new RangeError(error.message) : new TypeError(error.message)
  }
}

/** Numbers that JSON cannot say, and big ones, go as text; ICU reads them the same. */
const plain = (value) => {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? String(value)
    : value
}

class Formatter {
  #kind
  #locales
  #options

  constructor(kind, given, options) {
    this.#kind = kind
    this.#locales = locales(given)
    this.#options = settings(options)
    this.resolvedOptions()
  }

  static ask(formatter, method, ...values) {
    const given = JSON.stringify(values)
    const [kind, where, options] = [formatter.#kind, formatter.#locales, formatter.#options]
    return JSON.parse(ask('intl.call', kind, where, options, method, given))
  }

  static compare(formatter, left, right) {
    return ask('intl.compare', formatter.#locales, formatter.#options, `${left}`, `${right}`)
  }

  resolvedOptions() {
    return call(this, 'resolvedOptions')
  }

  static supportedLocalesOf(given) {
    return getCanonicalLocales(given)
  }
}
const { ask: call, compare } = Formatter
delete Formatter.ask
delete Formatter.compare

/** A method that may be taken off its object, as `format` and `compare` may. */
const bound = (Kind, name, make) =>
  Object.defineProperty(Kind.prototype, name, {
    get() {
      return (...args) => make(this, args)
    },
    configurable: true,
  })

class NumberFormat extends Formatter {
  constructor(given, options) {
    super('NumberFormat', given, options)
  }

  formatToParts(value) {
    return call(this, 'formatToParts', plain(value ?? Number.NaN))
  }

  formatRange(from, to) {
    return call(this, 'formatRange', plain(from), plain(to))
  }
}
bound(NumberFormat, 'format', (one, [value]) => call(one, 'format', plain(value ?? Number.NaN)))

const timeOf = (value) => {
  const time = value === undefined ? Date.now() : Number(value)
  if (!Number.isFinite(time)) throw new RangeError('Invalid time value')
  return time
}

class DateTimeFormat extends Formatter {
  constructor(given, options) {
    super('DateTimeFormat', given, options)
  }

  formatToParts(value) {
    return call(this, 'formatToParts', timeOf(value))
  }

  formatRange(from, to) {
    return call(this, 'formatRange', timeOf(from), timeOf(to))
  }

  formatRangeToParts(from, to) {
    return call(this, 'formatRangeToParts', timeOf(from), timeOf(to))
  }
}
bound(DateTimeFormat, 'format', (one, [value]) => call(one, 'format', timeOf(value)))

class PluralRules extends Formatter {
  constructor(given, options) {
    super('PluralRules', given, options)
  }

  select(value) {
    return call(this, 'select', Number(value))
  }

  selectRange(from, to) {
    return call(this, 'selectRange', Number(from), Number(to))
  }
}

class ListFormat extends Formatter {
  constructor(given, options) {
    super('ListFormat', given, options)
  }

  format(list) {
    return call(this, 'format', [...list])
  }

  formatToParts(list) {
    return call(this, 'formatToParts', [...list])
  }
}

class RelativeTimeFormat extends Formatter {
  constructor(given, options) {
    super('RelativeTimeFormat', given, options)
  }

  format(value, unit) {
    return call(this, 'format', Number(value), String(unit))
  }

  formatToParts(value, unit) {
    return call(this, 'formatToParts', Number(value), String(unit))
  }
}

class Collator extends Formatter {
  constructor(given, options) {
    super('Collator', given, options)
  }
}
bound(Collator, 'compare', (one, [left, right]) => compare(one, left, right))

class DisplayNames extends Formatter {
  constructor(given, options) {
    super('DisplayNames', given, options)
  }

  of(code) {
    return call(this, 'of', String(code)) ?? undefined
  }
}

class Segmenter extends Formatter {
  constructor(given, options) {
    super('Segmenter', given, options)
  }

  segment(input) {
    const text = String(input)
    const found = call(this, 'segment', text).map((one) => ({ ...one, input: text }))
    return {
      containing: (index = 0) => found.findLast((one) => one.index <= index),
      [Symbol.iterator]: () => found[Symbol.iterator](),
    }
  }
}

class Locale {
  constructor(tag, options = {}) {
    const [name] = getCanonicalLocales(String(tag))
    const [language, ...rest] = name.split('-u-')[0].split('-')
    this.language = options.language ?? language
    this.script = options.script ?? rest.find((part) => part.length === 4)
    this.region = options.region ?? rest.find((part) => /^(?:[A-Z]{2}|\d{3})$/.test(part))
    this.baseName = [this.language, this.script, this.region].filter(Boolean).join('-')
  }

  toString() {
    return this.baseName
  }
}

const getCanonicalLocales = (given) =>
  given === undefined ? [] : JSON.parse(ask('intl.locales', locales(given)))

const Intl = {
  NumberFormat,
  DateTimeFormat,
  PluralRules,
  ListFormat,
  RelativeTimeFormat,
  Collator,
  DisplayNames,
  Segmenter,
  Locale,
  getCanonicalLocales,
  supportedValuesOf: (key) => JSON.parse(ask('intl.supported', String(key))),
}
Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true })

// In Node these two may be called without `new`.
for (const name of ['NumberFormat', 'DateTimeFormat', 'Collator'])
  Intl[name] = new Proxy(Intl[name], {
    apply: (Kind, _this, args) => Reflect.construct(Kind, args),
  })

const replace = (owner, methods) => {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(owner, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    })
}

const localDate = (method) =>
  function (given, options) {
    const time = Date.prototype.getTime.call(this)
    return Number.isNaN(time)
      ? 'Invalid Date'
      : ask('intl.date', method, time, locales(given), settings(options))
  }

/** Puts Intl in place. */
const install = () => {
  replace(Date.prototype, {
    toLocaleString: localDate('toLocaleString'),
    toLocaleDateString: localDate('toLocaleDateString'),
    toLocaleTimeString: localDate('toLocaleTimeString'),
  })
  for (const Kind of [Number, BigInt])
    replace(Kind.prototype, {
      toLocaleString(given, options) {
        return new NumberFormat(given, options).format(Kind.prototype.valueOf.call(this))
      },
    })
  replace(String.prototype, {
    localeCompare(that, given, options) {
      return ask('intl.compare', locales(given), settings(options), `${this}`, `${that}`)
    },
  })
  replace(globalThis, { Intl })
}

module.exports = { install }
