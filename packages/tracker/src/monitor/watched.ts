import type { ContainerStats } from '../model/metrics.ts'
import type { EventHandler, SubscribeOptions } from '../tracking/event-bus.ts'
import type { ResourceMonitor } from './resource-monitor.ts'

/** A tracker, as far as those who take its measurements need it. */
export interface WatchedTracker {
  readonly monitor: ResourceMonitor
  on(handler: EventHandler, options?: SubscribeOptions): () => void
}

/** What one who takes measurements does with them. */
export interface Watcher {
  onSample(stats: ContainerStats): void
  /** The workspace is gone for good: free what is kept for it. Only a tracker knows that. */
  onRemoved(workspaceId: string): void
}

/** Joins a watcher to a monitor, or to a tracker and its monitor; the returned function undoes it. */
export const watch = (target: ResourceMonitor | WatchedTracker, watcher: Watcher): (() => void) => {
  const monitor = 'monitor' in target ? target.monitor : target
  const offSamples = monitor.onSample({ onSample: (stats) => watcher.onSample(stats) })
  if (!('monitor' in target)) return offSamples
  const offEvents = target.on(
    (event) => {
      if (event.type === 'status_changed' && event.data.reason === 'workspace_removed')
        watcher.onRemoved(event.workspaceId)
    },
    { types: ['status_changed'] },
  )
  return () => {
    offSamples()
    offEvents()
  }
}
