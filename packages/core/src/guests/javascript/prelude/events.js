// EventEmitter.
const { coded, needFunction, AbortError } = require('errors')

const listenersOf = (emitter) => {
  if (!Object.hasOwn(emitter, '_events') || emitter._events === undefined) {
    Object.defineProperty(emitter, '_events', {
      value: new Map(),
      writable: true,
      enumerable: false,
      configurable: true,
    })
  }
  return emitter._events
}

class EventEmitterClass {
  on(event, listener) {
    return add(this, event, listener, false)
  }

  prependListener(event, listener) {
    return add(this, event, listener, true)
  }

  once(event, listener) {
    return add(this, event, onceWrapper(this, event, needFunction(listener, 'listener')), false)
  }

  prependOnceListener(event, listener) {
    return add(this, event, onceWrapper(this, event, needFunction(listener, 'listener')), true)
  }

  off(event, listener) {
    const list = listenersOf(this).get(event)
    if (list === undefined) return this
    const at = list.findLastIndex((one) => one === listener || one.listener === listener)
    if (at < 0) return this
    const left = list.toSpliced(at, 1)
    if (left.length === 0) listenersOf(this).delete(event)
    else listenersOf(this).set(event, left)
    if (event !== 'removeListener' && this.listenerCount('removeListener') > 0)
      this.emit('removeListener', event, listener)
    return this
  }

  emit(event, ...args) {
    const list = listenersOf(this).get(event)
    if (list === undefined) {
      if (event === 'error') throw unhandled(args[0])
      return false
    }
    for (const listener of list) Reflect.apply(listener, this, args)
    return true
  }

  removeAllListeners(event) {
    if (event === undefined) listenersOf(this).clear()
    else listenersOf(this).delete(event)
    return this
  }

  listenerCount(event) {
    return listenersOf(this).get(event)?.length ?? 0
  }

  listeners(event) {
    return (listenersOf(this).get(event) ?? []).map((one) => one.listener ?? one)
  }

  rawListeners(event) {
    return [...(listenersOf(this).get(event) ?? [])]
  }

  eventNames() {
    return [...listenersOf(this).keys()]
  }

  setMaxListeners(count) {
    Object.defineProperty(this, '_maxListeners', {
      value: count,
      writable: true,
      enumerable: false,
      configurable: true,
    })
    return this
  }

  getMaxListeners() {
    return this._maxListeners ?? EventEmitter.defaultMaxListeners
  }
}
EventEmitterClass.prototype.addListener = EventEmitterClass.prototype.on
EventEmitterClass.prototype.removeListener = EventEmitterClass.prototype.off

/** Callable without `new`, as `EventEmitter.call(this)` of older programs needs. */
function EventEmitter() {
  if (new.target === undefined && !(this instanceof EventEmitter)) return new EventEmitter()
  return this
}
EventEmitter.prototype = EventEmitterClass.prototype
Object.defineProperty(EventEmitter.prototype, 'constructor', {
  value: EventEmitter,
  writable: true,
  configurable: true,
})

const unhandled = (error) => {
  if (error instanceof Error) return error
  const wrapped = coded(
    Error,
    'ERR_UNHANDLED_ERROR',
    `Unhandled error. (${typeof error === 'string' ? `'${error}'` : require('inspect').inspect(error)})`,
  )
  wrapped.context = error
  return wrapped
}

const onceWrapper = (emitter, event, listener) => {
  const wrapper = (...args) => {
    emitter.off(event, wrapper)
    return Reflect.apply(listener, emitter, args)
  }
  wrapper.listener = listener
  return wrapper
}

const add = (emitter, event, listener, first) => {
  needFunction(listener, 'listener')
  if (listenersOf(emitter).has('newListener'))
    emitter.emit('newListener', event, listener.listener ?? listener)
  const list = listenersOf(emitter).get(event) ?? []
  listenersOf(emitter).set(event, first ? [listener, ...list] : [...list, listener])
  return emitter
}

const once = (emitter, event, options) =>
  new Promise((resolve, reject) => {
    if (options?.signal?.aborted) return reject(new AbortError(options.signal.reason))
    if (typeof emitter.addEventListener === 'function') {
      emitter.addEventListener(event, (...args) => resolve(args), { once: true })
      return undefined
    }
    const fail = (error) => {
      emitter.off(event, done)
      reject(error)
    }
    const done = (...args) => {
      emitter.off('error', fail)
      resolve(args)
    }
    emitter.once(event, done)
    if (event !== 'error') emitter.once('error', fail)
    return undefined
  })

async function* on(emitter, event, options) {
  const waiting = []
  let wake = () => {}
  const take = (...args) => {
    waiting.push(args)
    wake()
  }
  emitter.on(event, take)
  options?.signal?.addEventListener('abort', () => wake())
  try {
    for (;;) {
      if (options?.signal?.aborted) throw new AbortError(options.signal.reason)
      if (waiting.length > 0) yield waiting.shift()
      else
        await new Promise((resolve) => {
          wake = resolve
        })
    }
  } finally {
    emitter.off(event, take)
  }
}

Object.assign(EventEmitter, {
  EventEmitter,
  once,
  on,
  defaultMaxListeners: 10,
  listenerCount: (emitter, event) => emitter.listenerCount(event),
  getEventListeners: (emitter, event) => emitter.listeners(event),
  setMaxListeners: () => {},
  errorMonitor: Symbol('events.errorMonitor'),
  captureRejectionSymbol: Symbol.for('nodejs.rejection'),
})

module.exports = EventEmitter
