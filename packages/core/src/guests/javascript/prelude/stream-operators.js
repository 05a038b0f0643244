// What a readable stream has as a sequence: iteration and the methods that work on every item.

/** Gives item after item; the stream is destroyed when the reader stops or when it fails. */
async function* iterate(stream) {
  let failure
  let wake = () => {}
  stream.once('error', (error) => {
    failure = error
    wake()
  })
  for (const event of ['readable', 'end', 'close']) stream.on(event, () => wake())
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read()
      if (failure !== undefined) throw failure // oxlint-disable-line typescript/only-throw-error -- the error that the stream was given
      if (chunk !== null) yield chunk
      else if (stream._readableState.endEmitted || stream.destroyed) return
      else
        await new Promise((resolve) => {
          wake = resolve
        })
    }
  } finally {
    stream.destroy()
  }
}

async function* mapped(stream, change) {
  for await (const item of stream) yield await change(item)
}

async function* filtered(stream, test) {
  for await (const item of stream) if (await test(item)) yield item
}

async function* flattened(stream, change) {
  for await (const item of stream) yield* await change(item)
}

async function* part(stream, from, to) {
  let at = 0
  if (to <= 0) return
  for await (const item of stream) {
    if (at >= from) yield item
    at += 1
    if (at >= to) return
  }
}

/** Methods of `Readable.prototype`; `from` is `Readable.from`. */
const operatorsWith = (from) => ({
  [Symbol.asyncIterator]() {
    return iterate(this)
  },
  iterator() {
    return iterate(this)
  },
  map(change) {
    return from(mapped(this, change))
  },
  filter(test) {
    return from(filtered(this, test))
  },
  flatMap(change) {
    return from(flattened(this, change))
  },
  take(count) {
    return from(part(this, 0, count))
  },
  drop(count) {
    return from(part(this, count, Infinity))
  },
  async toArray() {
    const items = []
    for await (const item of this) items.push(item)
    return items
  },
  async forEach(visit) {
    for await (const item of this) await visit(item)
  },
  async reduce(combine, ...initial) {
    const items = await this.toArray()
    let [total, ...rest] = [...initial, ...items]
    if (initial.length + items.length === 0)
      throw new TypeError('Reduce of an empty stream requires an initial value')
    for (const item of rest) total = await combine(total, item)
    return total
  },
  async find(test) {
    for await (const item of this) if (await test(item)) return item
    return undefined
  },
  async some(test) {
    for await (const item of this) if (await test(item)) return true
    return false
  },
  async every(test) {
    for await (const item of this) if (!(await test(item))) return false
    return true
  },
})

/** Makes streams of what can be iterated. */
const fromWith = (Readable) => (source, options) => {
  if (typeof source === 'string' || source instanceof Uint8Array)
    return new Readable({
      objectMode: true,
      ...options,
      read() {
        this.push(source)
        this.push(null)
      },
    })
  const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]()
  let busy = false
  return new Readable({
    objectMode: true,
    ...options,
    read() {
      if (busy) return
      busy = true
      Promise.resolve(iterator.next())
        .then(async ({ value, done }) => {
          const item = await value
          busy = false
          this.push(done ? null : item)
        })
        .catch((error) => this.destroy(error))
    },
    destroy(error, done) {
      const closed = iterator.return?.()
      if (typeof closed?.then === 'function') closed.then(undefined, () => {})
      done(error)
    },
  })
}

module.exports = { operatorsWith, fromWith }
