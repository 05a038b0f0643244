import { ContainerEventType, type ContainerEvent } from '../events/container-events.ts'

/** Calls of one function that came without another event or a look at the clock between them are one entry. */
interface Entry {
  readonly type: ContainerEventType
  /** Since the epoch. */
  readonly atMs: number
  readonly data: unknown
  count: number
}

/** The last events of a container, made ready only when someone looks. The list is the same one until an event comes. */
export class EventHistory {
  readonly #limit: number
  readonly #containerId: string
  readonly #entries: Entry[] = []
  /** Of the oldest entry, once there are as many as are kept. */
  #oldest = 0
  #last: Entry | undefined
  #shown: readonly ContainerEvent[] | undefined = []

  constructor(containerId: string, limit: number) {
    this.#containerId = containerId
    this.#limit = limit
  }

  get events(): readonly ContainerEvent[] {
    this.#shown ??= this.#read()
    return this.#shown
  }

  /** @param atMs since the epoch */
  add(type: ContainerEventType, atMs: number, data: unknown): void {
    const entry = { type, atMs, data, count: 1 }
    this.#shown = undefined
    this.#last = entry
    if (this.#entries.length < this.#limit) this.#entries.push(entry)
    else {
      this.#entries[this.#oldest] = entry
      this.#oldest = (this.#oldest + 1) % this.#limit
    }
  }

  /** So many calls of the function that the last entry is of, without another look at the clock. */
  repeat(calls: number): void {
    if (this.#last === undefined || calls === 0) return
    this.#last.count += calls
    this.#shown = undefined
  }

  /** A call. Most are of the function that was called just before, and make no object. */
  addCall(functionName: string, atMs: number): void {
    const last = this.#last
    if (last !== undefined && last.data === functionName && last.atMs === atMs && isCall(last)) {
      last.count += 1
      this.#shown = undefined
    } else this.add(ContainerEventType.FUNCTION_CALL, atMs, functionName)
  }

  #read(): readonly ContainerEvent[] {
    const inOrder = [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)]
    const events: ContainerEvent[] = []
    for (const entry of inOrder.reverse())
      for (let left = entry.count; left > 0 && events.length < this.#limit; left -= 1)
        events.push(this.#event(entry))
    return events.reverse()
  }

  #event(entry: Entry): ContainerEvent {
    const { type, atMs, data } = entry
    return {
      type,
      timestamp: new Date(atMs),
      containerId: this.#containerId,
      data: isCall(entry) ? { functionName: data } : data,
    }
  }
}

function isCall({ type }: Entry): boolean {
  return type === ContainerEventType.FUNCTION_CALL
}
