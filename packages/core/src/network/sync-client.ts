import { ContainerError, ContainerSecurityError } from '../errors.ts'
import { entryUrl } from '../process/entry-url.ts'
import type { HttpOutcome, HttpRequest, HttpResponse, NetworkPolicy } from './types.ts'

export interface Order {
  readonly id: number
  readonly request: HttpRequest
  readonly timeoutMs: number
}

export interface WorkerData {
  readonly policy: NetworkPolicy
  /** The number of the last order that was done. */
  readonly bell: Int32Array
}

/** Makes requests while its own thread stands still. */
export interface SyncClient {
  /** Throws `ContainerSecurityError` (`FORBIDDEN`) and `ContainerError` (`NETWORK_FAILED`, `SIZE_LIMIT`, `TIME_LIMIT`). */
  request(request: HttpRequest, leftMs: number): HttpResponse
  close(): void
}

interface Port {
  postMessage(message: unknown): void
  unref(): void
  close(): void
}

interface Threads {
  readonly Worker: new (
    url: URL,
    options: object,
  ) => { unref(): void; terminate(): unknown; on(event: 'error', listener: () => void): void }
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port }
  receiveMessageOnPort(
    port: Port,
  ): { readonly message: { id: number; outcome: HttpOutcome } } | undefined
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): Threads
}

/** The other thread keeps the time; this is for one that does not answer at all. */
const graceMs = 2000
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

/**
 * A client whose requests are made by another thread, so that a module need not wait for a promise. Undefined where no thread can wait for another:
 * in browsers.
 */
export function openSyncClient(policy: NetworkPolicy): SyncClient | undefined {
  const { process } = globalThis as { process?: NodeProcess }
  const threads = process?.getBuiltinModule?.('node:worker_threads')
  return threads === undefined ? undefined : new ThreadClient(policy, threads)
}

interface Line {
  readonly port: Port
  readonly bell: Int32Array
  readonly end: () => void
}

class ThreadClient implements SyncClient {
  readonly #policy: NetworkPolicy
  readonly #threads: Threads
  #line: Line | undefined
  #last = 0

  constructor(policy: NetworkPolicy, threads: Threads) {
    this.#policy = policy
    this.#threads = threads
  }

  request(request: HttpRequest, leftMs: number): HttpResponse {
    const line = (this.#line ??= this.#open())
    const timeoutMs = Math.min(this.#policy.timeoutMs, Math.max(leftMs, 1))
    const id = (this.#last += 1)
    line.port.postMessage({ id, request, timeoutMs } satisfies Order)
    Atomics.wait(line.bell, 0, id - 1, timeoutMs + graceMs)
    const message = this.#threads.receiveMessageOnPort(line.port)?.message
    if (message?.id !== id) {
      this.close()
      throw new ContainerError(
        `${request.url} was not asked: the network thread is gone.`,
        'NETWORK_FAILED',
      )
    }
    return unwrap(message.outcome)
  }

  close(): void {
    this.#line?.end()
    this.#line = undefined
    this.#last = 0
  }

  #open(): Line {
    const { port1, port2 } = new this.#threads.MessageChannel()
    const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    const data: WorkerData = { policy: this.#policy, bell }
    const worker = new this.#threads.Worker(entryUrl('network/worker'), {
      workerData: { ...data, port: port2 },
      transferList: [port2],
      resourceLimits,
      env: {},
      execArgv: [],
    })
    worker.on('error', () => undefined)
    worker.unref()
    port1.unref()
    const end = (): void => {
      port1.close()
      worker.terminate()
    }
    return { port: port1, bell, end }
  }
}

function unwrap(outcome: HttpOutcome): HttpResponse {
  if ('response' in outcome) return outcome.response
  const { code, message } = outcome.failure
  if (code === 'FORBIDDEN') throw new ContainerSecurityError(message, code)
  throw new ContainerError(message, code)
}
