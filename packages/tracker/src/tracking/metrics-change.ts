import type { EventDraft } from '../model/events.ts'
import type { WorkspaceMetrics } from '../model/metrics.ts'
import { measuredWidth, packMetrics, packedWidth, unpackMetrics } from './packed-metrics.ts'

const [atTimestamp, atHasOld, atOld] = [0, 1, 2]
const atNew: number = atOld + packedWidth

/** Numbers of one change. */
export const changeWidth: number = atNew + packedWidth

/** An event of new measurements, before it is numbered. */
export type MetricsDraft = Extract<EventDraft, { type: 'metrics_update' }>

/** The event of new measurements, and of how far they moved. */
export const toMetricsUpdate = (
  workspaceId: string,
  timestamp: number,
  { old, next }: { readonly old: WorkspaceMetrics | null; readonly next: WorkspaceMetrics },
): MetricsDraft => {
  const delta = {
    cpuPercentDelta: next.cpuPercent - (old?.cpuPercent ?? 0),
    memoryUsageDelta: next.memoryUsage - (old?.memoryUsage ?? 0),
    networkRxDelta: next.networkRxMB - (old?.networkRxMB ?? 0),
    networkTxDelta: next.networkTxMB - (old?.networkTxMB ?? 0),
  }
  return {
    type: 'metrics_update',
    workspaceId,
    timestamp,
    message: `metrics of ${workspaceId}`,
    data: { oldMetrics: old, newMetrics: next, updatedAt: timestamp, delta },
  }
}

/**
 * A `metrics_update` as numbers. Almost all events are of this type, and hardly one is ever read again: as objects they would
 * outlive the young generation and fill the old one.
 */
export class MetricsChange {
  workspaceId = ''
  readonly numbers: Float64Array = new Float64Array(changeWidth)

  /** Where the metrics before and after are written to. */
  readonly old: Float64Array = this.numbers.subarray(atOld, atNew)
  readonly next: Float64Array = this.numbers.subarray(atNew)

  /** In ms since 1970. */
  get timestamp(): number {
    return this.numbers[atTimestamp] ?? 0
  }

  /** What is measured goes into `old` and `next` after this. */
  begin(workspaceId: string, timestamp: number, hasOld: boolean): void {
    this.workspaceId = workspaceId
    this.numbers[atTimestamp] = timestamp
    this.numbers[atHasOld] = hasOld ? 1 : 0
  }

  /** Faults are the same before and after a measurement. */
  countFaults(errorCount: number, lastErrorTime: number): void {
    for (const metrics of [this.old, this.next]) {
      metrics[measuredWidth] = errorCount
      metrics[measuredWidth + 1] = lastErrorTime
    }
  }

  /** Takes an event over. */
  pack({ workspaceId, timestamp, data }: MetricsDraft): void {
    this.begin(workspaceId, timestamp, data.oldMetrics !== null)
    if (data.oldMetrics !== null) packMetrics(data.oldMetrics, this.old, 0)
    packMetrics(data.newMetrics, this.next, 0)
  }

  toDraft(): MetricsDraft {
    const old = this.numbers[atHasOld] === 0 ? null : unpackMetrics(this.old, 0)
    const next = unpackMetrics(this.next, 0)
    return toMetricsUpdate(this.workspaceId, this.timestamp, { old, next })
  }
}
