import { availableParallelism } from 'node:os'
import type { Configuration } from '../process/messages.ts'
import { Child } from './child.ts'
import { InterpreterError } from './errors.ts'

export interface PoolOptions {
  /** Most processes at a time. */
  readonly maxProcesses: number
  /** Most processes that start at the same time. Default two for each processor, at least four. */
  readonly maxStarting?: number
  /** Processes kept ready, by configuration. */
  readonly warm: readonly { readonly configuration: Configuration; readonly count: number }[]
}

/** How long a spare waits before it starts, so that it does not take the processor from the command that made it necessary. */
const refillMs = 60
/** Then no spare is started until one that is needed gets ready: something is wrong with this machine. */
const mostFailures = 3

/** Locked processes that are ready before they are needed. */
export class ChildPool {
  readonly #options: PoolOptions
  readonly #children = new Set<Child>()
  readonly #spares = new Set<Child>()
  readonly #waiting: (() => void)[] = []
  /** Ends a process that its owner can do without; false when there is none. */
  readonly #reclaim: () => boolean
  #refill: NodeJS.Timeout | undefined
  #isClosed = false
  #starting = 0
  readonly #maxStarting: number
  /** Processes in a row that never got ready. */
  #failures = 0

  constructor(options: PoolOptions, reclaim: () => boolean) {
    this.#options = options
    this.#reclaim = reclaim
    this.#maxStarting = options.maxStarting ?? Math.max(4, 2 * availableParallelism())
    this.#fill()
  }

  /**
   * A process of this configuration; the quota of its files may differ. Waits while there are too many, or while so many start that one
   * more would only make all of them later. Who came first is served first.
   */
  async acquire(configuration: Configuration, signal: AbortSignal): Promise<Child> {
    try {
      for (let isNext = this.#waiting.length === 0; ; isNext = true) {
        signal.throwIfAborted()
        if (this.#isClosed) throw new InterpreterError('CLOSED', 'The engine was closed.')
        const spare = this.#takeSpare(configuration)
        if (spare !== undefined) return spare
        if (isNext && this.#canStart() && this.#hasRoom()) return this.#start(configuration)
        await this.#room(signal)
      }
    } finally {
      // Perhaps there is room for one more.
      if (this.#canStart()) this.#waiting.shift()?.()
    }
  }

  /** True while someone waits for a process; who has one to spare should give it back. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  pids(): number[] {
    return Array.from(this.#children, (child) => child.pid)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#refill)
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all(Array.from(this.#children, (child) => child.kill()))
  }

  #takeSpare(wanted: Configuration): Child | undefined {
    const spares = Array.from(this.#spares).sort((a, b) => Number(b.isReady) - Number(a.isReady))
    for (const child of spares) {
      const { prepare, memoryLimitBytes } = child.configuration
      if (
        !child.isAlive ||
        prepare !== wanted.prepare ||
        memoryLimitBytes !== wanted.memoryLimitBytes
      )
        continue
      this.#spares.delete(child)
      this.#fillSoon()
      return child
    }
    return undefined
  }

  #canStart(): boolean {
    return this.#starting < this.#maxStarting
  }

  #hasRoom(): boolean {
    if (this.#children.size < this.#options.maxProcesses) return true
    const [spare] = this.#spares
    if (spare === undefined) return false
    this.#spares.delete(spare)
    void spare.kill()
    return true
  }

  #room(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(resolve)
      if (at !== -1) this.#waiting.splice(at, 1)
      resolve()
    }
    signal.addEventListener('abort', giveUp, { once: true })
    if (this.#children.size >= this.#options.maxProcesses) this.#reclaim()
    return promise.finally(() => signal.removeEventListener('abort', giveUp))
  }

  #start(configuration: Configuration): Child {
    const child = new Child(configuration)
    this.#children.add(child)
    child.onEnd(() => {
      this.#children.delete(child)
      const wasSpare = this.#spares.delete(child)
      this.#waiting.shift()?.()
      if (wasSpare) this.#fillSoon()
    })
    this.#starting += 1
    child.ready
      .then(
        () => {
          this.#failures = 0
        },
        () => {
          this.#failures += 1
        },
      )
      .finally(() => {
        this.#starting -= 1
        this.#waiting.shift()?.()
        this.#fillSoon()
      })
    return child
  }

  #fillSoon(): void {
    if (this.#isClosed || this.#failures >= mostFailures) return
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined
      this.#fill()
    }, refillMs).unref()
  }

  /** Starts one spare that is missing, when nobody waits for a process; the next one follows when it is ready. */
  #fill(): void {
    if (this.#isClosed || this.#waiting.length > 0 || this.#starting > 0) return
    if (this.#children.size >= this.#options.maxProcesses) return
    const missing = this.#options.warm.find(({ configuration, count }) => {
      const have = Array.from(this.#spares).filter((spare) => spare.configuration === configuration)
      return have.length < count
    })
    if (missing !== undefined) this.#spares.add(this.#start(missing.configuration))
  }
}
