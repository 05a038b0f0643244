import { ContainerError } from '../errors.ts'
import type { ContainerInstance } from './instance.ts'
import { ContainerStatus, type Clock, type ContainerConfig } from './types.ts'
import type { ContainerSource } from './source.ts'

/** A share in a container that several callers use. */
export interface ContainerLease {
  /** The same for all shares of one container. */
  readonly key: string
  readonly instance: Promise<ContainerInstance>
  /** Gives the share back; calling it again does nothing. */
  release(): void
}

interface Entry {
  readonly instance: Promise<ContainerInstance>
  /** Once it has started. */
  current?: ContainerInstance
  shares: number
  cancelGrace: () => void
}

export interface LeasePorts {
  readonly clock: Clock
  readonly graceMs: number
  readonly run: (source: ContainerSource, config: ContainerConfig) => Promise<ContainerInstance>
}

/** Containers shared by module and options, each stopped a while after its last share was released. */
export class Leases {
  readonly #ports: LeasePorts
  readonly #entries = new Map<string, Entry>()
  readonly #identities = new Identities()

  constructor(ports: LeasePorts) {
    this.#ports = ports
  }

  acquire(source: ContainerSource, config: ContainerConfig): ContainerLease {
    const key = this.#identities.keyOf([source, config])
    const entry = this.#usable(key) ?? this.#start(key, source, config)
    entry.shares += 1
    entry.cancelGrace()
    let isReleased = false
    return {
      key,
      instance: entry.instance,
      release: () => {
        if (isReleased) return
        isReleased = true
        this.#release(key, entry)
      },
    }
  }

  clear(): void {
    for (const { cancelGrace } of this.#entries.values()) cancelGrace()
    this.#entries.clear()
  }

  #usable(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    const status = entry?.current?.status
    // Someone may have stopped it by hand.
    const isOver = status === ContainerStatus.STOPPED || status === ContainerStatus.STOPPING
    return isOver ? undefined : entry
  }

  #start(key: string, source: ContainerSource, config: ContainerConfig): Entry {
    const instance = this.#ports.run(source, config)
    const entry: Entry = { instance, shares: 0, cancelGrace: () => undefined }
    this.#entries.set(key, entry)
    // A start that failed is tried anew by whoever comes next.
    instance.then(
      (one) => void (entry.current = one),
      () => this.#forget(key, entry),
    )
    return entry
  }

  #release(key: string, entry: Entry): void {
    entry.shares -= 1
    if (entry.shares > 0 || this.#entries.get(key) !== entry) return
    entry.cancelGrace = this.#ports.clock.setTimer(this.#ports.graceMs, () => {
      this.#forget(key, entry)
      entry.instance.then((one) => one.stop()).catch(ignoreReported)
    })
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }
}

/** What a container could not do while it stopped was told as an event already; a start that failed, to its caller. */
function ignoreReported(error: unknown): void {
  if (!(error instanceof ContainerError)) throw error
}

/** Text that is equal for equal plain data; functions, bytes and other objects count as themselves. */
class Identities {
  readonly #numbers = new WeakMap<object, number>()
  #last = 0

  keyOf(value: unknown): string {
    const plain = (one: unknown): unknown => this.#plain(one)
    // What `toJSON` makes of a date or URL is text that something else may be as well.
    const replace = function (this: unknown, key: string): unknown {
      return plain((this as Record<string, unknown>)[key])
    }
    return JSON.stringify(value, replace) ?? 'undefined'
  }

  #plain(value: unknown): unknown {
    // In quotes of its own, so that none looks like what JSON does not have.
    if (typeof value === 'string') return `"${value}"`
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`
    if (typeof value === 'function') return this.#numberOf(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype !== Object.prototype && prototype !== null) return this.#numberOf(value)
    return Object.fromEntries(
      Object.entries(value).sort(([a], [b]) => Number(a > b) - Number(a < b)),
    )
  }

  #numberOf(value: object): string {
    const known = this.#numbers.get(value) ?? (this.#last += 1)
    this.#numbers.set(value, known)
    return `#${known}`
  }
}
