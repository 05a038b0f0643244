import type { Guest, GuestCallOptions } from '../abi/guest.ts'
import { toArguments } from './arguments.ts'
import { watched } from './eventually.ts'
import type { Observer } from './observer.ts'
import type { StateCell } from './state-cell.ts'
import type { CallOptions } from './types.ts'

// Node looks its clock up anew wherever it is named.
const monotonic = performance

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

/** Lets no call and no error of a module through that was not counted. */
export class WatchedCalls {
  readonly #ports: WatchedPorts

  constructor(ports: WatchedPorts) {
    this.#ports = ports
  }

  call(guest: Guest, { functionName, args, options }: Asked): unknown {
    if (options.as !== undefined && guest.abi !== 'extism')
      throw new TypeError('"as" is for Extism plugins; other modules say what their results are.')
    const startedMs = monotonic.now()
    this.#ports.observer.called(functionName, args, startedMs)
    let result: unknown
    try {
      result = guest.call(functionName, toArguments(args), timed(options, startedMs))
    } catch (error) {
      this.#failed(guest, startedMs, error)
      throw error
    }
    if (result instanceof Promise) return this.#finishLater(guest, startedMs, result)
    this.#finished(guest, startedMs)
    return result
  }

  /** What is no call of a function, such as setting the state. */
  guard<T>(work: () => T): T {
    return watched(work, this.#ports.onFailure)
  }

  async #finishLater(guest: Guest, startedMs: number, result: Promise<unknown>): Promise<unknown> {
    try {
      const value = await result
      this.#finished(guest, startedMs)
      return value
    } catch (error) {
      this.#failed(guest, startedMs, error)
      throw error
    }
  }

  #failed(guest: Guest, startedMs: number, error: unknown): void {
    this.#ports.onFailure(error)
    this.#finished(guest, startedMs)
  }

  #finished(guest: Guest, startedMs: number): void {
    this.#ports.observer.finished(monotonic.now() - startedMs, guest)
    this.#ports.state.touch()
  }
}

function timed(options: CallOptions, startedMs: number): GuestCallOptions {
  return options.signal === undefined && options.as === undefined
    ? { startedMs }
    : { ...options, startedMs }
}
