import { ContainerError } from '../../errors.ts'
import type { GuestLink, LinkListener } from '../remote/link.ts'
import type { HostWorker } from './host-worker.ts'
import { SentModules } from './known-modules.ts'

/** Workers that wait for the next container; more are ended when their container stops. */
const maxIdle = 4

export interface WorkerPoolOptions {
  readonly open: () => HostWorker
  /** Workers with a container, at a time. */
  readonly maxThreads: number
}

/** Workers, each for one container at a time. One that closed its module in order is used again. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #idle: PooledWorker[] = []
  readonly #busy = new Set<PooledWorker>()

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Throws `ContainerError` (`CAPACITY`). */
  take(): GuestLink {
    const { maxThreads, open } = this.#options
    if (this.#busy.size >= maxThreads) {
      throw new ContainerError(
        `${maxThreads} workers have a container each already; stop one, or raise workerThreads.`,
        'CAPACITY',
        { workerThreads: maxThreads },
      )
    }
    const worker = this.#idle.pop() ?? new PooledWorker(open(), (one) => this.#drop(one))
    this.#busy.add(worker)
    return this.#linkTo(worker)
  }

  /** Ends those that wait. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((one) => one.host.end()))
  }

  #linkTo(worker: PooledWorker): GuestLink {
    const { host } = worker
    return {
      place: 'worker',
      control: worker.control,
      post: (ask) => host.post(worker.sent.wrap(ask)),
      listen: (listener) => worker.listen(listener),
      keepAlive: (isBusy) => host.keepAlive(isBusy),
      release: () => this.#release(worker),
      end: () => this.#end(worker),
    }
  }

  async #release(worker: PooledWorker): Promise<void> {
    this.#busy.delete(worker)
    if (worker.isGone) return
    worker.listen(undefined)
    if (this.#idle.length < maxIdle) this.#idle.push(worker)
    else await worker.host.end()
  }

  async #end(worker: PooledWorker): Promise<void> {
    worker.listen(undefined)
    this.#drop(worker)
    await worker.host.end()
  }

  #drop(worker: PooledWorker): void {
    this.#busy.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
  }
}

class PooledWorker {
  readonly host: HostWorker
  readonly control: SharedArrayBuffer | undefined = sharedNumber()
  readonly sent = new SentModules()
  #listener: LinkListener | undefined
  #gone: string | undefined

  constructor(host: HostWorker, onGone: (worker: PooledWorker) => void) {
    this.host = host
    host.onReport((report) => this.#listener?.onReport(report))
    host.onEnd((reason) => {
      this.#gone = reason
      onGone(this)
      this.#listener?.onEnd(reason)
    })
  }

  get isGone(): boolean {
    return this.#gone !== undefined
  }

  listen(listener: LinkListener | undefined): void {
    this.#listener = listener
    if (this.#gone !== undefined) listener?.onEnd(this.#gone)
  }
}

/** A page without cross-origin isolation has no shared memory. */
function sharedNumber(): SharedArrayBuffer | undefined {
  return typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(4) : undefined
}
