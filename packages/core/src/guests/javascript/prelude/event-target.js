// Event, EventTarget, CustomEvent, AbortController and AbortSignal.
class Event {
  #target = null
  #stopped = false
  #prevented = false

  constructor(type, options = {}) {
    Object.defineProperties(this, {
      type: { value: String(type), enumerable: true },
      bubbles: { value: options.bubbles === true, enumerable: true },
      cancelable: { value: options.cancelable === true, enumerable: true },
      timeStamp: { value: globalThis.performance.now(), enumerable: true },
    })
  }

  get target() {
    return this.#target
  }

  get currentTarget() {
    return this.#target
  }

  get defaultPrevented() {
    return this.#prevented
  }

  preventDefault() {
    if (this.cancelable) this.#prevented = true
  }

  stopPropagation() {}

  stopImmediatePropagation() {
    this.#stopped = true
  }

  static dispatch(event, target, listeners) {
    event.#target = target
    for (const listener of listeners) {
      if (event.#stopped) break
      listener(event)
    }
    return !event.#prevented
  }
}
const { dispatch } = Event
delete Event.dispatch

class CustomEvent extends Event {
  constructor(type, options = {}) {
    super(type, options)
    this.detail = options.detail ?? null
  }
}

class EventTarget {
  #listeners = new Map()

  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return
    const { once = false, signal } = typeof options === 'object' && options !== null ? options : {}
    if (signal?.aborted) return
    const list = this.#listeners.get(type) ?? []
    if (list.some((one) => one.listener === listener)) return
    this.#listeners.set(type, [...list, { listener, once }])
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener), {
      once: true,
    })
  }

  removeEventListener(type, listener) {
    this.#listeners.set(
      type,
      (this.#listeners.get(type) ?? []).filter((one) => one.listener !== listener),
    )
  }

  dispatchEvent(event) {
    const calls = (this.#listeners.get(event.type) ?? []).map(({ listener, once }) => (given) => {
      if (once) this.removeEventListener(event.type, listener)
      try {
        if (typeof listener === 'function') Reflect.apply(listener, this, [given])
        else listener.handleEvent(given)
      } catch (error) {
        require('timers').nextTick(() => {
          throw error
        })
      }
    })
    return dispatch(event, this, calls)
  }
}

const makeSignal = Symbol('make')

class AbortSignal extends EventTarget {
  #aborted = false
  #reason
  onabort = null

  constructor(key) {
    super()
    if (key !== makeSignal) throw new TypeError('Illegal constructor')
  }

  get aborted() {
    return this.#aborted
  }

  get reason() {
    return this.#reason
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason
  }

  static abort(reason) {
    const signal = new AbortSignal(makeSignal)
    AbortSignal._stop(signal, reason)
    return signal
  }

  static timeout(delay) {
    const signal = new AbortSignal(makeSignal)
    require('timers')
      .setTimeout(
        () =>
          stop(
            signal,
            new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
          ),
        delay,
      )
      .unref()
    return signal
  }

  static any(signals) {
    const signal = new AbortSignal(makeSignal)
    for (const one of signals) {
      if (one.aborted) stop(signal, one.reason)
      else one.addEventListener('abort', () => stop(signal, one.reason), { once: true })
    }
    return signal
  }

  static _stop(signal, reason = new DOMException('This operation was aborted', 'AbortError')) {
    if (signal.#aborted) return
    signal.#aborted = true
    signal.#reason = reason
    const event = new Event('abort')
    signal.onabort?.(event)
    signal.dispatchEvent(event)
  }
}
const stop = AbortSignal._stop
AbortSignal.abort = (reason) => {
  const signal = new AbortSignal(makeSignal)
  stop(signal, reason)
  return signal
}
delete AbortSignal._stop

class AbortController {
  #signal = new AbortSignal(makeSignal)

  get signal() {
    return this.#signal
  }

  abort(reason) {
    stop(this.#signal, reason)
  }
}

module.exports = { Event, CustomEvent, EventTarget, AbortSignal, AbortController }
