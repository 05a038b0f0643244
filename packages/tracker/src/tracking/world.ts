import type { EventDraft } from '../model/events.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { ContainerEvent } from '../model/ports.ts'
import type { ContainerInfo, WorkspaceRecord, WorkspaceState } from '../model/state.ts'
import { ListedContainers } from './listed-containers.ts'
import type { MetricsChange } from './metrics-change.ts'
import type { Track } from './reduce.ts'
import { measure, observe, reconcile, remove } from './reduce.ts'
import { TrackTable } from './track-table.ts'
import { crash, fail, recover } from './trouble.ts'

/** One applied change: what to publish, and the state before and after. */
export interface Change {
  readonly workspaceId: string
  readonly before: WorkspaceState | undefined
  readonly after: WorkspaceState | undefined
  readonly drafts: readonly EventDraft[]
}

/** A whole listing. */
export interface Listing {
  readonly records: readonly WorkspaceRecord[]
  readonly containers: readonly ContainerInfo[]
  readonly at: number
  /** `World.mark` when the listing was asked for. */
  readonly mark: number
}

/** All tracks together: finds the one an input concerns and applies the reducers to it. No clock, no I/O. */
export class World {
  readonly #tracks = new TrackTable()
  readonly #touched = new Map<string, number>()
  #mark = 0

  get size(): number {
    return this.#tracks.size
  }

  /** Grows with every event; tells which events came after a listing was asked for. */
  get mark(): number {
    return this.#mark
  }

  get(workspaceId: string): Track | undefined {
    return this.#tracks.get(workspaceId)
  }

  *states(): IterableIterator<readonly [string, WorkspaceState]> {
    for (const id of this.#tracks.ids()) {
      const state = this.#tracks.get(id)?.state
      if (state !== undefined) yield [id, state]
    }
  }

  /** Applies an event of a container; undefined when its workspace is unknown and cannot be adopted. */
  observe(
    event: ContainerEvent,
    adopt: (info: ContainerInfo) => WorkspaceRecord | undefined,
  ): Change | undefined {
    this.#touched.set(event.containerId, ++this.#mark)
    const known = this.#tracks.get(event.workspaceId)
    const record = known?.record ?? (event.action === 'destroy' ? undefined : adopt(infoOf(event)))
    if (record === undefined) return undefined
    return this.#apply(known, observe(known, record, event))
  }

  /** Whether the event is the end of a container with an error, and no kill or stop was asked for before it. */
  isUnaskedDeath({ action, exitCode = 0, workspaceId, containerId }: ContainerEvent): boolean {
    if (action !== 'die' || exitCode === 0) return false
    const known = this.#tracks.get(workspaceId)?.containers
    return known?.find(({ info }) => info.id === containerId)?.stopAsked !== true
  }

  /** Says of a container's end that it was a crash; undefined when its workspace is gone. */
  crashed(event: ContainerEvent): Change | undefined {
    const known = this.#tracks.get(event.workspaceId)
    return known && this.#apply(known, crash(known, event))
  }

  /**
   * Applies a listing, and lists the containers that it changed although no event had said so. Workspaces that are new are handed
   * out at once as long as nothing else changed, since the first of all listings may bring thousands.
   */
  reconcile(
    listing: Listing,
    onNew?: (change: Change) => void,
  ): {
    readonly changes: readonly Change[]
    readonly surprises: readonly string[]
  } {
    const fresher = new Set<string>()
    for (const [id, mark] of this.#touched) {
      if (mark > listing.mark) fresher.add(id)
      else this.#touched.delete(id)
    }
    const { changes, surprises } = this.#removeUnlisted(listing, fresher)
    const listed = new ListedContainers(listing.containers, this.#tracks.slots)
    for (const record of listing.records) {
      const containers = listed.of(record.id)
      const certain = fresher.size === 0 || !containers.some(({ id }) => fresher.has(id))
      if (certain && this.#tracks.confirm(record, containers, listing.at)) continue
      const known = this.#tracks.get(record.id)
      const truth = { record, containers, at: listing.at, fresher }
      const change = this.#apply(known, reconcile(known, truth))
      if (known === undefined && changes.length === 0 && onNew !== undefined) onNew(change)
      else changes.push(change)
      if (known !== undefined && change.drafts.length > 0) surprises.push(...surprisesOf(change))
    }
    return { changes, surprises }
  }

  /** Counts a failed listing on every workspace. */
  noteSyncFailure(error: string, at: number): void {
    this.#tracks.noteSyncFailure(error, at)
  }

  /** Applies a measurement of a workspace that is well, and writes into `change` what moved; false where `measure` has to be asked. */
  measureInto(stats: ContainerStats, change: MetricsChange): boolean {
    return this.#tracks.measure(stats, change)
  }

  /** Applies a measurement; undefined when it is of a container that is not the workspace's any more. */
  measure(stats: ContainerStats): Change | undefined {
    const known = this.#tracks.get(stats.workspaceId)
    if (known === undefined || known.state.containerId !== stats.containerId) return undefined
    const { cpuPercent, memoryUsage, memoryLimit, networkRxMB, networkTxMB, uptime, lastActivity } =
      stats
    const metrics = {
      cpuPercent,
      memoryUsage,
      memoryLimit,
      networkRxMB,
      networkTxMB,
      uptime,
      lastActivity,
    }
    const [next, drafts] = measure(
      known,
      { ...metrics, errorCount: 0, lastErrorTime: 0 },
      stats.timestamp,
    )
    if (known.trouble?.error.startsWith(unmeasured) !== true)
      return this.#apply(known, [next, drafts])
    const [well, recovery] = recover(next, 'metrics_read', stats.timestamp)
    return this.#apply(known, [well, [...recovery, ...drafts]])
  }

  /** Notes that a running container could not be measured; only the first failure in a row makes an event. */
  measureFailed(failure: {
    workspaceId: string
    error: string
    code: 'NOT_FOUND' | 'UNKNOWN_ERROR'
    at: number
  }): Change | undefined {
    const known = this.#tracks.get(failure.workspaceId)
    if (known === undefined || known.trouble !== null) return undefined
    const error = `${unmeasured}: ${failure.error}`
    const context = { container_id: known.state.containerId }
    return this.#apply(
      known,
      fail(known, { error, code: failure.code, retryCount: 0, context }, failure.at),
    )
  }

  #removeUnlisted(
    listing: Listing,
    fresher: ReadonlySet<string>,
  ): { readonly changes: Change[]; readonly surprises: string[] } {
    const changes: Change[] = []
    const surprises: string[] = []
    const unlisted = this.#unlisted(listing.records)
    if (unlisted.length === 0) return { changes, surprises }
    const homes = new Map(listing.containers.map(({ id, workspaceId }) => [id, workspaceId]))
    for (const id of unlisted) {
      const track = this.#tracks.get(id)
      if (track === undefined || track.containers.some(({ info }) => fresher.has(info.id))) continue
      const drafts = remove(track, listing.at)
      changes.push({ workspaceId: id, before: track.state, after: undefined, drafts })
      const { containerId } = track.state
      // A container that an event has already moved to another workspace was not missed.
      const home = this.#tracks.get(homes.get(containerId) ?? '')
      const moved = home?.containers.some(({ info }) => info.id === containerId) ?? false
      if (containerId !== '' && !moved) surprises.push(containerId)
    }
    for (const { workspaceId } of changes) this.#tracks.delete(workspaceId)
    return { changes, surprises }
  }

  #unlisted(records: readonly WorkspaceRecord[]): readonly string[] {
    const { slots } = this.#tracks
    const seen = new Uint8Array(slots.end)
    for (const { id } of records) {
      const slot = slots.find(id)
      if (slot !== undefined) seen[slot] = 1
    }
    const unlisted: string[] = []
    for (let slot = 0; slot < slots.end; slot += 1) {
      const id = seen[slot] === 0 ? slots.idOf(slot) : undefined
      if (id !== undefined) unlisted.push(id)
    }
    return unlisted
  }

  #apply(
    known: Track | undefined,
    [next, drafts]: readonly [Track, readonly EventDraft[]],
  ): Change {
    this.#tracks.set(next)
    return { workspaceId: next.record.id, before: known?.state, after: next.state, drafts }
  }
}

const unmeasured = 'metrics could not be read'

const surprisesOf = (change: Change): readonly string[] => {
  const id = change.after?.containerId || change.before?.containerId
  return id ? [id] : []
}

const infoOf = (event: ContainerEvent): ContainerInfo => ({
  id: event.containerId,
  name: event.name,
  workspaceId: event.workspaceId,
  image: event.image,
  state: 'created',
  createdAt: event.at,
})
