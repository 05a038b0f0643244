// util.format: `%s %d %i %f %j %o %O %c %%`.
const { inspect } = require('inspect')
const { formatNumber } = require('inspect-text')

const hasOwnText = (value) => {
  for (let at = value; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'toString'))
      return at !== Object.prototype && at !== Error.prototype && !isBuiltIn(at)
  }
  return false
}

const isBuiltIn = (prototype) =>
  prototype.constructor?.prototype === prototype &&
  typeof prototype.constructor === 'function' &&
  globalThis[prototype.constructor.name] === prototype.constructor

const asText = (value) => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error && !Object.hasOwn(value, 'toString'))
    return inspect(value, { depth: 0, colors: false, compact: 3 })
  return hasOwnText(value) ? String(value) : inspect(value, { depth: 0, colors: false, compact: 3 })
}

const asNumber = (value, convert) => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'symbol' || (typeof value === 'object' && convert === Number))
    return formatNumber(typeof value === 'symbol' ? Number.NaN : Number(value))
  return formatNumber(convert(value))
}

const asJson = (value) => {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (/circular/.test(error.message)) return '[Circular]'
    throw error
  }
}

const convert = (letter, value, options) => {
  if (letter === 's') return asText(value)
  if (letter === 'd') return asNumber(value, Number)
  if (letter === 'i') return typeof value === 'object' ? 'NaN' : asNumber(value, Number.parseInt)
  if (letter === 'f')
    return typeof value === 'symbol' ? 'NaN' : formatNumber(Number.parseFloat(value))
  if (letter === 'j') return asJson(value)
  if (letter === 'O') return inspect(value, options)
  if (letter === 'o')
    return inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 })
  return ''
}

const formatWithOptions = (options, ...values) => {
  let text = ''
  let used = 0
  if (typeof values[0] === 'string') {
    if (values.length === 1) return values[0]
    used = 1
    text = values[0].replace(/%[sdifjoOc%]/g, (mark) => {
      if (mark === '%%') return '%'
      if (used >= values.length) return mark
      const value = values[used]
      used += 1
      return convert(mark[1], value, options)
    })
  }
  const others = values
    .slice(used)
    .map((value) =>
      typeof value === 'string' ? value : inspect(value, { ...options, compact: 3 }),
    )
  return used === 0 ? others.join(' ') : [text, ...others].join(' ')
}

const format = (...values) => formatWithOptions(undefined, ...values)

module.exports = { format, formatWithOptions }
