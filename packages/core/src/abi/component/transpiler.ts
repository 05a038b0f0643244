import { ContainerError, ContainerTimeoutError } from '../../errors.ts'
import { fromWireError } from '../../runtimes/remote/wire-error.ts'
import type { Bindgen } from './bindgen.ts'
import type { ComponentOptions, Transpiler, TranspilerPorts } from './late-transpiler.ts'
import { loadBindgen } from './load-bindgen.ts'
import type { TranspiledComponent } from './take-apart.ts'
import type { ThreadAnswer } from './thread-messages.ts'
import { openTranspilerThread, type TranspilerThread } from './transpiler-thread.ts'

/** Threads at a time; who comes later waits. */
const mostThreads = 4
const defaultIdleMs = 5000

export interface TranspilerOptions extends ComponentOptions, TranspilerPorts {
  /** Milliseconds for one component, from when a thread has it. */
  readonly timeoutMs: number
  /** Milliseconds that one thread waits for the next component. Default 5,000. */
  readonly idleMs?: number
  /** Default: a thread of Node or of the page. */
  readonly open?: () => TranspilerThread
}

type Outcome = Exclude<ThreadAnswer, { readonly ready: true }>

/** A thread that answered takes the next component; one that did not, or needed too much memory, is ended. */
export function createTranspiler(options: TranspilerOptions): Transpiler {
  const threads = new Threads(options)
  return {
    transpile: (component, signal) => threads.transpile(component, signal),
    close: () => threads.close(),
  }
}

class Threads {
  readonly #options: TranspilerOptions
  /** Of everything that is under way. */
  readonly #stops = new Set<(reason: Error) => void>()
  readonly #waiting: (() => void)[] = []
  readonly #working = new Set<TranspilerThread>()
  #busy = 0
  #bindgen: Promise<Bindgen> | undefined
  #idle: { readonly thread: TranspilerThread; readonly timer: unknown } | undefined

  constructor(options: TranspilerOptions) {
    this.#options = options
  }

  async transpile(
    component: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<TranspiledComponent> {
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    stopped.catch(() => undefined)
    const abort = (): void => reject(aborted(signal?.reason))
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    this.#stops.add(reject)
    try {
      return await this.#inTurn(stopped, () => this.#work(component, stopped))
    } finally {
      this.#stops.delete(reject)
      signal?.removeEventListener('abort', abort)
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop(aborted(new Error('The manager was cleaned up.')))
    this.#bindgen = undefined
    const idle = this.#takeIdle()
    const all = idle === undefined ? [...this.#working] : [...this.#working, idle]
    await Promise.all(all.map((thread) => thread.end()))
  }

  async #inTurn<T>(stopped: Promise<never>, work: () => Promise<T>): Promise<T> {
    if (this.#busy < mostThreads) this.#busy += 1
    else {
      const turn = Promise.withResolvers<void>()
      this.#waiting.push(turn.resolve)
      try {
        await Promise.race([turn.promise, stopped])
      } catch (error) {
        const at = this.#waiting.indexOf(turn.resolve)
        // A turn that came meanwhile goes to the next.
        if (at === -1) this.#passTurn()
        else this.#waiting.splice(at, 1)
        throw error
      }
    }
    try {
      return await work()
    } finally {
      this.#passTurn()
    }
  }

  #passTurn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#busy -= 1
    else next()
  }

  async #work(component: Uint8Array, stopped: Promise<never>): Promise<TranspiledComponent> {
    const thread = this.#takeIdle() ?? this.#open(await Promise.race([this.#load(), stopped]))
    this.#working.add(thread)
    thread.keepAlive(true)
    let isSpent = true
    try {
      const answer = await Promise.race([ask(thread, component, this.#options.timeoutMs), stopped])
      // What it refuses leaves nothing behind; what it holds of one that was too large goes with it.
      isSpent = 'failed' in answer && answer.failed.code === 'MEMORY_LIMIT'
      if ('made' in answer) return answer.made
      throw fromWireError(answer.failed)
    } finally {
      await (isSpent ? thread.end() : this.#keep(thread))
      this.#working.delete(thread)
    }
  }

  #open(bindgen: Bindgen): TranspilerThread {
    const { workerUrl, open = () => openTranspilerThread(workerUrl) } = this.#options
    const thread = open()
    thread.post({ bindgen })
    return thread
  }

  async #load(): Promise<Bindgen> {
    this.#bindgen ??= loadBindgen(this.#options)
    const loading = this.#bindgen
    try {
      return await loading
    } catch (error) {
      if (this.#bindgen === loading) this.#bindgen = undefined
      throw error
    }
  }

  async #keep(thread: TranspilerThread): Promise<void> {
    if (this.#idle !== undefined || this.#bindgen === undefined) return thread.end()
    thread.keepAlive(false)
    const { idleMs = defaultIdleMs } = this.#options
    const timer = setTimeout(() => void this.#takeIdle()?.end(), idleMs)
    // Node's alone: the program may end before.
    ;(timer as { unref?: () => void }).unref?.()
    this.#idle = { thread, timer }
  }

  #takeIdle(): TranspilerThread | undefined {
    const idle = this.#idle
    this.#idle = undefined
    clearTimeout(idle?.timer as Parameters<typeof clearTimeout>[0])
    return idle?.thread
  }
}

async function ask(
  thread: TranspilerThread,
  component: Uint8Array,
  timeoutMs: number,
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)
  thread.listen({
    onAnswer(answer) {
      if (!('ready' in answer)) resolve(answer)
    },
    onEnd: reject,
  })
  try {
    thread.post({ component })
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(timeoutMs: number): ContainerTimeoutError {
  return new ContainerTimeoutError(
    `Taking this component apart took longer than components.timeout (${timeoutMs} ms).`,
    'TIME_LIMIT',
    { timeoutMs },
  )
}

function aborted(cause: unknown): ContainerError {
  return new ContainerError('The start was aborted.', 'ABORTED', { cause })
}
