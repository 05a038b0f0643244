import type { ContainerEvent, ContainerEventType } from '../events/container-events.ts'

/** An event as it is kept: it is made ready only when someone looks. */
export interface KeptEvent {
  readonly type: ContainerEventType
  readonly atMs: number
  readonly data: unknown
}

/** The last events of a container. The list is the same one until an event comes. */
export class EventHistory {
  readonly #limit: number
  readonly #containerId: string
  #kept: KeptEvent[] = []
  #shown: readonly ContainerEvent[] | undefined = []

  constructor(containerId: string, limit: number) {
    this.#containerId = containerId
    this.#limit = limit
  }

  get events(): readonly ContainerEvent[] {
    this.#shown ??= this.#kept.slice(-this.#limit).map(({ type, atMs, data }) => ({
      type,
      timestamp: new Date(atMs),
      containerId: this.#containerId,
      data,
    }))
    return this.#shown
  }

  add(event: KeptEvent): void {
    this.#kept.push(event)
    if (this.#kept.length > this.#limit * 2) this.#kept = this.#kept.slice(-this.#limit)
    this.#shown = undefined
  }
}
