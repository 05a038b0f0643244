import { nextCapacity, widen } from '../model/capacity.ts'
import { NumberRows } from '../model/number-rows.ts'
import { Slots } from '../model/slots.ts'
import { TextColumn } from '../model/text-column.ts'
import { ContainerState, WorkspaceStatus } from '../model/state.ts'
import type { ContainerInfo, WorkspaceRecord, WorkspaceState } from '../model/state.ts'
import type { ContainerStats, WorkspaceMetrics } from '../model/metrics.ts'
import type { MetricsChange } from './metrics-change.ts'
import { copyMeasured, measuredWidth, packMeasured, unpackMetrics } from './packed-metrics.ts'
import type { ContainerView, Track, Trouble } from './reduce.ts'
import { runs, selectPrimary, selectStatus } from './select.ts'

/** Numbers of each workspace; what was measured stands before them. */
const columns = ['createdAt', 'lastUpdated', 'lastSyncAttempt'] as const
type Column = (typeof columns)[number]
const width: number = measuredWidth + columns.length
const at = Object.fromEntries(columns.map((name, i) => [name, measuredWidth + i])) as Record<
  Column,
  number
>
const containerStates = Object.values(ContainerState)
const statuses = Object.values(WorkspaceStatus)
const [hasMetrics, stopAsked, hasContainer] = [1, 2, 4]
/** Texts of images that many containers share; past this many they are no longer shared. */
const mostImages = 4096
const firstCapacity = 16
const noFaults = { errorCount: 0, lastErrorTime: 0 } as const

/** A text that did not change stays the same string, so that each listing does not leave its own copy behind. */
const kept = (old: string, next: string): string => (old === next ? old : next)

const setAside = <T>(map: Map<number, T>, slot: number, value: T | undefined): void => {
  if (value !== undefined) map.set(slot, value)
  else if (map.size > 0) map.delete(slot)
}

/**
 * Every track, packed: numbers side by side, and one container without an object. What few workspaces have, such as a second
 * container or a fault, stands aside. Reading makes a fresh value, so what was read before never changes.
 */
export class TrackTable {
  readonly #slots = new Slots()
  readonly #names = new TextColumn<string>('')
  readonly #containerIds = new TextColumn<string>('')
  readonly #containerNames = new TextColumn<string>('')
  readonly #images = new TextColumn<string>('')
  readonly #imagePool = new Map<string, string>()
  readonly #numbers = new NumberRows(width)
  #codes = new Uint8Array(firstCapacity * 3)
  /** Containers of workspaces that have more than one. */
  readonly #many = new Map<number, readonly ContainerView[]>()
  readonly #lastErrors = new Map<number, string>()
  readonly #troubles = new Map<number, Trouble>()
  /** Failed listings in a row, where there are any. */
  readonly #syncAttempts = new Map<number, number>()
  readonly #faults = new Map<number, Pick<Track, 'errorCount' | 'lastErrorTime'>>()

  get size(): number {
    return this.#slots.size
  }

  ids(): IterableIterator<string> {
    return this.#slots.ids()
  }

  /** Where each workspace is, for what is kept beside this table for a while. */
  get slots(): Slots {
    return this.#slots
  }

  get(id: string): Track | undefined {
    const slot = this.#slots.find(id)
    return slot === undefined ? undefined : this.#unpack(id, slot)
  }

  set(track: Track): void {
    const { record, containers, state } = track
    const slot = this.#open(record.id)
    this.#names.set(slot, kept(record.id, kept(this.#names.get(slot), record.name)))
    this.#packContainers(slot, containers)
    this.#codes[slot * 3] = statuses.indexOf(record.status)
    this.#put(slot, 'lastUpdated', state.lastUpdated)
    this.#put(slot, 'lastSyncAttempt', state.lastSyncAttempt)
    this.#flag(slot, hasMetrics, state.metrics !== null)
    if (state.metrics !== null) this.#packMeasured(slot, state.metrics)
    const { errorCount, lastErrorTime } = track
    const hasFaults = errorCount !== 0 || lastErrorTime !== 0
    setAside(this.#faults, slot, hasFaults ? { errorCount, lastErrorTime } : undefined)
    setAside(this.#syncAttempts, slot, state.syncAttempts || undefined)
    setAside(this.#lastErrors, slot, state.lastError || undefined)
    setAside(this.#troubles, slot, track.trouble ?? undefined)
  }

  delete(id: string): void {
    const slot = this.#slots.close(id)
    if (slot === undefined) return
    this.#many.delete(slot)
    for (const aside of [this.#lastErrors, this.#troubles, this.#syncAttempts, this.#faults])
      aside.delete(slot)
    for (const texts of [this.#names, this.#containerIds, this.#containerNames, this.#images])
      texts.set(slot, '')
  }

  /**
   * Takes note of a listing that agrees with what is kept, which almost all do, without unpacking anything; false when it does
   * not agree, and has to be reconciled.
   */
  confirm(record: WorkspaceRecord, listed: readonly ContainerInfo[], now: number): boolean {
    const slot = this.#slots.find(record.id)
    if (slot === undefined || !this.#agrees(slot, record, listed)) return false
    this.#put(slot, 'lastSyncAttempt', now)
    if (this.#syncAttempts.size > 0) this.#syncAttempts.delete(slot)
    const trouble = this.#troubles.get(slot)
    if (trouble !== undefined) this.#lastErrors.set(slot, trouble.error)
    else if (this.#lastErrors.size > 0) this.#lastErrors.delete(slot)
    return true
  }

  /**
   * Takes a measurement in without unpacking anything, and writes into `change` what moved; false where there is more to it, such as
   * a second container or a fault, and nothing was taken in.
   */
  measure(stats: ContainerStats, change: MetricsChange): boolean {
    const slot = this.#slots.find(stats.workspaceId)
    if (slot === undefined || this.#containerIds.get(slot) !== stats.containerId) return false
    const plain = this.#has(slot, hasContainer) && !this.#many.has(slot)
    if (!plain || this.#troubles.has(slot)) return false
    const [numbers, row] = [this.#numbers.arrayOf(slot), this.#numbers.placeOf(slot)]
    const { errorCount, lastErrorTime } = this.#faults.get(slot) ?? noFaults
    change.begin(this.#slots.idOf(slot) ?? '', stats.timestamp, this.#has(slot, hasMetrics))
    copyMeasured(numbers, row, change.old)
    packMeasured(stats, numbers, row)
    copyMeasured(numbers, row, change.next)
    change.countFaults(errorCount, lastErrorTime)
    this.#flag(slot, hasMetrics, true)
    this.#put(slot, 'lastUpdated', stats.timestamp)
    return true
  }

  /** Counts a failed listing on every workspace. */
  noteSyncFailure(error: string, now: number): void {
    for (const slot of this.#slots.slots()) {
      this.#put(slot, 'lastSyncAttempt', now)
      this.#syncAttempts.set(slot, (this.#syncAttempts.get(slot) ?? 0) + 1)
      this.#lastErrors.set(slot, error)
    }
  }

  #agrees(slot: number, record: WorkspaceRecord, listed: readonly ContainerInfo[]): boolean {
    if (this.#many.has(slot) || listed.length > 1) return false
    const sameRecord =
      this.#names.get(slot) === record.name &&
      statuses[this.#codes[slot * 3] ?? 0] === record.status
    const [info] = listed
    if (!sameRecord || info === undefined) return sameRecord && !this.#has(slot, hasContainer)
    return (
      this.#has(slot, hasContainer) &&
      // A container that survived a signal is no longer about to stop.
      !(this.#has(slot, stopAsked) && runs(info.state)) &&
      this.#containerIds.get(slot) === info.id &&
      containerStates[this.#codes[slot * 3 + 1] ?? 0] === info.state &&
      this.#number(slot, 'createdAt') === info.createdAt &&
      this.#containerNames.get(slot) === info.name &&
      this.#images.get(slot) === info.image
    )
  }

  #unpack(id: string, slot: number): Track {
    const record = {
      id,
      name: this.#names.get(slot),
      status: statuses[this.#codes[slot * 3] ?? 0] ?? WorkspaceStatus.INACTIVE,
    }
    const containers = this.#containersOf(id, slot)
    const primary = selectPrimary(containers)
    const faults = this.#faults.get(slot) ?? noFaults
    const metrics = this.#has(slot, hasMetrics)
      ? unpackMetrics(this.#numbers.arrayOf(slot), this.#numbers.placeOf(slot), faults)
      : null
    const state: WorkspaceState = {
      workspaceId: id,
      name: record.name,
      status: selectStatus(record, primary),
      containerId: primary?.id ?? '',
      containerState: primary?.state ?? '',
      lastUpdated: this.#number(slot, 'lastUpdated'),
      lastSyncAttempt: this.#number(slot, 'lastSyncAttempt'),
      syncAttempts: this.#syncAttempts.get(slot) ?? 0,
      lastError: this.#lastErrors.get(slot) ?? '',
      metrics,
    }
    const trouble = this.#troubles.get(slot) ?? null
    return { record, containers, state, trouble, ...faults }
  }

  #containersOf(workspaceId: string, slot: number): readonly ContainerView[] {
    const many = this.#many.get(slot)
    if (many !== undefined || !this.#has(slot, hasContainer)) return many ?? []
    const info = {
      id: this.#containerIds.get(slot),
      name: this.#containerNames.get(slot),
      workspaceId,
      image: this.#images.get(slot),
      state: containerStates[this.#codes[slot * 3 + 1] ?? 0] ?? ContainerState.CREATED,
      createdAt: this.#number(slot, 'createdAt'),
    }
    return [{ info, stopAsked: this.#has(slot, stopAsked) }]
  }

  #packContainers(slot: number, containers: readonly ContainerView[]): void {
    const [view] = containers
    if (containers.length > 1) this.#many.set(slot, containers)
    else this.#many.delete(slot)
    this.#flag(slot, hasContainer, view !== undefined)
    this.#flag(slot, stopAsked, view?.stopAsked === true)
    const workspaceId = view?.info.workspaceId ?? ''
    this.#containerIds.set(slot, kept(this.#containerIds.get(slot), view?.info.id ?? ''))
    const name = view?.info.name ?? ''
    this.#containerNames.set(slot, kept(workspaceId, kept(this.#containerNames.get(slot), name)))
    this.#images.set(slot, this.#shared(view?.info.image ?? ''))
    this.#codes[slot * 3 + 1] = view === undefined ? 0 : containerStates.indexOf(view.info.state)
    this.#put(slot, 'createdAt', view?.info.createdAt ?? 0)
  }

  #shared(image: string): string {
    const known = this.#imagePool.get(image)
    if (known !== undefined) return known
    if (this.#imagePool.size >= mostImages) this.#imagePool.clear()
    this.#imagePool.set(image, image)
    return image
  }

  #packMeasured(slot: number, metrics: WorkspaceMetrics): void {
    packMeasured(metrics, this.#numbers.arrayOf(slot), this.#numbers.placeOf(slot))
  }

  #number(slot: number, column: Column): number {
    return this.#numbers.arrayOf(slot)[this.#numbers.placeOf(slot) + at[column]] ?? 0
  }

  #put(slot: number, column: Column, value: number): void {
    this.#numbers.arrayOf(slot)[this.#numbers.placeOf(slot) + at[column]] = value
  }

  #has(slot: number, flag: number): boolean {
    return ((this.#codes[slot * 3 + 2] ?? 0) & flag) !== 0
  }

  #flag(slot: number, flag: number, on: boolean): void {
    const flags = this.#codes[slot * 3 + 2] ?? 0
    this.#codes[slot * 3 + 2] = on ? flags | flag : flags & ~flag
  }

  #open(id: string): number {
    const slot = this.#slots.open(id)
    if ((slot + 1) * 3 > this.#codes.length)
      this.#codes = widen(this.#codes, new Uint8Array(nextCapacity(slot + 1) * 3))
    return slot
  }
}
