import type { Burst, BurstOwner } from '../abi/burst.ts'
import {
  unwatched,
  type BoundCall,
  type Guest,
  type GuestCallOptions,
  type QuickGuest,
  type ReadyFunction,
} from '../abi/guest.ts'
import { noFunction } from '../abi/no-function.ts'
import { toArguments } from './arguments.ts'
import { refuseUnknown } from './checks.ts'
import { refuseToWait, wouldWait, type CalledContainer } from './call-now.ts'
import type { CallQueue } from './call-queue.ts'
import { untimed } from './call-times.ts'
import { watched } from './eventually.ts'
import type { Observer } from './observer.ts'
import type { StateCell } from './state-cell.ts'
import type { CallOptions } from './types.ts'

interface WatchedPorts {
  readonly container: CalledContainer
  readonly queue: CallQueue
  readonly observer: Observer
  readonly state: StateCell
  /** The module, unless it ended. */
  readonly live: () => Guest
  readonly ended: () => Error
  readonly onFailure: (error: unknown) => void
}

/** A call as it was asked for. */
interface Asked {
  readonly functionName: string
  readonly args: unknown
  readonly options: CallOptions
}

/** A call that was begun. */
interface Begun {
  readonly guest: Guest
  readonly functionName: string
  readonly startedMs: number
}

/** A function of a guest in this thread. */
interface Ready {
  readonly guest: Guest
  readonly functionName: string
  readonly call: ReadyFunction
  readonly burst: Burst
  readonly quick: QuickGuest
}

/** Lets no call and no error of a module through that was not counted. */
export class WatchedCalls implements BurstOwner {
  readonly #ports: WatchedPorts
  readonly #observer: Observer
  readonly #state: StateCell
  readonly #queue: CallQueue
  #guest: Guest | undefined
  /** The function that was called last, made ready: most calls are of the same one. */
  #last: Ready | undefined

  constructor(ports: WatchedPorts) {
    this.#ports = ports
    this.#observer = ports.observer
    this.#state = ports.state
    this.#queue = ports.queue
  }

  /** A call without options. */
  call(functionName: string, args: unknown): Promise<unknown> {
    const last = this.#last
    if (last === undefined || last.functionName !== functionName || !last.burst.isOpen)
      return this.#queue.runWith(this.#perform, functionName, args)
    try {
      return Promise.resolve(last.call.next(args))
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is passed on as it came
      return Promise.reject(error)
    }
  }

  /** The same at once. Throws `WOULD_WAIT` where that cannot be. */
  callSync(functionName: string, args: unknown): unknown {
    const last = this.#last
    return last !== undefined && last.functionName === functionName && last.burst.isOpen
      ? last.call.next(args)
      : this.#callNow(functionName, args)
  }

  /** The same for one function, which the module must have. */
  bindSync(functionName: string): BoundCall {
    const { container, live, ended } = this.#ports
    if (this.#queue.isClosed) throw ended()
    const guest = live()
    if (guest.quick === undefined) refuseToWait(container, guest)
    if (!guest.functions.includes(functionName)) noFunction(functionName, guest.functions)
    const otherwise: BoundCall = (...args) => this.callSync(functionName, args)
    if (this.#observer.profile !== undefined) return otherwise
    return guest.quick?.ready(functionName)?.bind(otherwise) ?? otherwise
  }

  callWith(guest: Guest, { functionName, args, options }: Asked): unknown {
    this.#last = undefined
    refuseUnknown('call', options, callOptions)
    if (options.as !== undefined && guest.abi !== 'extism')
      throw new TypeError('"as" is for Extism plugins; other modules say what their results are.')
    const startedMs = this.#observer.look()
    const begun = { guest, functionName, startedMs }
    this.#observer.called(functionName, args)
    let result: unknown
    try {
      result = guest.call(functionName, toArguments(args), timed(options, startedMs))
    } catch (error) {
      this.#failed(begun, error)
      throw error
    }
    if (result instanceof Promise) return this.#finishLater(begun, result)
    this.#finished(begun, false)
    return result
  }

  /** Lets go of a module that was replaced by another. */
  follow(guest: Guest): void {
    this.#observer.follow(guest)
    this.#last = undefined
    this.#guest = guest
    if (guest.quick !== undefined) guest.quick.bursts.owner = this
  }

  /** What is no call of a function, such as setting the state. */
  guard<T>(work: () => T): T {
    return watched(work, this.#ports.onFailure)
  }

  takeBack(left: number, isRunning: boolean): void {
    this.#observer.takeBack(left)
    if (isRunning) this.#queue.occupy()
  }

  returned(): void {
    const quick = this.#guest?.quick
    if (this.#guest !== undefined && quick !== undefined)
      this.#observer.finishedQuick(this.#guest, quick, untimed)
    this.#state.touch()
    this.#queue.leave()
  }

  failed(error: unknown): never {
    this.#ports.onFailure(error)
    this.returned()
    throw error
  }

  #callNow(functionName: string, args: unknown): unknown {
    const { container, live, ended } = this.#ports
    if (!this.#queue.enter()) throw this.#queue.isClosed ? ended() : wouldWait(container)
    try {
      const guest = live()
      if (guest.quick === undefined) refuseToWait(container, guest)
      return this.#callOf(guest, functionName, args)
    } finally {
      this.#queue.leave()
    }
  }

  readonly #perform = (functionName: string, args: unknown): unknown =>
    this.#callOf(this.#ports.live(), functionName, args)

  #callOf(guest: Guest, functionName: string, args: unknown): unknown {
    const ready = this.#ready(guest, functionName)
    return ready === undefined
      ? this.callWith(guest, { functionName, args, options: {} })
      : this.#callReady(ready, args)
  }

  #callReady(ready: Ready, args: unknown): unknown {
    const { guest, functionName, quick, call } = ready
    const startedMs = this.#observer.called(functionName, args)
    let result: unknown
    try {
      result = call.call(args, startedMs < 0 ? unwatched : { startedMs })
    } catch (error) {
      this.#ports.onFailure(error)
      this.#observer.finishedQuick(guest, quick, startedMs)
      this.#state.touch()
      throw error
    }
    this.#observer.finishedQuick(guest, quick, startedMs)
    if (this.#state.hasSubscribers || this.#observer.wantsState) this.#state.touch()
    else if (this.#queue.isAlone) this.#observer.allowBurst(call)
    return result
  }

  /** `undefined` where a call has to look at more than its arguments. */
  #ready(guest: Guest, functionName: string): Ready | undefined {
    if (this.#last?.functionName === functionName) return this.#last
    const { quick } = guest
    const call = this.#observer.profile === undefined ? quick?.ready(functionName) : undefined
    if (quick === undefined || call === undefined) return undefined
    this.#last = { guest, functionName, call, burst: call.burst, quick }
    return this.#last
  }

  async #finishLater(begun: Begun, result: Promise<unknown>): Promise<unknown> {
    try {
      const value = await result
      this.#finished(begun, false)
      return value
    } catch (error) {
      this.#failed(begun, error)
      throw error
    }
  }

  #failed(begun: Begun, error: unknown): void {
    this.#ports.onFailure(error)
    this.#finished(begun, true)
  }

  #finished({ guest, functionName, startedMs }: Begun, isError: boolean): void {
    const { profile } = this.#observer
    profile?.add(functionName, performance.now() - startedMs, isError)
    this.#observer.finished(guest, startedMs)
    this.#state.touch()
  }
}

const callOptions = { signal: true, as: true } satisfies Record<keyof CallOptions, true>

function timed(options: CallOptions, startedMs: number): GuestCallOptions {
  return options.signal === undefined && options.as === undefined
    ? { startedMs }
    : { ...options, startedMs }
}
