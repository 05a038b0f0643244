import { ContainerError } from '../errors.ts'
import { abortSignal } from './option-kinds.ts'

interface Waiting {
  readonly start: () => void
  readonly fail: (error: Error) => void
}

/** Why a task that comes now does not run at once; none of them is a queue at rest. */
const busy = 1
const paused = 2
const closed = 4
const waits = 8
const maxWaiting = 1000

/** Runs one task after another. A task that finds the queue empty runs at once, in the caller's turn. */
export class CallQueue {
  readonly #waiting: Waiting[] = []
  readonly #settle: () => void
  #obstacles = 0
  #closed: (() => Error) | undefined

  /** @param settle called before anything: may `occupy` it for what runs without its knowledge */
  constructor(settle: () => void) {
    this.#settle = settle
  }

  /** A thousand tasks may wait; one more is refused with `CAPACITY`. */
  run<T>(task: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#settle()
    if (this.#closed !== undefined) return Promise.reject(this.#closed())
    if (signal !== undefined && !abortSignal.is(signal)) return Promise.reject(noSignal())
    if (signal?.aborted === true) return Promise.reject(aborted(signal))
    if (this.#obstacles === 0) return this.#perform(task, undefined, undefined)
    if (this.#waiting.length >= maxWaiting) return Promise.reject(full())
    return this.#wait(task, signal)
  }

  /** The same, with a task that is made once: where it runs at once, nothing is made for it. */
  runWith<A, B, T>(task: (a: A, b: B) => T | Promise<T>, a: A, b: B): Promise<T> {
    this.#settle()
    return this.#obstacles === 0 ? this.#perform(task, a, b) : this.#runLater(task, a, b)
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  get isPaused(): boolean {
    return (this.#obstacles & paused) !== 0
  }

  /** For a task that is done at once: whether it may begin. If so, `leave` must follow. */
  enter(): boolean {
    this.#settle()
    if (this.#obstacles !== 0) return false
    this.#obstacles = busy
    return true
  }

  /** For a task that runs already. */
  occupy(): void {
    this.#obstacles |= busy
  }

  /** Whether a task runs, and nothing else keeps the next one from it. */
  get isAlone(): boolean {
    return this.#obstacles === busy
  }

  leave(): void {
    this.#obstacles &= ~busy
    if (this.#obstacles >= waits) queueMicrotask(() => this.#next())
  }

  pause(): void {
    this.#settle()
    this.#obstacles |= paused
  }

  resume(): void {
    this.#obstacles &= ~paused
    this.#next()
  }

  /** Refuses what waits and what comes. */
  close(error: () => Error): void {
    this.#settle()
    this.#closed = error
    this.#obstacles |= closed
    for (const one of this.#waiting.splice(0)) one.fail(error())
    this.#count()
  }

  #wait<T>(task: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const leave = (): void => {
      const at = this.#waiting.indexOf(entry)
      if (at >= 0) this.#waiting.splice(at, 1)
      this.#count()
      if (signal !== undefined) reject(aborted(signal))
    }
    const entry: Waiting = {
      start: () => {
        signal?.removeEventListener('abort', leave)
        this.#perform(task, undefined, undefined).then(resolve, reject)
      },
      fail: (error) => {
        signal?.removeEventListener('abort', leave)
        reject(error)
      },
    }
    signal?.addEventListener('abort', leave, { once: true })
    this.#waiting.push(entry)
    this.#count()
    return promise
  }

  /** After `#waiting` changed. */
  #count(): void {
    if (this.#waiting.length > 0) this.#obstacles |= waits
    else this.#obstacles &= ~waits
  }

  /** By itself, as a function that takes variables along costs where it stands, even when it is not reached. */
  #runLater<A, B, T>(task: (a: A, b: B) => T | Promise<T>, a: A, b: B): Promise<T> {
    return this.run(() => task(a, b))
  }

  /** Not an async function: what is done at once costs one promise. */
  #perform<A, B, T>(task: (a: A, b: B) => T | Promise<T>, a: A, b: B): Promise<T> {
    this.#obstacles |= busy
    try {
      const result = task(a, b)
      if (result instanceof Promise) return this.#finishLater(result)
      this.leave()
      return Promise.resolve(result)
    } catch (error) {
      this.leave()
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is passed on as it came
      return Promise.reject(error)
    }
  }

  async #finishLater<T>(result: Promise<T>): Promise<T> {
    try {
      return await result
    } finally {
      this.leave()
    }
  }

  #next(): void {
    if ((this.#obstacles & (busy | paused)) !== 0) return
    const next = this.#waiting.shift()
    this.#count()
    next?.start()
  }
}

function noSignal(): TypeError {
  return new TypeError(`The call option signal is ${abortSignal.text}.`)
}

function aborted(signal: AbortSignal): ContainerError {
  return new ContainerError('The call was aborted before it began.', 'ABORTED', {
    cause: signal.reason,
  })
}

function full(): ContainerError {
  const message = `${maxWaiting} calls wait already; wait for some of them.`
  return new ContainerError(message, 'CAPACITY', { limit: maxWaiting })
}
