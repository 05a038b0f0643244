import { ContainerError, ContainerTimeoutError } from '../../errors.ts'
import { findUnsaid } from '../../abi/json-text.ts'
import type { GuestLink } from './link.ts'
import type { Order, Report, Seen } from './messages.ts'
import { fromWireError } from './wire-error.ts'

/** A place that can be reached while a module runs stops it itself; it is ended only when that takes longer than this. */
const graceMs = 1000
/** One that cannot be reached is given the time of a short call. */
const unreachableGraceMs = 50

export interface AskOptions {
  /** Milliseconds after which the place is ended. */
  readonly limitMs?: number
  readonly signal?: Pick<AbortSignal, 'aborted' | 'reason'> | undefined
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly settle: () => void
  readonly signal: AskOptions['signal']
}

export interface ConversationPorts {
  readonly onSeen: (seen: Seen) => void
  readonly onMessage: (report: Exclude<Report, { kind: 'answer' | 'failure' }>) => void
}

/** Asks and answers over a link. Whatever does not answer in time is ended, and everything asked of it rejects. */
export class Conversation {
  /** Resolves when the place is gone without having been asked to go. */
  readonly lost: Promise<ContainerError>
  readonly #link: GuestLink
  readonly #ports: ConversationPorts
  readonly #control: Int32Array | undefined
  readonly #pending = new Map<number, Pending>()
  readonly #lose: (error: ContainerError) => void
  #gone: Error | undefined
  #last = 0

  constructor(link: GuestLink, ports: ConversationPorts) {
    const { promise, resolve } = Promise.withResolvers<ContainerError>()
    this.lost = promise
    this.#lose = resolve
    this.#link = link
    this.#ports = ports
    this.#control = link.control === undefined ? undefined : new Int32Array(link.control)
    link.listen({
      onReport: (report) => this.#receive(report),
      onEnd: (reason) => this.#end(crashed(link.place, reason)),
    })
  }

  get isBusy(): boolean {
    return this.#pending.size > 0
  }

  ask(order: Order, options: AskOptions = {}): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    this.#last = (this.#last % 0x7fff_fffe) + 1
    const id = this.#last
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const settle = this.#watch(id, options)
    this.#pending.set(id, { resolve, reject, settle, signal: options.signal })
    this.#link.keepAlive(true)
    try {
      this.#link.post({ ...order, id })
    } catch (cause) {
      this.#take(id)
      const unsaid = order.kind === 'call' ? findUnsaid(order.args) : undefined
      const what = `What is passed to a ${this.#link.place} is plain data.`
      reject(unsaid ?? new TypeError(what, { cause }))
    }
    return promise
  }

  /** Ends the place; what was asked rejects with the error. */
  async kill(error: Error): Promise<void> {
    this.#gone ??= error
    this.#rejectAll(error)
    await this.#link.end()
  }

  /** Gives the place back. */
  async leave(error: Error): Promise<void> {
    this.#gone ??= error
    await this.#link.release()
  }

  #watch(id: number, { limitMs = Infinity, signal }: AskOptions): () => void {
    const timers: ReturnType<typeof setTimeout>[] = []
    const endIn = (ms: number, error: () => ContainerError): void => {
      timers.push(setTimeout(() => this.#end(error()), ms))
    }
    if (limitMs < 2 ** 31 - graceMs)
      endIn(limitMs + graceMs, () => overdue(this.#link.place, limitMs))
    const onAbort = (): void => {
      if (this.#control !== undefined) Atomics.store(this.#control, 0, id)
      const grace = this.#control === undefined ? unreachableGraceMs : graceMs
      endIn(grace, () => abandoned(this.#link.place, signal?.reason))
    }
    const target = signal instanceof AbortSignal ? signal : undefined
    target?.addEventListener('abort', onAbort, { once: true })
    return () => {
      for (const timer of timers) clearTimeout(timer)
      target?.removeEventListener('abort', onAbort)
    }
  }

  #receive(report: Report): void {
    if (this.#gone !== undefined) return
    if (report.kind !== 'answer' && report.kind !== 'failure') return this.#ports.onMessage(report)
    const pending = this.#take(report.id)
    if (pending === undefined) return
    this.#ports.onSeen(report.seen)
    if (report.kind === 'answer') return pending.resolve(report.value)
    const { error } = report
    const cause = error.code === 'ABORTED' ? { cause: pending.signal?.reason } : {}
    pending.reject(fromWireError(error, cause))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    pending.settle()
    if (!this.isBusy) this.#link.keepAlive(false)
    return pending
  }

  #end(error: ContainerError): void {
    if (this.#gone !== undefined) return
    void this.kill(error)
    this.#lose(error)
  }

  #rejectAll(error: Error): void {
    for (const id of this.#pending.keys()) this.#take(id)?.reject(error)
  }
}

const afterwards = 'What the module held is lost; restart the container.'

function overdue(place: string, limitMs: number): ContainerError {
  return new ContainerTimeoutError(
    `The call did not stop when maxCpuTime (${limitMs} ms) was over, so its ${place} was ended. ${afterwards}`,
    'TIME_LIMIT',
    { limitMs, lost: place },
  )
}

function abandoned(place: string, cause: unknown): ContainerError {
  return new ContainerError(
    `The call was aborted and did not stop, so its ${place} was ended. ${afterwards}`,
    'ABORTED',
    { lost: place, cause },
  )
}

function crashed(place: string, reason: string): ContainerError {
  return new ContainerError(
    `The container's ${place} is gone: ${reason}. ${afterwards}`,
    'RUNTIME_LOST',
    {
      lost: place,
      reason,
    },
  )
}
