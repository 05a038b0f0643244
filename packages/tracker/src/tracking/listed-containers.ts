import { Slots } from '../model/slots.ts'
import type { ContainerInfo } from '../model/state.ts'

const none: readonly ContainerInfo[] = []

/**
 * The containers of a listing by workspace, as chains of numbers: a map of lists for thousands of workspaces would be more than
 * the listing itself, each time.
 */
export class ListedContainers {
  readonly #containers: readonly ContainerInfo[]
  readonly #known: Slots
  /** Slots that were known when the listing came. */
  readonly #end: number
  /** Workspaces that are new. */
  readonly #new = new Slots()
  /** By slot, the new ones behind the known ones: the number of the first container, counted from one. */
  readonly #first: Int32Array
  /** The next container of the same workspace; 0 after the last. */
  readonly #next: Int32Array

  constructor(containers: readonly ContainerInfo[], known: Slots) {
    this.#containers = containers
    this.#known = known
    this.#end = known.end
    this.#first = new Int32Array(known.end + containers.length)
    this.#next = new Int32Array(containers.length)
    for (let i = containers.length - 1; i >= 0; i -= 1) {
      const id = containers[i]?.workspaceId ?? ''
      const slot = known.find(id) ?? this.#end + this.#new.open(id)
      this.#next[i] = this.#first[slot] ?? 0
      this.#first[slot] = i + 1
    }
  }

  /** In the order of the listing. */
  of(workspaceId: string): readonly ContainerInfo[] {
    const number = this.#first[this.#slotOf(workspaceId)] ?? 0
    const first = this.#containers[number - 1]
    if (first === undefined) return none
    const found = [first]
    for (let next = this.#next[number - 1] ?? 0; next > 0; next = this.#next[next - 1] ?? 0) {
      const info = this.#containers[next - 1]
      if (info !== undefined) found.push(info)
    }
    return found
  }

  /** What was new may have become known since, in a slot that says nothing here. */
  #slotOf(workspaceId: string): number {
    const added = this.#new.find(workspaceId)
    if (added !== undefined) return this.#end + added
    const slot = this.#known.find(workspaceId) ?? -1
    return slot < this.#end ? slot : -1
  }
}
