/** A port of Node's `worker_threads`. */
export interface NodePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): void
  ref(): void
  unref(): void
  close(): void
}

export type ReceiveMessage = (port: NodePort) => { readonly message: unknown } | undefined

/** What a worker of Node is given beside its script. */
export interface WorkerData {
  readonly port: NodePort
  readonly counts: SharedArrayBuffer
}

interface CountedPortOptions extends WorkerData {
  readonly receive: ReceiveMessage
  readonly side: 'caller' | 'worker'
}

/** Counts of what was sent, and whether the worker stays awake: a cache line apart, so that a thread that counts disturbs none that looks. */
const places = { caller: 0, worker: 16, awake: 32 } as const
export const countsBytes = 192

/**
 * One end of a channel between two threads. Looking whether something came costs nanoseconds, as sent messages are counted in shared memory.
 *
 * No message is lost or late: each stays in the port's own queue and wakes the event loop of its receiver, whoever looks for it or not, and a
 * look takes from the same queue. The count only says that a look may find something: one that is wrong costs a look.
 */
export class CountedPort {
  readonly #port: NodePort
  readonly #receive: ReceiveMessage
  readonly #counts: Int32Array
  readonly #own: number
  readonly #other: number
  #received = 0

  constructor({ port, counts, receive, side }: CountedPortOptions) {
    this.#port = port
    this.#receive = receive
    this.#counts = new Int32Array(counts)
    this.#own = places[side]
    this.#other = places[side === 'caller' ? 'worker' : 'caller']
  }

  post(message: unknown): void {
    this.#port.postMessage(message)
    Atomics.add(this.#counts, this.#own, 1)
  }

  /** Called by the event loop, for what no look took. */
  listen(listener: (message: unknown) => void): void {
    this.#port.on('message', (message) => {
      this.#received = (this.#received + 1) | 0
      listener(message)
    })
  }

  /** Whether a look may find something. */
  hasNext(): boolean {
    return Atomics.load(this.#counts, this.#other) !== this.#received
  }

  /** The next message, if it is there. */
  take(): { readonly message: unknown } | undefined {
    return this.hasNext() ? this.drain() : undefined
  }

  /** The same, counted or not: a thread that ends may have sent more than it counted. */
  drain(): { readonly message: unknown } | undefined {
    const got = this.#receive(this.#port)
    if (got !== undefined) this.#received = (this.#received + 1) | 0
    return got
  }

  /** Said by the worker: whether the caller may expect it to look for the next ask. */
  stayAwake(isAwake: boolean): void {
    Atomics.store(this.#counts, places.awake, isAwake ? 1 : 0)
  }

  isOtherAwake(): boolean {
    return Atomics.load(this.#counts, places.awake) === 1
  }
}
