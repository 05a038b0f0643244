import type { Configuration } from '../process/messages.ts'
import { Child } from './child.ts'
import { InterpreterError } from './errors.ts'

export interface PoolOptions {
  /** Most processes at a time. */
  readonly maxProcesses: number
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
  /** Processes in a row that never got ready. */
  #failures = 0

  constructor(options: PoolOptions, reclaim: () => boolean) {
    this.#options = options
    this.#reclaim = reclaim
    this.#fill()
  }

  /** A process of this configuration; the quota of its files may differ. Waits while there are too many. */
  async acquire(configuration: Configuration, signal: AbortSignal): Promise<Child> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#isClosed) throw new InterpreterError('CLOSED', 'The engine was closed.')
      const spare = this.#takeSpare(configuration)
      if (spare !== undefined) return spare
      if (this.#hasRoom()) return this.#start(configuration)
      await this.#room(signal)
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
    for (const child of this.#spares) {
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
    this.#reclaim()
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
    child.ready.then(
      () => {
        this.#failures = 0
      },
      () => {
        this.#failures += 1
      },
    )
    return child
  }

  #fillSoon(): void {
    if (this.#isClosed || this.#failures >= mostFailures) return
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined
      this.#fill()
    }, refillMs).unref()
  }

  #fill(): void {
    for (const { configuration, count } of this.#options.warm) {
      const have = Array.from(this.#spares).filter(
        ({ configuration: own }) => own === configuration,
      ).length
      for (let missing = count - have; missing > 0; missing -= 1) {
        if (this.#isClosed || this.#children.size >= this.#options.maxProcesses) return
        this.#spares.add(this.#start(configuration))
      }
    }
  }
}
