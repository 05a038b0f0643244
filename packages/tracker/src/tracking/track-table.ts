import { nextCapacity } from '../model/capacity.ts'
import { ContainerState, WorkspaceStatus } from '../model/state.ts'
import type { ContainerInfo, WorkspaceRecord, WorkspaceState } from '../model/state.ts'
import type { WorkspaceMetrics } from '../model/metrics.ts'
import { formatUptime, parseUptime } from '../monitor/usage.ts'
import type { ContainerView, Track, Trouble } from './reduce.ts'
import { runs, selectPrimary, selectStatus } from './select.ts'

const columns = [
  'createdAt',
  'lastUpdated',
  'lastSyncAttempt',
  'syncAttempts',
  'errorCount',
  'lastErrorTime',
  'cpuPercent',
  'memoryUsage',
  'memoryLimit',
  'networkRxMB',
  'networkTxMB',
  'uptimeMs',
  'lastActivity',
] as const
type Column = (typeof columns)[number]
const width: number = columns.length
const at = Object.fromEntries(columns.map((name, i) => [name, i])) as Record<Column, number>
const containerStates = Object.values(ContainerState)
const statuses = Object.values(WorkspaceStatus)
const [hasMetrics, stopAsked, hasContainer] = [1, 2, 4]
/** Texts of images that many containers share; past this many they are no longer shared. */
const mostImages = 4096
const firstCapacity = 16

/** A text that did not change stays the same string, so that each listing does not leave its own copy behind. */
const kept = (old: string | undefined, next: string): string => (old === next ? old : next)

/**
 * Every track, packed: numbers in one array, and one container without an object. What few workspaces have, such as a second
 * container or a fault, stands aside. Reading makes a fresh value, so what was read before never changes.
 */
export class TrackTable {
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []
  readonly #names: string[] = []
  readonly #containerIds: string[] = []
  readonly #containerNames: string[] = []
  readonly #images: string[] = []
  readonly #imagePool = new Map<string, string>()
  #numbers = new Float64Array(firstCapacity * width)
  #codes = new Uint8Array(firstCapacity * 3)
  /** Containers of workspaces that have more than one. */
  readonly #many = new Map<number, readonly ContainerView[]>()
  readonly #lastErrors = new Map<number, string>()
  readonly #troubles = new Map<number, Trouble>()

  get size(): number {
    return this.#slots.size
  }

  ids(): IterableIterator<string> {
    return this.#slots.keys()
  }

  get(id: string): Track | undefined {
    const slot = this.#slots.get(id)
    return slot === undefined ? undefined : this.#unpack(id, slot)
  }

  set(track: Track): void {
    const { record, containers, state } = track
    const slot = this.#slots.get(record.id) ?? this.#open(record.id)
    this.#names[slot] = kept(record.id, kept(this.#names[slot], record.name))
    this.#packContainers(slot, containers)
    this.#codes[slot * 3] = statuses.indexOf(record.status)
    this.#put(slot, 'lastUpdated', state.lastUpdated)
    this.#put(slot, 'lastSyncAttempt', state.lastSyncAttempt)
    this.#put(slot, 'syncAttempts', state.syncAttempts)
    this.#put(slot, 'errorCount', track.errorCount)
    this.#put(slot, 'lastErrorTime', track.lastErrorTime)
    this.#packMetrics(slot, state.metrics)
    if (state.lastError === '') this.#lastErrors.delete(slot)
    else this.#lastErrors.set(slot, state.lastError)
    if (track.trouble === null) this.#troubles.delete(slot)
    else this.#troubles.set(slot, track.trouble)
  }

  delete(id: string): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    this.#slots.delete(id)
    this.#free.push(slot)
    for (const aside of [this.#many, this.#lastErrors, this.#troubles]) aside.delete(slot)
    for (const texts of [this.#names, this.#containerIds, this.#containerNames, this.#images])
      texts[slot] = ''
  }

  /**
   * Takes note of a listing that agrees with what is kept, which almost all do, without unpacking anything; false when it does
   * not agree, and has to be reconciled.
   */
  confirm(record: WorkspaceRecord, listed: readonly ContainerInfo[], now: number): boolean {
    const slot = this.#slots.get(record.id)
    if (slot === undefined || !this.#agrees(slot, record, listed)) return false
    this.#put(slot, 'lastSyncAttempt', now)
    this.#put(slot, 'syncAttempts', 0)
    const trouble = this.#troubles.get(slot)
    if (trouble !== undefined) this.#lastErrors.set(slot, trouble.error)
    else if (this.#lastErrors.size > 0) this.#lastErrors.delete(slot)
    return true
  }

  /** Counts a failed listing on every workspace. */
  noteSyncFailure(error: string, now: number): void {
    for (const slot of this.#slots.values()) {
      this.#put(slot, 'lastSyncAttempt', now)
      this.#put(slot, 'syncAttempts', this.#number(slot, 'syncAttempts') + 1)
      this.#lastErrors.set(slot, error)
    }
  }

  #agrees(slot: number, record: WorkspaceRecord, listed: readonly ContainerInfo[]): boolean {
    if (this.#many.has(slot) || listed.length > 1) return false
    const sameRecord =
      this.#names[slot] === record.name && statuses[this.#codes[slot * 3] ?? 0] === record.status
    const [info] = listed
    if (!sameRecord || info === undefined) return sameRecord && !this.#has(slot, hasContainer)
    return (
      this.#has(slot, hasContainer) &&
      // A container that survived a signal is no longer about to stop.
      !(this.#has(slot, stopAsked) && runs(info.state)) &&
      this.#containerIds[slot] === info.id &&
      containerStates[this.#codes[slot * 3 + 1] ?? 0] === info.state &&
      this.#number(slot, 'createdAt') === info.createdAt &&
      this.#containerNames[slot] === info.name &&
      this.#images[slot] === info.image
    )
  }

  #unpack(id: string, slot: number): Track {
    const record = {
      id,
      name: this.#names[slot] ?? '',
      status: statuses[this.#codes[slot * 3] ?? 0] ?? WorkspaceStatus.INACTIVE,
    }
    const containers = this.#containersOf(id, slot)
    const primary = selectPrimary(containers)
    const errorCount = this.#number(slot, 'errorCount')
    const lastErrorTime = this.#number(slot, 'lastErrorTime')
    const state: WorkspaceState = {
      workspaceId: id,
      name: record.name,
      status: selectStatus(record, primary),
      containerId: primary?.id ?? '',
      containerState: primary?.state ?? '',
      lastUpdated: this.#number(slot, 'lastUpdated'),
      lastSyncAttempt: this.#number(slot, 'lastSyncAttempt'),
      syncAttempts: this.#number(slot, 'syncAttempts'),
      lastError: this.#lastErrors.get(slot) ?? '',
      metrics: this.#has(slot, hasMetrics) ? this.#metricsOf(slot) : null,
    }
    const trouble = this.#troubles.get(slot) ?? null
    return { record, containers, state, trouble, errorCount, lastErrorTime }
  }

  #containersOf(workspaceId: string, slot: number): readonly ContainerView[] {
    const many = this.#many.get(slot)
    if (many !== undefined || !this.#has(slot, hasContainer)) return many ?? []
    const info = {
      id: this.#containerIds[slot] ?? '',
      name: this.#containerNames[slot] ?? '',
      workspaceId,
      image: this.#images[slot] ?? '',
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
    const workspaceId = view?.info.workspaceId
    this.#containerIds[slot] = kept(this.#containerIds[slot], view?.info.id ?? '')
    const name = view?.info.name ?? ''
    this.#containerNames[slot] = kept(workspaceId, kept(this.#containerNames[slot], name))
    this.#images[slot] = this.#shared(view?.info.image ?? '')
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

  #metricsOf(slot: number): WorkspaceMetrics {
    return {
      cpuPercent: this.#number(slot, 'cpuPercent'),
      memoryUsage: this.#number(slot, 'memoryUsage'),
      memoryLimit: this.#number(slot, 'memoryLimit'),
      networkRxMB: this.#number(slot, 'networkRxMB'),
      networkTxMB: this.#number(slot, 'networkTxMB'),
      uptime: formatUptime(this.#number(slot, 'uptimeMs')),
      lastActivity: this.#number(slot, 'lastActivity'),
      errorCount: this.#number(slot, 'errorCount'),
      lastErrorTime: this.#number(slot, 'lastErrorTime'),
    }
  }

  #packMetrics(slot: number, metrics: WorkspaceMetrics | null): void {
    this.#flag(slot, hasMetrics, metrics !== null)
    if (metrics === null) return
    this.#put(slot, 'cpuPercent', metrics.cpuPercent)
    this.#put(slot, 'memoryUsage', metrics.memoryUsage)
    this.#put(slot, 'memoryLimit', metrics.memoryLimit)
    this.#put(slot, 'networkRxMB', metrics.networkRxMB)
    this.#put(slot, 'networkTxMB', metrics.networkTxMB)
    this.#put(slot, 'uptimeMs', parseUptime(metrics.uptime))
    this.#put(slot, 'lastActivity', metrics.lastActivity)
  }

  #number(slot: number, column: Column): number {
    return this.#numbers[slot * width + at[column]] ?? 0
  }

  #put(slot: number, column: Column, value: number): void {
    this.#numbers[slot * width + at[column]] = value
  }

  #has(slot: number, flag: number): boolean {
    return ((this.#codes[slot * 3 + 2] ?? 0) & flag) !== 0
  }

  #flag(slot: number, flag: number, on: boolean): void {
    const flags = this.#codes[slot * 3 + 2] ?? 0
    this.#codes[slot * 3 + 2] = on ? flags | flag : flags & ~flag
  }

  #open(id: string): number {
    const slot = this.#free.pop() ?? this.#slots.size
    if ((slot + 1) * width > this.#numbers.length) {
      const capacity = nextCapacity(slot + 1)
      const numbers = new Float64Array(capacity * width)
      numbers.set(this.#numbers)
      this.#numbers = numbers
      const codes = new Uint8Array(capacity * 3)
      codes.set(this.#codes)
      this.#codes = codes
    }
    this.#slots.set(id, slot)
    return slot
  }
}
