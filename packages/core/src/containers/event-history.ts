import type { ContainerEvent } from '../events/container-events.ts'

/** The last events of a container. The list is the same one until an event comes. */
export class EventHistory {
  readonly #limit: number
  #kept: ContainerEvent[] = []
  #shown: readonly ContainerEvent[] | undefined = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get events(): readonly ContainerEvent[] {
    this.#shown ??= this.#kept.slice(-this.#limit)
    return this.#shown
  }

  add(event: ContainerEvent): void {
    this.#kept.push(event)
    if (this.#kept.length > this.#limit * 2) this.#kept = this.#kept.slice(-this.#limit)
    this.#shown = undefined
  }
}
