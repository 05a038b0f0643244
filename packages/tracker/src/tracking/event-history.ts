import type { EventDraft, TrackerEvent } from '../model/events.ts'
import { toTrackerEvent } from '../model/events.ts'
import type { StatusDraft, UpdateDraft } from './change-drafts.ts'
import { toStatusDraft, toUpdateDraft } from './change-drafts.ts'
import { MetricsChange, changeWidth } from './metrics-change.ts'

/** Measurements of one page, which is made when the first of them comes. */
const pageRows = 256

/** Without the words of changes, of which a first listing brings thousands at once. */
type Kept = EventDraft | Omit<StatusDraft, 'message'> | Omit<UpdateDraft, 'message'>

const toKept = (draft: EventDraft): Kept => {
  const { workspaceId, timestamp } = draft
  if (draft.type === 'status_changed')
    return { type: draft.type, workspaceId, timestamp, data: draft.data }
  if (draft.type === 'container_update')
    return { type: draft.type, workspaceId, timestamp, data: draft.data }
  return draft
}

const fromKept = (kept: Kept): EventDraft => {
  if ('message' in kept) return kept
  return kept.type === 'status_changed'
    ? toStatusDraft(kept.workspaceId, kept.timestamp, kept.data)
    : toUpdateDraft(kept.workspaceId, kept.timestamp, kept.data)
}

/** The newest events, for readers that resume. Measurements are kept as 160 bytes of numbers, others as they are. */
export class EventHistory {
  readonly #size: number
  /** Events by number, around and around; of a measurement the workspace's id, its numbers are in the pages. */
  readonly #entries: (Kept | string)[] = []
  readonly #pages: Float64Array[] = []
  readonly #change = new MetricsChange()
  #seq = 0
  #newestAt = 0

  constructor(size: number) {
    this.#size = Math.max(0, Math.floor(size))
  }

  /** Number of the newest event; 0 before the first. */
  get seq(): number {
    return this.#seq
  }

  /** When the newest event was, in ms since 1970; 0 before the first. */
  get newestAt(): number {
    return this.#newestAt
  }

  /** Numbers an event and keeps it. */
  push(draft: EventDraft): number {
    if (draft.type === 'metrics_update') {
      this.#change.pack(draft)
      return this.pushMetrics(this.#change)
    }
    this.#enter(draft.timestamp, toKept(draft))
    return this.#seq
  }

  /** Numbers a measurement and keeps it. What stands in `change` is copied. */
  pushMetrics(change: MetricsChange): number {
    const at = this.#seq % this.#size
    this.#enter(change.timestamp, change.workspaceId)
    if (this.#size > 0) this.#pageOf(at).set(change.numbers, (at % pageRows) * changeWidth)
    return this.#seq
  }

  /** Kept events after a number, or undefined when some of them are no longer kept (or the number is not ours). */
  since(afterSeq: number): readonly TrackerEvent[] | undefined {
    const oldest = this.#seq - this.#entries.length
    if (!(afterSeq >= oldest && afterSeq <= this.#seq)) return undefined
    return Array.from({ length: this.#seq - afterSeq }, (_, i) => this.#eventOf(afterSeq + i + 1))
  }

  #enter(timestamp: number, entry: Kept | string): void {
    if (this.#size > 0) this.#entries[this.#seq % this.#size] = entry
    this.#seq += 1
    this.#newestAt = timestamp
  }

  #eventOf(seq: number): TrackerEvent {
    const at = (seq - 1) % this.#size
    const entry = this.#entries[at] ?? ''
    if (typeof entry !== 'string') return toTrackerEvent(fromKept(entry), seq)
    const from = (at % pageRows) * changeWidth
    this.#change.workspaceId = entry
    this.#change.numbers.set(this.#pageOf(at).subarray(from, from + changeWidth))
    return toTrackerEvent(this.#change.toDraft(), seq)
  }

  #pageOf(at: number): Float64Array {
    const number = Math.floor(at / pageRows)
    return (this.#pages[number] ??= new Float64Array(pageRows * changeWidth))
  }
}
