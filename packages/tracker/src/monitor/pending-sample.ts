import type { ResourceCounters } from '../model/metrics.ts'
import type { RowOwner } from './usage-table.ts'

/** Who hears how a measurement ended. */
export interface SampleEnd {
  arrived(sample: PendingSample, counters: ResourceCounters): void
  failed(sample: PendingSample, error: unknown): void
}

/** A measurement that waits for its source. It is used for one after the other, so that waiting leaves hardly any garbage behind. */
export class PendingSample {
  slot = 0
  owner: RowOwner = { workspaceId: '', containerId: '' }
  signal: AbortSignal
  readonly onCounters: (counters: ResourceCounters) => void
  readonly onError: (error: unknown) => void

  constructor(end: SampleEnd, signal: AbortSignal) {
    this.signal = signal
    this.onCounters = (counters) => end.arrived(this, counters)
    this.onError = (error) => end.failed(this, error)
  }
}
