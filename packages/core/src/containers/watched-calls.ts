import type { Guest, GuestCallOptions, QuickGuest, ReadyCall } from '../abi/guest.ts'
import { unwatched } from '../abi/budget.ts'
import { toArguments } from './arguments.ts'
import { untimed } from './call-times.ts'
import { watched } from './eventually.ts'
import type { Observer } from './observer.ts'
import type { StateCell } from './state-cell.ts'
import type { CallOptions } from './types.ts'

interface WatchedPorts {
  readonly observer: Observer
  readonly state: StateCell
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
  readonly call: ReadyCall
  readonly quick: QuickGuest
}

/** Lets no call and no error of a module through that was not counted. */
export class WatchedCalls {
  readonly #ports: WatchedPorts
  readonly #observer: Observer
  readonly #state: StateCell
  /** The function that was called last, made ready: most calls are of the same one. */
  #last: Ready | undefined

  constructor(ports: WatchedPorts) {
    this.#ports = ports
    this.#observer = ports.observer
    this.#state = ports.state
  }

  /** A call without options: where the module runs in this thread, nothing is made for it. */
  call(guest: Guest, functionName: string, args: unknown): unknown {
    const last = this.#last
    if (last === undefined || last.functionName !== functionName)
      return this.#callOther(guest, functionName, args)
    if (!this.#observer.repeats()) return this.#callReady(last, args)
    let result: unknown
    try {
      result = last.call(args, unwatched)
    } catch (error) {
      return this.#failedQuick(last, error, untimed)
    }
    this.#observer.repeated(last.quick)
    if (this.#observer.isDisturbed) this.#state.touch()
    return result
  }

  callWith(guest: Guest, { functionName, args, options }: Asked): unknown {
    this.#last = undefined
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
  forget(next: Guest): void {
    this.#observer.profile?.keep(next.functions)
    this.#last = undefined
    this.#observer.disturb()
  }

  /** What is no call of a function, such as setting the state. */
  guard<T>(work: () => T): T {
    return watched(work, this.#ports.onFailure)
  }

  #callOther(guest: Guest, functionName: string, args: unknown): unknown {
    const ready = this.#makeReady(guest, functionName)
    return ready === undefined
      ? this.callWith(guest, { functionName, args, options: {} })
      : this.#callReady(ready, args)
  }

  #callReady(ready: Ready, args: unknown): unknown {
    const { guest, functionName, quick } = ready
    const startedMs = this.#observer.called(functionName, args)
    let result: unknown
    try {
      result = ready.call(args, startedMs < 0 ? unwatched : { startedMs })
    } catch (error) {
      return this.#failedQuick(ready, error, startedMs)
    }
    this.#observer.finishedQuick(guest, quick, startedMs)
    if (this.#state.hasSubscribers || this.#observer.wantsState) this.#state.touch()
    else this.#observer.rest(guest)
    return result
  }

  #failedQuick({ guest, quick }: Ready, error: unknown, startedMs: number): never {
    this.#ports.onFailure(error)
    this.#observer.finishedQuick(guest, quick, startedMs)
    this.#state.touch()
    throw error
  }

  /** `undefined` where a call has to look at more than its arguments. */
  #makeReady(guest: Guest, functionName: string): Ready | undefined {
    const { quick } = guest
    const call = this.#observer.profile === undefined ? quick?.ready(functionName) : undefined
    if (quick === undefined || call === undefined) return undefined
    this.#last = { guest, functionName, call, quick }
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

function timed(options: CallOptions, startedMs: number): GuestCallOptions {
  return options.signal === undefined && options.as === undefined
    ? { startedMs }
    : { ...options, startedMs }
}
