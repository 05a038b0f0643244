// Primitives in objects, such as `new Number(1)`.
const { formatNumber, quote } = require('inspect-text')

const boxes = [
  [Number, Number.prototype.valueOf, formatNumber],
  [String, String.prototype.valueOf, quote],
  [Boolean, Boolean.prototype.valueOf, String],
  [BigInt, BigInt.prototype.valueOf, (value) => `${value}n`],
  [Symbol, Symbol.prototype.valueOf, String],
]

/** The name and text of a boxed primitive such as `new Number(1)`, or undefined. */
const boxed = (value) => {
  for (const [Kind, unbox, show] of boxes) {
    if (!(value instanceof Kind)) continue
    try {
      return { name: Kind.name, text: show(unbox.call(value)) }
    } catch {
      // Only looks like one.
    }
  }
  return undefined
}

module.exports = { boxed }
