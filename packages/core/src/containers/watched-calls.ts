import type { Guest, GuestCallOptions, ReadyCall } from '../abi/guest.ts'
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

/** Lets no call and no error of a module through that was not counted. */
export class WatchedCalls {
  readonly #ports: WatchedPorts
  readonly #observer: Observer
  readonly #state: StateCell
  /** The function that was called last, made ready: most calls are of the same one. */
  #guest: Guest | undefined
  #name: string | undefined
  #ready: ReadyCall | undefined
  /** Of every quick call: one object for all. */
  readonly #timing = { startedMs: untimed }

  constructor(ports: WatchedPorts) {
    this.#ports = ports
    this.#observer = ports.observer
    this.#state = ports.state
  }

  /** A call without options: where the module runs in this thread, nothing is made for it. */
  call(guest: Guest, functionName: string, args: unknown): unknown {
    const { quick } = guest
    const ready = this.#readyCall(guest, functionName)
    if (quick === undefined || ready === undefined || this.#observer.profile !== undefined)
      return this.callWith(guest, { functionName, args, options: {} })
    const startedMs = this.#observer.called(functionName, args)
    this.#timing.startedMs = startedMs
    let result: unknown
    try {
      result = ready(args, this.#timing)
    } catch (error) {
      this.#ports.onFailure(error)
      this.#observer.finishedQuick(guest, quick, startedMs)
      this.#state.touch()
      throw error
    }
    this.#observer.finishedQuick(guest, quick, startedMs)
    if (this.#observer.wantsState || this.#state.hasSubscribers) this.#state.touch()
    return result
  }

  callWith(guest: Guest, { functionName, args, options }: Asked): unknown {
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
    this.#guest = this.#name = this.#ready = undefined
  }

  /** What is no call of a function, such as setting the state. */
  guard<T>(work: () => T): T {
    return watched(work, this.#ports.onFailure)
  }

  #readyCall(guest: Guest, functionName: string): ReadyCall | undefined {
    return functionName === this.#name && guest === this.#guest
      ? this.#ready
      : this.#makeReady(guest, functionName)
  }

  #makeReady(guest: Guest, functionName: string): ReadyCall | undefined {
    this.#ready = guest.quick?.ready(functionName)
    this.#guest = guest
    this.#name = functionName
    return this.#ready
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
