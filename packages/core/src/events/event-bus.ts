import type { Unsubscribe } from '../containers/types.ts'

/** A listener; gets what was emitted. */
// oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
export type EventCallback<Data = any> = (data: Data) => void

/** Options of `EventBus`. */
export interface EventBusOptions {
  /** Called with what a listener throws; the other listeners still run. Default: reported as an uncaught exception. */
  readonly onError?: (error: unknown, event: string) => void
}

type Known<Events> = keyof Events & string

/**
 * A typed event emitter. `emit` calls the listeners synchronously, in the order they were added; one that is added
 * during an `emit` is called from the next event on. `Events` types the events it knows; other names carry anything.
 *
 * @see seed core-and-react, "EventBus"
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
export class EventBus<Events extends object = Record<string, any>> {
  readonly #listeners = new Map<string, Set<EventCallback>>()
  readonly #onError: (error: unknown, event: string) => void
  #revision = 0

  constructor(options: EventBusOptions = {}) {
    this.#onError = options.onError ?? reportUncaught
  }

  emit<Name extends Known<Events>>(event: Name, data: Events[Name]): void
  emit(event: string, data: unknown): void
  emit(event: string, data: unknown): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) return
    for (const listener of Array.from(listeners)) {
      try {
        if (listeners.has(listener)) listener(data)
      } catch (error) {
        this.#onError(error, event)
      }
    }
  }

  on<Name extends Known<Events>>(event: Name, callback: EventCallback<Events[Name]>): Unsubscribe
  on(event: string, callback: EventCallback): Unsubscribe
  on(event: string, callback: EventCallback): Unsubscribe {
    requireFunction(callback)
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(callback))
    this.#revision += 1
    return () => this.off(event, callback)
  }

  /** Calls the listener for the next event only. `off` with the same callback removes it before. */
  once<Name extends Known<Events>>(event: Name, callback: EventCallback<Events[Name]>): void
  once(event: string, callback: EventCallback): void
  once(event: string, callback: EventCallback): void {
    requireFunction(callback)
    const wrapped: OnceCallback = (data) => {
      this.#remove(event, wrapped)
      callback(data)
    }
    wrapped.original = callback
    this.on(event, wrapped)
  }

  off<Name extends Known<Events>>(event: Name, callback: EventCallback<Events[Name]>): void
  off(event: string, callback: EventCallback): void
  off(event: string, callback: EventCallback): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      if (listener === callback || (listener as OnceCallback).original === callback)
        this.#remove(event, listener)
    }
  }

  /** Number of listeners of an event. */
  listenerCount(event: string): number {
    return this.#listeners.get(event)?.size ?? 0
  }

  /** Changes whenever a listener is added or removed, so that a caller can cache what depends on them. */
  get revision(): number {
    return this.#revision
  }

  /** Removes the listeners of one event, or of all. */
  removeAllListeners(event?: string): void {
    this.#revision += 1
    if (event === undefined) this.#listeners.clear()
    else this.#listeners.delete(event)
  }

  #remove(event: string, listener: EventCallback): void {
    const listeners = this.#listeners.get(event)
    this.#revision += 1
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(event)
  }
}

/** Found out here, not when the event comes. */
function requireFunction(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('A listener is a function.')
}

interface OnceCallback extends EventCallback {
  original?: EventCallback
}

function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
