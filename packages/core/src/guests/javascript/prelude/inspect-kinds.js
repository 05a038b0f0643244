// What util.inspect knows about each kind of object.
const { formatPrimitive } = require('inspect-text')
const { stackOf, userFrames } = require('stack')
const { boxed } = require('inspect-boxes')

const TypedArray = Object.getPrototypeOf(Uint8Array)
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1)
const works = (probe) => (value) => {
  try {
    probe(value)
    return true
  } catch {
    return false
  }
}
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get
const bufferSize = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get
const isMap = works((value) => mapSize.call(value))
const isSet = works((value) => setSize.call(value))
const isArrayBuffer = works((value) => bufferSize.call(value))
const isDate = works((value) => Date.prototype.getTime.call(value))
const isRegExp = (value) => tag(value) === 'RegExp' && value instanceof RegExp

const rest = (output, left) => {
  if (left > 0) output.push(`... ${left} more item${left > 1 ? 's' : ''}`)
  return output
}

const arrayEntries = ({ context, value, level }, { nested }) => {
  const output = []
  const end = Math.min(context.maxArrayLength, value.length)
  let at = 0
  for (; at < value.length && output.length < end; at += 1) {
    if (Object.hasOwn(value, at)) {
      const own = Object.getOwnPropertyDescriptor(value, at)
      output.push(
        own.get === undefined
          ? nested(context, own.value, level + 1)
          : context.style('[Getter]', 'special'),
      )
      continue
    }
    const from = at
    while (at + 1 < value.length && !Object.hasOwn(value, at + 1)) at += 1
    const holes = at - from + 1
    output.push(context.style(`<${holes} empty item${holes > 1 ? 's' : ''}>`, 'undefined'))
  }
  return rest(output, value.length - at)
}

const arrayKind = {
  array: true,
  indexed: true,
  fallback: 'Array',
  layout: (about) => ({
    braces: [
      about.name === 'Array'
        ? '['
        : `${about.prefixOf(about.value, about.name, 'Array', `(${about.value.length})`)}[`,
      ']',
    ],
    entries: (tools) => arrayEntries(about, tools),
  }),
}

const typedKind = {
  array: true,
  indexed: true,
  fallback: 'TypedArray',
  layout: ({ context, value, name, prefixOf }) => ({
    braces: [
      `${prefixOf(value, name, tag(value), `(${value.length})`).replace(/ \[[^\]]*\] $/, ' ')}[`,
      ']',
    ],
    entries: () => {
      const shown = Math.min(context.maxArrayLength, value.length)
      const output = Array.from({ length: shown }, (_, at) => formatPrimitive(context, value[at]))
      return rest(output, value.length - shown)
    },
  }),
}

const setKind = {
  fallback: 'Set',
  layout: ({ context, value, name, prefixOf, level }) => ({
    braces: [
      `${prefixOf(value, name, 'Set', `(${setSize.call(value)})`).replace(' [Set]', '')}{`,
      '}',
    ],
    entries: ({ nested }) => {
      const items = [...Set.prototype.values.call(value)]
      return rest(
        items.slice(0, context.maxArrayLength).map((item) => nested(context, item, level + 1)),
        items.length - context.maxArrayLength,
      )
    },
  }),
}

const mapKind = {
  fallback: 'Map',
  layout: ({ context, value, name, prefixOf, level }) => ({
    braces: [
      `${prefixOf(value, name, 'Map', `(${mapSize.call(value)})`).replace(' [Map]', '')}{`,
      '}',
    ],
    entries: ({ nested }) => {
      const items = [...Map.prototype.entries.call(value)]
      const shown = items.slice(0, context.maxArrayLength)
      return rest(
        shown.map(
          ([key, item]) =>
            `${nested(context, key, level + 1)} => ${nested(context, item, level + 1)}`,
        ),
        items.length - context.maxArrayLength,
      )
    },
  }),
}

const functionBase = (value, name) => {
  const source = Function.prototype.toString.call(value)
  if (/^class[\s{]/.test(source)) {
    const parent = Object.getPrototypeOf(value)?.name
    return `[class ${value.name === '' ? '(anonymous)' : value.name}${parent ? ` extends ${parent}` : ''}]`
  }
  const kind =
    tag(value) === 'Function' || !tag(value).endsWith('Function') ? 'Function' : tag(value)
  const label =
    value.name === '' || value.name === undefined
      ? `[${kind} (anonymous)]`
      : `[${kind}: ${String(value.name)}]`
  return name === null ? `${label.slice(0, -1)}, null prototype]` : label
}

const functionKind = {
  fallback: 'Function',
  layout: ({ context, value, name }) => ({
    base: context.style(functionBase(value, name), 'special'),
    bare: true,
    braces: ['{', '}'],
  }),
}

const improve = (error, name) => {
  const stack = userFrames(stackOf(error))
  const wanted =
    typeof error.name === 'string' && error.name !== 'Error' ? error.name : (name ?? 'Error')
  const first = stack.split('\n', 1)[0]
  if (wanted === 'Error' || first.includes(wanted)) return stack
  return stack.replace(/^[A-Za-z]*Error/, wanted)
}

const errorKind = {
  fallback: 'Error',
  hides: (key, error) =>
    (key === 'name' || key === 'message' || key === 'stack') &&
    typeof error[key] === 'string' &&
    stackOf(error).includes(error[key]),
  layout: ({ context, value, name, keys, level }) => {
    for (const key of ['cause', 'errors'])
      if (Object.hasOwn(value, key) && !keys.includes(key)) keys.push(key)
    const text = improve(value, name)
    const shown = text.includes('\n    at ') ? text : `[${text}]`
    const indented =
      context.indentation === 0
        ? shown
        : shown.replaceAll('\n', `\n${' '.repeat(context.indentation)}`)
    return {
      base: level > context.depth + 1 ? `[${value.name}]` : indented,
      bare: true,
      braces: ['{', '}'],
    }
  },
}

const plain = (base, style) => ({
  fallback: 'Object',
  layout: ({ context, value, name }) => ({
    base: context.style(base(value, name), style),
    bare: true,
    braces: ['{', '}'],
  }),
})

const regExpKind = plain((value) => RegExp.prototype.toString.call(value), 'regexp')
const dateKind = plain(
  (value) => (Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()),
  'date',
)

const boxedKind = {
  ...plain((value) => {
    const { name, text } = boxed(value)
    return `[${name}: ${text}]`
  }, 'string'),
  indexed: true,
}

const arrayBufferKind = {
  fallback: 'ArrayBuffer',
  layout: ({ context, value, name }) => ({
    braces: [`${name ?? 'ArrayBuffer'} {`, '}'],
    entries: () => {
      const bytes = new Uint8Array(value)
      const hex = Array.from(bytes.subarray(0, 50), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join(' ')
      const more =
        bytes.length > 50
          ? ` ... ${bytes.length - 50} more byte${bytes.length > 51 ? 's' : ''}`
          : ''
      return [
        `[${context.style('Uint8Contents', 'special')}]: <${hex}${more}>`,
        `[byteLength]: ${context.style(String(bytes.length), 'number')}`,
      ]
    },
  }),
}

const promiseKind = {
  fallback: 'Promise',
  layout: ({ context, value }) => ({
    braces: ['Promise {', '}'],
    entries: ({ nested }) => {
      const [state, result] = require('promise-state').of(value)
      if (state === 'pending') return [context.style('<pending>', 'special')]
      const shown = nested(context, result, 1)
      return [state === 'rejected' ? `${context.style('<rejected>', 'special')} ${shown}` : shown]
    },
  }),
}

const opaque = (name) => ({
  fallback: name,
  layout: ({ context }) => ({
    braces: [`${name} {`, '}'],
    entries: () => [context.style('<items unknown>', 'special')],
  }),
})

const moduleKind = {
  fallback: 'Module',
  layout: () => ({ braces: ['[Module: null prototype] {', '}'] }),
}

const objectKind = {
  fallback: 'Object',
  layout: ({ value, name, prefixOf }) => {
    const prefix = prefixOf(value, name, 'Object')
    return { braces: [prefix === 'Object ' ? '{' : `${prefix}{`, '}'] }
  },
}

const argumentsKind = {
  ...arrayKind,
  layout: (about) => ({ ...arrayKind.layout(about), braces: ['[Arguments] [', ']'] }),
}

const iteratorTags = { 'Map Iterator': 'Map Iterator', 'Set Iterator': 'Set Iterator' }

const classify = (value) => {
  if (typeof value === 'function') return functionKind
  if (Array.isArray(value)) return arrayKind
  if (value instanceof TypedArray) return typedKind
  if (isMap(value)) return mapKind
  if (isSet(value)) return setKind
  if (Error.isError ? Error.isError(value) : value instanceof Error) return errorKind
  if (value instanceof Error) return errorKind
  if (isDate(value)) return dateKind
  if (isRegExp(value)) return regExpKind
  if (isArrayBuffer(value)) return arrayBufferKind
  if (value instanceof Promise) return promiseKind
  if (value instanceof WeakMap) return opaque('WeakMap')
  if (value instanceof WeakSet) return opaque('WeakSet')
  const kind = tag(value)
  if (kind === 'Arguments') return argumentsKind
  if (kind === 'Module') return moduleKind
  if (kind === 'Generator')
    return { ...objectKind, layout: () => ({ braces: ['Object [Generator] {', '}'] }) }
  if (iteratorTags[kind] !== undefined)
    return { ...objectKind, layout: () => ({ braces: [`[${kind}] {`, '}'] }) }
  return boxed(value) === undefined ? objectKind : boxedKind
}

module.exports = { classify, boxed, isMap, isSet, isDate, isRegExp, isArrayBuffer }
