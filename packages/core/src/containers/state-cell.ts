import type { GuestState } from '../abi/guest.ts'
import { finishing } from './eventually.ts'
import { copyState, shareStructure } from './state-value.ts'
import type { StateCallback, Unsubscribe } from './types.ts'

export interface StateCellPorts {
  /** Once per change, in a microtask, before the subscribers. */
  readonly onChange: (state: unknown) => void
  /** Whether `onChange` leads to anyone. */
  readonly isWatched: () => boolean
  /** A subscriber threw, or the module could not give its state. */
  readonly onError: (error: unknown) => void
}

/** The state of one container: held by its module, or here. It is read only when someone wants it and it moved. */
export class StateCell {
  readonly #ports: StateCellPorts
  readonly #subscribers = new Set<{ readonly callback: StateCallback }>()
  #source: GuestState | undefined
  #seen: number | bigint | undefined
  #value: unknown
  #announced: unknown
  #version = 0
  #isScheduled = false

  constructor(ports: StateCellPorts) {
    this.#ports = ports
  }

  /** Moves when the value does. */
  get version(): number {
    this.#refresh()
    return this.#version
  }

  get value(): unknown {
    this.#refresh()
    return this.#value
  }

  /** Takes the state of a new module instance. Without a source the value stays as it is. */
  attach(source: GuestState | undefined): void {
    this.#source = source
    this.#seen = undefined
  }

  /** Done at once where the module runs in this thread. */
  set(value: unknown): void | Promise<void> {
    const copy = copyState(value)
    const write = (): void | Promise<void> =>
      this.#source === undefined ? this.#keep(copy) : this.#source.write(copy)
    return finishing(write, () => this.touch())
  }

  /** Sets what changed before anyone could look: no one is told. */
  settle(): void {
    this.#refresh()
    this.#announced = this.#value
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.size > 0
  }

  /** After anything that may have changed the state. */
  touch(): void {
    if (this.#isScheduled || !this.#isFollowed()) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#announce()
    })
  }

  subscribe(callback: StateCallback): Unsubscribe {
    if (typeof callback !== 'function') throw new TypeError('A subscriber is a function.')
    if (!this.#isFollowed()) this.#catchUp()
    const subscriber = { callback }
    this.#subscribers.add(subscriber)
    return () => void this.#subscribers.delete(subscriber)
  }

  clear(): void {
    this.#subscribers.clear()
    this.#source = undefined
  }

  /** Whether a change is told to anyone. */
  #isFollowed(): boolean {
    return this.hasSubscribers || this.#ports.isWatched()
  }

  #refresh(): void {
    const source = this.#source
    if (source === undefined) return
    const version = source.version()
    if (version === this.#seen) return
    // A module that cannot give its state is not asked again until it may have changed.
    this.#seen = version
    this.#keep(source.read())
  }

  #keep(value: unknown): void {
    const next = shareStructure(this.#value, value)
    if (Object.is(next, this.#value)) return
    this.#value = next
    this.#version += 1
  }

  /** Nobody looked so far: only what comes from here on is a change. */
  #catchUp(): void {
    try {
      this.settle()
    } catch (error) {
      this.#ports.onError(error)
    }
  }

  #announce(): void {
    if (!this.#isFollowed()) return
    try {
      this.#refresh()
    } catch (error) {
      return this.#ports.onError(error)
    }
    if (Object.is(this.#value, this.#announced)) return
    this.#announced = this.#value
    this.#ports.onChange(this.#value)
    for (const { callback } of Array.from(this.#subscribers)) this.#tell(callback)
  }

  #tell(callback: StateCallback): void {
    try {
      callback(this.#value)
    } catch (error) {
      this.#ports.onError(error)
    }
  }
}
