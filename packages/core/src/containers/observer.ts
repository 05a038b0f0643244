import type { Guest } from '../abi/guest.ts'
import { ContainerEventType, type ContainerEvent } from '../events/container-events.ts'
import { hostClock } from './clock.ts'
import type { ContainerPorts } from './container-ports.ts'
import { EventHistory } from './event-history.ts'
import type { ContainerMetrics, MemoryUsage } from './types.ts'
import { CpuUsage, MemoryPeak, Threshold } from './usage.ts'

const historyLimit = 256

/** Counts what one container does and tells it as events. */
export class Observer {
  readonly #ports: ContainerPorts
  readonly #history: EventHistory
  readonly #cpu: CpuUsage
  readonly #peak = new MemoryPeak()
  readonly #memoryThreshold = new Threshold()
  readonly #cpuThreshold = new Threshold()
  readonly #startedAt: number
  #lastActivity: number
  #calledAt: number
  /** When the clock was asked for it. */
  #readAt = -1
  #callCount = 0
  #errorCount = 0

  constructor(ports: ContainerPorts) {
    this.#ports = ports
    this.#history = new EventHistory(ports.id, historyLimit)
    this.#startedAt = this.#lastActivity = this.#calledAt = ports.clock.now()
    this.#cpu = new CpuUsage(this.#startedAt)
  }

  get history(): readonly ContainerEvent[] {
    return this.#history.events
  }

  /** Whether anyone listens for state changes. */
  get wantsState(): boolean {
    return this.#ports.events.listenerCount('state:change') > 0
  }

  metrics(memoryUsage: MemoryUsage): ContainerMetrics {
    const now = this.#ports.clock.now()
    return {
      cpuUsage: this.#cpu.percent(now),
      memoryUsage,
      uptime: now - this.#startedAt,
      callCount: this.#callCount,
      errorCount: this.#errorCount,
      lastActivity: new Date(this.#lastActivity),
    }
  }

  memory(now: { allocatedBytes: number; usedBytes: number }): MemoryUsage {
    return this.#peak.usage(now, this.#ports.config.maxMemoryBytes)
  }

  /** @param startedMs of the monotonic clock */
  called(functionName: string, args: unknown, startedMs: number): void {
    const { id: containerId, events, clock } = this.#ports
    if (events.listenerCount('function:call') > 0)
      events.emit('function:call', { containerId, functionName, args })
    // Short calls follow each other faster than the host's clock moves.
    if (clock !== hostClock || startedMs - this.#readAt > 0.5) {
      this.#calledAt = clock.now()
      this.#readAt = startedMs
    }
    this.#remember(ContainerEventType.FUNCTION_CALL, functionName, this.#calledAt)
  }

  finished(tookMs: number, guest: Guest): void {
    if (!this.#ports.collectsMetrics) return
    // Most calls are shorter than a look at the clock is exact.
    const now = tookMs < 1 ? this.#calledAt : this.#ports.clock.now()
    this.#callCount += 1
    this.#lastActivity = now
    this.#cpu.add(now, tookMs)
    this.#warnOfCpu(this.#cpu.percent(now))
    this.#warnOfMemory(guest)
  }

  failed(error: unknown): void {
    const { id: containerId, events, collectsMetrics } = this.#ports
    const wrapped = error instanceof Error ? error : new Error(String(error))
    if (collectsMetrics) this.#errorCount += 1
    events.emit('container:error', { containerId, error: wrapped })
    this.#remember(ContainerEventType.ERROR, wrapped)
  }

  stateChanged(state: unknown): void {
    const { id: containerId, events } = this.#ports
    events.emit('state:change', { containerId, state })
    this.#remember(ContainerEventType.STATE_CHANGE, state)
  }

  #warnOfCpu(usage: number): void {
    if (!this.#cpuThreshold.rises(usage / 100)) return
    const { id: containerId, events } = this.#ports
    events.emit('cpu:threshold', { containerId, usage })
    this.#remember(ContainerEventType.CPU_THRESHOLD, usage)
  }

  #warnOfMemory(guest: Guest): void {
    const { allocatedBytes } = guest.memory()
    const { id: containerId, events, config } = this.#ports
    if (!this.#memoryThreshold.rises(allocatedBytes / config.maxMemoryBytes)) return
    const usage = this.memory(guest.memory())
    events.emit('memory:warning', { containerId, usage })
    this.#remember(ContainerEventType.MEMORY_WARNING, usage)
  }

  #remember(
    type: ContainerEvent['type'],
    data: unknown,
    atMs: number = this.#ports.clock.now(),
  ): void {
    this.#history.add(type, atMs, data)
  }
}
