// Timers and the turn of the event loop. The host sleeps; this says for how long.
const { needFunction } = require('errors')

const timers = new Map()
const immediates = []
const ticks = []
let nextId = 1
let sequence = 0

const now = () => host('monotonic')

class Timeout {
  constructor(callback, args, delay, repeat) {
    this._id = nextId++
    this._callback = callback
    this._args = args
    this._repeat = repeat
    this._referenced = true
    this._schedule(delay)
  }

  _schedule(delay) {
    const wanted = Number(delay)
    this._delay = wanted >= 1 && wanted <= 2_147_483_647 ? Math.trunc(wanted) : 1
    this._due = now() + this._delay
    this._order = sequence++
    timers.set(this._id, this)
  }

  ref() {
    this._referenced = true
    return this
  }

  unref() {
    this._referenced = false
    return this
  }

  hasRef() {
    return this._referenced
  }

  refresh() {
    if (timers.has(this._id)) this._schedule(this._delay)
    return this
  }

  close() {
    timers.delete(this._id)
    return this
  }

  [Symbol.toPrimitive]() {
    return this._id
  }

  [Symbol.dispose]() {
    this.close()
  }
}

class Immediate {
  constructor(callback, args) {
    this._callback = callback
    this._args = args
    this._referenced = true
    immediates.push(this)
  }

  ref() {
    this._referenced = true
    return this
  }

  unref() {
    this._referenced = false
    return this
  }

  hasRef() {
    return this._referenced
  }

  [Symbol.dispose]() {
    clearImmediate(this)
  }
}

const setTimeout = (callback, delay, ...args) =>
  new Timeout(needFunction(callback), args, delay, false)
const setInterval = (callback, delay, ...args) =>
  new Timeout(needFunction(callback), args, delay, true)
const setImmediate = (callback, ...args) => new Immediate(needFunction(callback), args)

const clearTimeout = (timer) => {
  if (timer instanceof Timeout) timer.close()
  else if (typeof timer === 'number' || typeof timer === 'string') timers.delete(Number(timer))
}

const clearImmediate = (immediate) => {
  const at = immediates.indexOf(immediate)
  if (at >= 0) immediates.splice(at, 1)
}

const nextTick = (callback, ...args) => {
  ticks.push([needFunction(callback), args])
}

/** Runs what `process.nextTick` was given; true if there was any. */
const runTicks = () => {
  if (ticks.length === 0) return false
  // A tick that throws leaves the rest for the next call.
  while (ticks.length > 0) {
    const [callback, args] = ticks.shift()
    callback(...args)
  }
  return true
}

const earliest = () => {
  let found
  for (const timer of timers.values()) {
    if (
      found === undefined ||
      timer._due < found._due ||
      (timer._due === found._due && timer._order < found._order)
    )
      found = timer
  }
  return found
}

let batch = []

const alive = () => {
  for (const timer of timers.values()) if (timer._referenced) return true
  return immediates.some((immediate) => immediate._referenced) || batch.length > 0
}

const fire = (timer) => {
  if (timer._repeat) timer._schedule(timer._delay)
  else timers.delete(timer._id)
  timer._callback(...timer._args)
}

/** How long the host waits when nothing is due: milliseconds, or -1 when nothing keeps the program alive. */
const waitTime = () => {
  if (!alive()) return -1
  if (immediates.length > 0 || batch.length > 0) return 0
  const timer = earliest()
  return timer === undefined ? -1 : Math.max(0, timer._due - now())
}

/**
 * Runs one timer or immediate that is due and says how long to wait until the next: 0 for at once, -1 for never.
 * Immediates that were set during a turn wait for the next one.
 */
const turn = () => {
  if (batch.length > 0) {
    const immediate = batch.shift()
    immediate._callback(...immediate._args)
    return waitTime()
  }
  const timer = earliest()
  if (timer !== undefined && timer._due <= now()) {
    fire(timer)
    return waitTime()
  }
  batch = immediates.splice(0)
  if (batch.length > 0) return turn()
  return waitTime()
}

const promises = {
  setTimeout: (delay, value, options) =>
    abortable(options, (done) => setTimeout(done, delay, value)),
  setImmediate: (value, options) => abortable(options, (done) => setImmediate(done, value)),
  async *setInterval(delay, value) {
    for (;;) {
      await promises.setTimeout(delay)
      yield value
    }
  },
  scheduler: {
    wait: (delay, options) => promises.setTimeout(delay, undefined, options),
    yield: () => promises.setImmediate(),
  },
}

const abortable = (options, begin) =>
  new Promise((resolve, reject) => {
    const signal = options?.signal
    const stop = () => reject(new (require('errors').AbortError)(signal.reason))
    if (signal?.aborted) {
      stop()
      return
    }
    const timer = begin(resolve)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        clearImmediate(timer)
        stop()
      },
      { once: true },
    )
  })

module.exports = {
  turn,
  runTicks,
  nextTick,
  promises,
  isAlive: () => alive() || ticks.length > 0,
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval: clearTimeout,
  clearImmediate,
}
