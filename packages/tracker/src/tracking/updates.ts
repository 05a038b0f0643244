import { toErrorEventCode, toMessage } from '../model/errors.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { Clock } from '../model/ports.ts'
import type { WorkspaceState } from '../model/state.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { EventBus } from './event-bus.ts'
import { MetricsChange } from './metrics-change.ts'
import type { StateListeners } from './state-listeners.ts'
import type { Change, World } from './world.ts'

/** What changes are passed on to. */
export interface UpdatePorts {
  readonly clock: Clock
  readonly world: World
  readonly bus: EventBus
  readonly listeners: StateListeners
  readonly monitor: ResourceMonitor
  /** Asks for a listing shortly. */
  soon(): void
}

/** Passes every change of the world on: to the monitor, the event bus and the listeners, in this order. */
export class Updates {
  readonly #ports: UpdatePorts
  /** Containers whose last measurement failed, by workspace. */
  readonly #unmeasured = new Map<string, string>()
  readonly #change = new MetricsChange()

  constructor(ports: UpdatePorts) {
    this.#ports = ports
  }

  apply(change: Change | undefined): void {
    if (change === undefined) return
    const { workspaceId, before, after } = change
    const moved =
      before?.containerId !== after?.containerId || before?.containerState !== after?.containerState
    if (moved) this.#aim(workspaceId, after)
    for (const draft of change.drafts) this.#ports.bus.tell(draft)
    const changed = moved || before?.status !== after?.status
    if (changed && before !== undefined && after !== undefined)
      this.#ports.listeners.notify(workspaceId, before, after)
  }

  measured(stats: ContainerStats): void {
    this.#unmeasured.delete(stats.workspaceId)
    const { world, bus } = this.#ports
    if (world.measureInto(stats, this.#change)) bus.publishMetrics(this.#change)
    else this.apply(world.measure(stats))
  }

  /** A container that has just ended cannot be measured either: only a second failure in a row is a fault. */
  measureFailed(workspaceId: string, containerId: string, error: unknown): void {
    const { world, clock } = this.#ports
    if (world.get(workspaceId)?.state.containerId !== containerId) return
    if (this.#unmeasured.get(workspaceId) !== containerId) {
      this.#unmeasured.set(workspaceId, containerId)
      this.#ports.soon()
      return
    }
    const code = toErrorEventCode(error) === 'NOT_FOUND' ? 'NOT_FOUND' : 'UNKNOWN_ERROR'
    const failure = { workspaceId, error: toMessage(error), code, at: clock.now() } as const
    this.apply(world.measureFailed(failure))
  }

  #aim(workspaceId: string, state: WorkspaceState | undefined): void {
    const { monitor } = this.#ports
    if (state?.containerState === 'running') monitor.follow(workspaceId, state.containerId)
    else {
      this.#unmeasured.delete(workspaceId)
      monitor.unfollow(workspaceId)
    }
  }
}
