import type { SourceGapReason } from '../model/events.ts'
import type {
  Clock,
  ContainerEvent,
  ContainerSource,
  SourceNotice,
  WorkspaceService,
} from '../model/ports.ts'
import { Deaths } from './deaths.ts'
import { DivergenceWatch } from './divergence.ts'
import type { EventBus } from './event-bus.ts'
import { Outage } from './outage.ts'
import type { Updates } from './updates.ts'
import type { World } from './world.ts'

/** What the follower works with. */
export interface FollowerPorts {
  readonly source: ContainerSource
  readonly service: WorkspaceService
  readonly clock: Clock
  readonly world: World
  readonly bus: EventBus
  readonly updates: Updates
  /** Asks for a listing shortly. */
  soon(): void
}

/** How long a first listing waits for the event connection, in ms. */
const firstNoticeMs = 5000

/** Reads the source's events into the world, and notices where some must have gone missing. */
export class EventFollower {
  readonly #ports: FollowerPorts
  readonly #outage = new Outage('the event connection', 'events_reconnected')
  readonly #divergence: DivergenceWatch
  readonly #deaths: Deaths
  #began = Promise.withResolvers<void>()
  /** A listing did not wait for the connection. */
  #isLate = false
  #gaps = 0

  constructor(ports: FollowerPorts) {
    this.#ports = ports
    this.#divergence = new DivergenceWatch(ports.clock, () => {
      this.#gap('missed')
      ports.source.reconnect?.()
    })
    this.#deaths = new Deaths(ports.clock, (event) =>
      ports.updates.apply(ports.world.crashed(event)),
    )
  }

  /** Holes that were noticed. */
  get gaps(): number {
    return this.#gaps
  }

  /**
   * Resolves when events arrive, or when the source says that they do not: what changes after a listing that begins then is announced.
   * A source that says nothing is waited for no longer than five seconds; it is listed again when it speaks.
   */
  async begun(): Promise<void> {
    const { clock } = this.#ports
    const cancel = clock.schedule(firstNoticeMs, () => {
      this.#isLate = true
      this.#began.resolve()
    })
    await this.#began.promise
    cancel()
  }

  /** Follows until the signal aborts or the source ends. */
  async follow(signal: AbortSignal): Promise<void> {
    this.#began = Promise.withResolvers()
    this.#isLate = false
    try {
      for await (const notice of this.#ports.source.events(signal)) {
        if (signal.aborted) return
        this.#onNotice(notice)
      }
    } catch (error) {
      const { bus, clock } = this.#ports
      if (!signal.aborted) bus.tell(this.#outage.fail(error, 0, clock.now()))
    } finally {
      this.#began.resolve()
    }
  }

  /** A listing changed these containers although no event had said so. */
  suspect(containerIds: readonly string[]): void {
    for (const containerId of containerIds) this.#divergence.suspect(containerId)
  }

  stop(): void {
    this.#divergence.stop()
    this.#deaths.stop()
  }

  #onNotice(notice: SourceNotice): void {
    const { bus, clock } = this.#ports
    this.#began.resolve()
    switch (notice.type) {
      case 'event':
        this.#onEvent(notice.event)
        return
      case 'connected': {
        const recovery = this.#outage.recover(clock.now())
        if (recovery !== undefined) bus.tell(recovery)
        if (recovery !== undefined || this.#isLate) this.#ports.soon()
        this.#isLate = false
        return
      }
      case 'disconnected':
        bus.tell(this.#outage.fail(notice.error, 0, clock.now()))
        return
      case 'gap':
        this.#gap(notice.reason)
        this.#ports.soon()
        return
      default:
        notice satisfies never
    }
  }

  #onEvent(event: ContainerEvent): void {
    const { service, world, updates } = this.#ports
    this.#divergence.clear(event.containerId)
    this.#deaths.hear(event)
    const isUnasked = world.isUnaskedDeath(event)
    // Where a container's name is its workspace, its old workspace is without a container now.
    const moved = event.action === 'rename' && world.get(event.workspaceId) === undefined
    const change = world.observe(event, (info) => service.adopt?.(info))
    if (change === undefined || moved) this.#ports.soon()
    updates.apply(change)
    if (isUnasked) this.#deaths.hold(event)
  }

  #gap(reason: SourceGapReason): void {
    this.#gaps += 1
    this.#ports.bus.publishGap(reason, this.#ports.clock.now())
  }
}
