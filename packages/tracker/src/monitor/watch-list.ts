import { nextCapacity } from '../model/capacity.ts'
import type { Pace } from './sampling.ts'

const followedFlag = 1
const queuedFlag = 2
const firstCapacity = 16

/** What is measured, when it is due, and for whom. Numbers stand in shared arrays; a watch is a slot in them. */
export class WatchList {
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []
  readonly #workspaceIds: string[] = []
  /** Empty for a slot that is not in use. */
  readonly #containerIds: string[] = []
  #dueAt = new Float64Array(firstCapacity)
  #intervalMs = new Float64Array(firstCapacity)
  #idle = new Uint16Array(firstCapacity)
  #readers = new Uint16Array(firstCapacity)
  #flags = new Uint8Array(firstCapacity)

  get size(): number {
    return this.#slots.size
  }

  /** Slots in use and free ones below the highest in use. */
  get capacity(): number {
    return this.#containerIds.length
  }

  /** The slot of a workspace; undefined when it is not measured. */
  find(workspaceId: string): number | undefined {
    return this.#slots.get(workspaceId)
  }

  workspaceIds(): IterableIterator<string> {
    return this.#slots.keys()
  }

  slots(): IterableIterator<number> {
    return this.#slots.values()
  }

  isUsed(slot: number): boolean {
    return (this.#containerIds[slot] ?? '') !== ''
  }

  workspaceOf(slot: number): string {
    return this.#workspaceIds[slot] ?? ''
  }

  containerOf(slot: number): string {
    return this.#containerIds[slot] ?? ''
  }

  /** True while the slot is still the watch of this container. */
  holds(slot: number, containerId: string): boolean {
    return this.#containerIds[slot] === containerId
  }

  add(
    workspaceId: string,
    containerId: string,
    when: { dueAt: number; intervalMs: number },
  ): number {
    const slot = this.#free.pop() ?? this.#containerIds.length
    if (slot >= this.#dueAt.length) this.#grow()
    this.#slots.set(workspaceId, slot)
    this.#workspaceIds[slot] = workspaceId
    this.#containerIds[slot] = containerId
    this.#dueAt[slot] = when.dueAt
    this.#intervalMs[slot] = when.intervalMs
    this.#idle[slot] = 0
    this.#readers[slot] = 0
    this.#flags[slot] = 0
    return slot
  }

  remove(slot: number): void {
    this.#slots.delete(this.workspaceOf(slot))
    this.#workspaceIds[slot] = ''
    this.#containerIds[slot] = ''
    this.#free.push(slot)
  }

  dueAt(slot: number): number {
    return this.#dueAt[slot] ?? Number.POSITIVE_INFINITY
  }

  setDueAt(slot: number, at: number): void {
    this.#dueAt[slot] = at
  }

  pace(slot: number): Pace {
    return { intervalMs: this.intervalMs(slot), idle: this.#idle[slot] ?? 0 }
  }

  intervalMs(slot: number): number {
    return this.#intervalMs[slot] ?? 0
  }

  setPace(slot: number, pace: Pace): void {
    this.#intervalMs[slot] = pace.intervalMs
    this.#idle[slot] = Math.min(pace.idle, 0xffff)
  }

  readers(slot: number): number {
    return this.#readers[slot] ?? 0
  }

  /** Changes the number of readers and gives the new one. */
  addReaders(slot: number, change: number): number {
    const readers = Math.max(0, this.readers(slot) + change)
    this.#readers[slot] = readers
    return readers
  }

  isFollowed(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & followedFlag) !== 0
  }

  setFollowed(slot: number, followed: boolean): void {
    this.#setFlag(slot, followedFlag, followed)
  }

  isQueued(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & queuedFlag) !== 0
  }

  setQueued(slot: number, queued: boolean): void {
    this.#setFlag(slot, queuedFlag, queued)
  }

  #setFlag(slot: number, flag: number, on: boolean): void {
    const flags = this.#flags[slot] ?? 0
    this.#flags[slot] = on ? flags | flag : flags & ~flag
  }

  #grow(): void {
    const capacity = nextCapacity(this.#dueAt.length)
    const widen = <T extends Float64Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.#dueAt = widen(this.#dueAt, new Float64Array(capacity))
    this.#intervalMs = widen(this.#intervalMs, new Float64Array(capacity))
    this.#idle = widen(this.#idle, new Uint16Array(capacity))
    this.#readers = widen(this.#readers, new Uint16Array(capacity))
    this.#flags = widen(this.#flags, new Uint8Array(capacity))
  }
}
