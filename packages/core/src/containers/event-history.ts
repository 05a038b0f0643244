import { ContainerEventType, type ContainerEvent } from '../events/container-events.ts'

/** The last events of a container, made ready only when someone looks. The list is the same one until an event comes. */
export class EventHistory {
  readonly #limit: number
  readonly #containerId: string
  // Rings side by side: keeping an event makes no object.
  readonly #types: ContainerEventType[] = []
  readonly #times: number[] = []
  readonly #data: unknown[] = []
  #next = 0
  #shown: readonly ContainerEvent[] | undefined = []

  constructor(containerId: string, limit: number) {
    this.#containerId = containerId
    this.#limit = limit
  }

  get events(): readonly ContainerEvent[] {
    this.#shown ??= this.#read()
    return this.#shown
  }

  /** Of a call, `data` is the function's name. @param atMs since the epoch */
  add(type: ContainerEventType, atMs: number, data: unknown): void {
    const at = this.#next
    this.#types[at] = type
    this.#times[at] = atMs
    this.#data[at] = data
    this.#next = at + 1 === this.#limit ? 0 : at + 1
    this.#shown = undefined
  }

  #read(): readonly ContainerEvent[] {
    const count = this.#types.length
    const first = count === this.#limit ? this.#next : 0
    return this.#types.map((_, n) => this.#event((first + n) % count))
  }

  #event(at: number): ContainerEvent {
    const type = this.#types[at] as ContainerEventType
    const data = this.#data[at]
    return {
      type,
      timestamp: new Date(this.#times[at] ?? 0),
      containerId: this.#containerId,
      data: type === ContainerEventType.FUNCTION_CALL ? { functionName: data } : data,
    }
  }
}
