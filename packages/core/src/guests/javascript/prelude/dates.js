// Texts of dates as V8 writes them.
const { toString, toTimeString, toISOString } = Date.prototype
const zone = ' (Coordinated Universal Time)'

const install = () => {
  const methods = {
    toString() {
      const text = toString.call(this)
      return text === 'Invalid Date' ? text : text + zone
    },
    toTimeString() {
      const text = toTimeString.call(this)
      return text === 'Invalid Date' ? text : text + zone
    },
    toISOString() {
      if (Number.isNaN(Date.prototype.getTime.call(this)))
        throw new RangeError('Invalid time value')
      return toISOString.call(this)
    },
  }
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(Date.prototype, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    })
}

module.exports = { install }
