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

const install = () => {
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
