import type { ContainerInfo } from '../model/state.ts'

/** Where the workspaces that are known already are. */
export interface KnownSlots {
  /** One more than the highest slot. */
  readonly end: number
  find(workspaceId: string): number | undefined
}

const several = -1

/**
 * The containers of a listing by workspace. Almost every workspace is known and has one container, which takes four bytes; a map
 * of lists for thousands would be more than the listing itself, each time.
 */
export class ListedContainers {
  readonly #containers: readonly ContainerInfo[]
  readonly #slots: KnownSlots
  /** By slot: the number of the only container, from one on. */
  readonly #only: Int32Array
  readonly #others = new Map<string, ContainerInfo[]>()

  constructor(containers: readonly ContainerInfo[], slots: KnownSlots) {
    this.#containers = containers
    this.#slots = slots
    this.#only = new Int32Array(slots.end)
    for (const [i, info] of containers.entries()) this.#add(info, i + 1)
  }

  of(workspaceId: string): readonly ContainerInfo[] {
    const only = this.#onlyAt(this.#slots.find(workspaceId))
    return only === undefined ? (this.#others.get(workspaceId) ?? []) : [only]
  }

  #add(info: ContainerInfo, number: number): void {
    const { workspaceId } = info
    const slot = this.#slots.find(workspaceId)
    if (slot !== undefined && this.#only[slot] === 0) {
      this.#only[slot] = number
      return
    }
    const others = this.#others.get(workspaceId)
    const first = this.#onlyAt(slot)
    if (slot !== undefined) this.#only[slot] = several
    if (others !== undefined) others.push(info)
    else this.#others.set(workspaceId, first === undefined ? [info] : [first, info])
  }

  #onlyAt(slot: number | undefined): ContainerInfo | undefined {
    const number = slot === undefined ? 0 : (this.#only[slot] ?? 0)
    return number > 0 ? this.#containers[number - 1] : undefined
  }
}
