// util.inspect: how a value is shown. The layout follows what Node prints, so that output can be compared.
const { quote, formatPrimitive, formatKey, groupArrayElements, ansi } = require('inspect-text')
const { classify, boxed } = require('inspect-kinds')
const custom = Symbol.for('nodejs.util.inspect.custom')

const defaults = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
}

const makeContext = (options) => {
  const context = {
    ...defaults,
    ...options,
    seen: [],
    indentation: 0,
    currentDepth: 0,
    circular: undefined,
  }
  for (const limit of ['maxArrayLength', 'maxStringLength', 'depth'])
    if (context[limit] === null) context[limit] = Infinity
  context.style = context.colors ? ansi : (text) => text
  return context
}

const inspect = (value, options, ...legacy) => {
  const given =
    typeof options === 'boolean'
      ? { showHidden: options, depth: legacy[0], colors: legacy[1] }
      : options
  const clean = Object.fromEntries(
    Object.entries(given ?? {}).filter(([, setting]) => setting !== undefined),
  )
  return formatValue(makeContext(clean), value, 0, true)
}

const userOptions = (context, level) => {
  const {
    seen: _seen,
    indentation: _indentation,
    currentDepth: _depth,
    circular: _circular,
    style,
    ...options
  } = context
  return {
    ...options,
    depth: context.depth - level,
    stylize: (text, kind) => style(String(text), kind),
  }
}

const callCustom = (context, value, level) => {
  const own = value[custom]
  if (typeof own !== 'function' || own === inspect) return undefined
  const shown = own.call(value, context.depth - level, userOptions(context, level), inspect)
  if (shown === value) return undefined
  if (typeof shown !== 'object' || shown === null) {
    return typeof shown === 'string'
      ? shown.replaceAll('\n', `\n${' '.repeat(context.indentation)}`)
      : formatPrimitive(context, shown)
  }
  return formatValue(context, shown, level)
}

const formatValue = (context, value, level, typed) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return formatPrimitive(context, value, typed)
  if (context.customInspect) {
    const shown = callCustom(context, value, level)
    if (shown !== undefined) return shown
  }
  if (context.seen.includes(value)) {
    context.circular ??= new Map()
    if (!context.circular.has(value)) context.circular.set(value, context.circular.size + 1)
    return context.style(`[Circular *${context.circular.get(value)}]`, 'special')
  }
  return formatObject(context, value, level)
}

const nameOf = (value) => {
  for (let at = value; at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, 'constructor')
    if (own !== undefined && typeof own.value === 'function' && own.value.name !== '') {
      return at === value && typeof value !== 'function' && Object.getPrototypeOf(value) !== null
        ? (nameOf(Object.getPrototypeOf(value)) ?? own.value.name)
        : own.value.name
    }
  }
  return null
}

const tagOf = (value, name) => {
  let tag
  try {
    tag = value[Symbol.toStringTag]
  } catch {
    return ''
  }
  return typeof tag === 'string' && tag !== '' && tag !== name ? tag : ''
}

const keysOf = (context, value) => {
  const names = context.showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value)
  const symbols = Object.getOwnPropertySymbols(value).filter(
    (symbol) => context.showHidden || Object.prototype.propertyIsEnumerable.call(value, symbol),
  )
  return [...names, ...symbols]
}

const prefixOf = (value, name, fallback, size = '') => {
  const tag = tagOf(value, name)
  const shown = name === null ? `[${fallback}${size}: null prototype] ` : `${name}${size} `
  return tag === '' ? shown : `${shown}[${tag}] `
}

const formatObject = (context, value, level) => {
  const name = nameOf(value)
  const kind = classify(value)
  const keys = keysOf(context, value).filter(
    (key) => !(kind.indexed && isIndex(key)) && !kind.hides?.(key, value),
  )
  const layout = kind.layout({ context, value, name, keys, prefixOf, level })
  if (typeof layout === 'string') return layout
  if (keys.length === 0 && isEmpty(kind, layout, value))
    return `${layout.braces[0]}${layout.braces[1]}`
  if (level > context.depth) {
    const shown = prefixOf(value, name, kind.fallback).slice(0, -1)
    return context.style(kind.array ? '[Array]' : `[${shown}]`, 'special')
  }
  context.seen.push(value)
  context.currentDepth = level
  const output = layout.entries === undefined ? [] : layout.entries({ formatValue, nested })
  for (const key of keys)
    output.push(formatProperty(context, value, key, { level, array: kind.array }))
  context.seen.pop()
  let base = layout.base ?? ''
  let [open, close] = layout.braces
  if (context.circular?.has(value)) {
    const reference = context.style(`<ref *${context.circular.get(value)}>`, 'special')
    if (base === '') open = `${reference} ${open}`
    else base = `${reference} ${base}`
  }
  if (output.length === 0 && base !== '' && layout.bare) return base
  if (output.length === 0 && base === '') return `${open}${close}`
  if (context.sorted && !kind.array)
    output.sort(typeof context.sorted === 'function' ? context.sorted : undefined)
  return join(context, { output, base, open, close, level, array: kind.array, value })
}

/** What has nothing in it is shown at any depth. */
const isEmpty = (kind, layout, value) =>
  kind.array === true
    ? value.length === 0
    : layout.base === undefined && layout.entries === undefined

const isIndex = (key) => typeof key === 'string' && /^(?:0|[1-9]\d{0,9})$/.test(key)

/** Formats a value two columns further in. */
const nested = (context, value, level) => {
  context.indentation += 2
  const shown = formatValue(context, value, level)
  context.indentation -= 2
  return shown
}

const accessor = (context, descriptor) => {
  const label =
    descriptor.get === undefined
      ? '[Setter]'
      : descriptor.set === undefined
        ? '[Getter]'
        : '[Getter/Setter]'
  return context.style(label, 'special')
}

const formatProperty = (context, value, key, { level, array }) => {
  const descriptor = Object.getOwnPropertyDescriptor(value, key) ?? {
    value: value[key],
    enumerable: true,
  }
  const shown =
    descriptor.get !== undefined || descriptor.set !== undefined
      ? accessor(context, descriptor)
      : nested(context, descriptor.value, level + 1)
  if (array === 'element') return shown
  const label = formatKey(context, key)
  return `${descriptor.enumerable === false ? `[${String(typeof key === 'symbol' ? key.description : key)}]` : label}: ${shown}`
}

const join = (context, parts) => {
  const entries = parts.output.length
  const grouped =
    parts.array && entries > 6 && context.compact >= 1
      ? groupArrayElements(context, parts.output, parts.value)
      : parts.output
  const { base, open, close } = parts
  const lead = base === '' ? '' : `${base} `
  if (context.currentDepth - parts.level < context.compact && entries === grouped.length) {
    const start = grouped.length + context.indentation + open.length + base.length + 10
    const total = grouped.reduce((sum, text) => sum + text.length, grouped.length + start)
    if (total <= context.breakLength && !base.includes('\n')) {
      const line = grouped.join(', ')
      if (!line.includes('\n')) return `${lead}${open} ${line} ${close}`
    }
  }
  const indent = `\n${' '.repeat(context.indentation)}`
  return `${lead}${open}${indent}  ${grouped.join(`,${indent}  `)}${indent}${close}`
}

inspect.custom = custom
inspect.defaultOptions = defaults

module.exports = { inspect, custom, boxed, quote, nameOf }
