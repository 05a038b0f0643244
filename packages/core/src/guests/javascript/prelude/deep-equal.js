// Deep equality, loose and strict.
const { looseEqual } = require('loose-equal')
const { isMap, isSet, isDate, isRegExp, boxed } = require('inspect-kinds')

const tag = (value) => Object.prototype.toString.call(value)
const isObject = (value) => typeof value === 'object' && value !== null

const sameKeys = (left, right, compare) => {
  const keys = (value) => [
    ...Object.keys(value),
    ...Object.getOwnPropertySymbols(value).filter((symbol) =>
      Object.prototype.propertyIsEnumerable.call(value, symbol),
    ),
  ]
  const mine = keys(left)
  return (
    mine.length === keys(right).length &&
    mine.every((key) => Object.hasOwn(right, key) && compare(left[key], right[key]))
  )
}

const sameSet = (left, right, compare) => {
  if (left.size !== right.size) return false
  const rest = new Set(right)
  for (const item of left) {
    const twin = rest.has(item)
      ? item
      : [...rest].find((other) => isObject(item) && compare(item, other))
    if (twin === undefined && !rest.has(undefined)) return false
    rest.delete(twin)
  }
  return true
}

const sameMap = (left, right, compare) => {
  if (left.size !== right.size) return false
  for (const [key, item] of left) {
    if (right.has(key)) {
      if (!compare(item, right.get(key))) return false
    } else if (
      !isObject(key) ||
      ![...right].some(([other, value]) => compare(key, other) && compare(item, value))
    )
      return false
  }
  return true
}

const sameContent = (left, right, compare) => {
  if (isDate(left)) return left.getTime() === right.getTime()
  if (isRegExp(left)) return String(left) === String(right) && left.lastIndex === right.lastIndex
  if (left instanceof Error)
    return (
      left.message === right.message && left.name === right.name && compare(left.cause, right.cause)
    )
  if (isMap(left)) return sameMap(left, right, compare)
  if (isSet(left)) return sameSet(left, right, compare)
  if (left instanceof ArrayBuffer)
    return sameContent(new Uint8Array(left), new Uint8Array(right), compare)
  if (ArrayBuffer.isView(left) && !(left instanceof DataView))
    return left.length === right.length && left.every((item, at) => Object.is(item, right[at]))
  const box = boxed(left)
  return box === undefined || box.text === boxed(right)?.text
}

const makeEqual = (strict) => {
  const same = (left, right, seen) => {
    if (strict ? Object.is(left, right) : looseEqual(left, right)) return true
    if (!isObject(left) || !isObject(right)) return false
    if (tag(left) !== tag(right) || Array.isArray(left) !== Array.isArray(right)) return false
    if (strict && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
    if (Array.isArray(left) && left.length !== right.length) return false
    if (left instanceof Promise || left instanceof WeakMap || left instanceof WeakSet) return false
    if (seen.get(left) === right) return true
    seen.set(left, right)
    const compare = (one, other) => same(one, other, seen)
    const result = sameContent(left, right, compare) && sameKeys(left, right, compare)
    seen.delete(left)
    return result
  }
  return (left, right) => same(left, right, new Map())
}

module.exports = { isDeepStrictEqual: makeEqual(true), isDeepEqual: makeEqual(false) }
