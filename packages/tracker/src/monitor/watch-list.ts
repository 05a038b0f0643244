import { nextCapacity, widen } from '../model/capacity.ts'
import { Slots } from '../model/slots.ts'
import { TextColumn } from '../model/text-column.ts'
import type { Pace } from './sampling.ts'

const followedFlag = 1
const queuedFlag = 2
const firstCapacity = 16

/** What is measured, when it is due, and for whom. Numbers stand in shared arrays; a watch is a slot in them. */
export class WatchList {
  readonly #slots = new Slots()
  /** Empty for a slot that is not in use. */
  readonly #containerIds = new TextColumn<string>('')
  #dueAt = new Float64Array(firstCapacity)
  #intervalMs = new Float64Array(firstCapacity)
  #idle = new Uint16Array(firstCapacity)
  #readers = new Uint16Array(firstCapacity)
  #flags = new Uint8Array(firstCapacity)

  get size(): number {
    return this.#slots.size
  }

  /** The slot of a workspace; undefined when it is not measured. */
  find(workspaceId: string): number | undefined {
    return this.#slots.find(workspaceId)
  }

  workspaceIds(): IterableIterator<string> {
    return this.#slots.ids()
  }

  slots(): IterableIterator<number> {
    return this.#slots.slots()
  }

  isUsed(slot: number): boolean {
    return this.#containerIds.get(slot) !== ''
  }

  workspaceOf(slot: number): string {
    return this.#slots.idOf(slot) ?? ''
  }

  containerOf(slot: number): string {
    return this.#containerIds.get(slot)
  }

  /** True while the slot is still the watch of this container. */
  holds(slot: number, containerId: string): boolean {
    return this.#containerIds.get(slot) === containerId
  }

  add(
    workspaceId: string,
    containerId: string,
    when: { dueAt: number; intervalMs: number },
  ): number {
    const slot = this.#slots.open(workspaceId)
    if (slot >= this.#dueAt.length) this.#grow()
    this.#containerIds.set(slot, containerId)
    this.#dueAt[slot] = when.dueAt
    this.#intervalMs[slot] = when.intervalMs
    this.#idle[slot] = 0
    this.#readers[slot] = 0
    this.#flags[slot] = 0
    return slot
  }

  remove(slot: number): void {
    this.#slots.close(this.workspaceOf(slot))
    this.#containerIds.set(slot, '')
  }

  /** Hands out what is due by a time, as queued from then on, and gives the time of the next that is not. */
  takeDue(by: number, take: (slot: number) => void): number {
    let next = Number.POSITIVE_INFINITY
    for (let slot = 0; slot < this.#slots.end; slot += 1) {
      if (!this.isUsed(slot) || this.isQueued(slot)) continue
      const dueAt = this.#dueAt[slot] ?? next
      if (dueAt > by) next = Math.min(next, dueAt)
      else {
        this.setQueued(slot, true)
        take(slot)
      }
    }
    return next
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
    this.#dueAt = widen(this.#dueAt, new Float64Array(capacity))
    this.#intervalMs = widen(this.#intervalMs, new Float64Array(capacity))
    this.#idle = widen(this.#idle, new Uint16Array(capacity))
    this.#readers = widen(this.#readers, new Uint16Array(capacity))
    this.#flags = widen(this.#flags, new Uint8Array(capacity))
  }
}
