// The engine's URL has no searchParams; this adds it, joined both ways with `search`.
const joined = new WeakMap()
const changing = ['append', 'delete', 'set', 'sort']

const paramsOf = (url) => {
  const known = joined.get(url)
  if (known !== undefined && known.search === url.search) return known.params
  const params = new URLSearchParams(url.search)
  const entry = { params, search: url.search }
  for (const name of changing) {
    const change = params[name]
    Object.defineProperty(params, name, {
      value: (...args) => {
        Reflect.apply(change, params, args)
        url.search = params.toString()
        entry.search = url.search
      },
      configurable: true,
      writable: true,
      enumerable: false,
    })
  }
  joined.set(url, entry)
  return params
}

const custom = Symbol.for('nodejs.util.inspect.custom')
const shown = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
]

const hidden = (owner, name, value) =>
  Object.defineProperty(owner, name, { value, writable: true, configurable: true })

/** Shows names and values like the entries of a map. */
const showEntries = (name) =>
  function (_depth, options, inspect) {
    const text = inspect(new Map(this), options)
    return text === 'Map(0) {}' ? `${name} {}` : text.replace(/^Map\(\d+\)/, name)
  }

const EngineURL = globalThis.URL

/** The constructor, with Node's error for an invalid URL. */
const checkedURL = new Proxy(EngineURL, {
  construct: (Kind, args, target) => {
    try {
      return Reflect.construct(Kind, args, target)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      const made = require('errors').coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL')
      made.input = String(args[0])
      if (args[1] !== undefined) made.base = String(args[1])
      throw made
    }
  },
})

const install = () => {
  hidden(globalThis, 'URL', checkedURL)
  hidden(EngineURL.prototype, 'constructor', checkedURL)
  hidden(EngineURL.prototype, custom, function (_depth, options, inspect) {
    const parts = Object.fromEntries(shown.map((name) => [name, this[name]]))
    return `URL ${inspect(parts, options)}`
  })
  hidden(URLSearchParams.prototype, custom, showEntries('URLSearchParams'))
  hidden(Headers.prototype, custom, function (_depth, options, inspect) {
    return `Headers ${inspect(Object.fromEntries(this), options)}`
  })
  Object.defineProperty(URL.prototype, 'searchParams', {
    get() {
      return paramsOf(this)
    },
    configurable: true,
    enumerable: true,
  })
  URL.canParse ??= (text, base) => {
    try {
      return new URL(text, base).href !== ''
    } catch {
      return false
    }
  }
  URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null)
}

module.exports = { install }
