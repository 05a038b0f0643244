import type { ContainerEvents } from '../events/container-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import { readOptions } from './checks.ts'
import { abortSignal } from './option-kinds.ts'
import { ContainerStatus, type ContainerID } from './types.ts'
import type { ContainerSource } from './source.ts'

/** A container that is being loaded, prepared or started. */
export interface StartingContainer {
  /** What the container will have; its events carry it from the beginning. */
  readonly id: ContainerID
  /** As it was asked for: a reference or URL. Bytes and scripts without a name are `module`. */
  readonly name: string
  readonly status: typeof ContainerStatus.STARTING
  readonly since: Date
}

/** One start as its work sees it. */
export interface StartSight {
  readonly id: ContainerID
  readonly signal: AbortSignal
}

/** Starts that are under way. Each is told as `container:starting`, and one that fails as `container:error`. */
export class Starts {
  readonly #starts = new Map<ContainerID, { shown: StartingContainer; abort: AbortController }>()
  readonly #events: EventBus<ContainerEvents>
  readonly #now: () => number

  constructor(events: EventBus<ContainerEvents>, now: () => number) {
    this.#events = events
    this.#now = now
  }

  get size(): number {
    return this.#starts.size
  }

  list(): StartingContainer[] {
    return [...this.#starts.values()].map(({ shown }) => shown)
  }

  async run<T>(name: string, work: (start: StartSight) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    const id = crypto.randomUUID()
    const since = new Date(this.#now())
    this.#starts.set(id, { shown: { id, name, status: ContainerStatus.STARTING, since }, abort })
    this.#events.emit('container:starting', { containerId: id, name })
    try {
      return await work({ id, signal: abort.signal })
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.end(id)
      this.#events.emit('container:error', { containerId: id, error })
      throw thrown
    } finally {
      this.end(id)
    }
  }

  /** The container runs, or there is none. */
  end(id: ContainerID): void {
    this.#starts.delete(id)
  }

  abortAll(reason: Error): void {
    for (const { abort } of this.#starts.values()) abort.abort(reason)
  }
}

/** What a source is called before it is loaded. */
export function nameOfSource(source: ContainerSource): string {
  if (typeof source === 'string') return source
  const { name }: { name?: unknown } = Object(source)
  return typeof name === 'string' ? name : 'module'
}

/** That of the options of one start, if any. Throws `TypeError`. */
export function signalOf(options: { readonly signal?: AbortSignal }): AbortSignal | undefined {
  return readOptions('run', options, { signal: abortSignal }).signal
}

export function anyOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other])
}
