import type { Guest, QuickGuest, ReadyFunction } from '../abi/guest.ts'
import { ContainerError } from '../errors.ts'
import { ContainerEventType, type ContainerEvent } from '../events/container-events.ts'
import { CallTimes } from './call-times.ts'
import { hostClock } from './clock.ts'
import type { ContainerPorts } from './container-ports.ts'
import { EventHistory } from './event-history.ts'
import { Profile } from './profile.ts'
import type { ContainerMetrics, MemoryUsage } from './types.ts'
import { MemoryPeak, Threshold } from './usage.ts'

const historyLimit = 256

/** Counts what one container does and tells it as events. */
export class Observer {
  /** Undefined where no function is measured. */
  readonly profile: Profile | undefined
  readonly #ports: ContainerPorts
  readonly #events: ContainerPorts['events']
  readonly #history: EventHistory
  readonly #times: CallTimes
  readonly #peak = new MemoryPeak()
  readonly #memoryThreshold = new Threshold()
  readonly #cpuThreshold = new Threshold()
  readonly #startedAt: number
  #errorCount = 0
  /** As they were when memory was looked at last. */
  #allocatedBytes = 0
  /** Who listened when someone last came or went. */
  #revision = -1
  #tellsCalls = false
  #tellsState = false
  #guest: Guest | undefined
  /** Calls that `#times` skipped, as far as the history knows of them. */
  #remembered = 0

  constructor(ports: ContainerPorts) {
    this.#ports = ports
    this.#events = ports.events
    this.#history = new EventHistory(ports.id, historyLimit)
    this.#startedAt = ports.clock.now()
    this.profile = ports.profiles ? new Profile() : undefined
    const isHostClock = ports.clock === hostClock
    this.#times = new CallTimes({
      clock: ports.clock,
      monotonic: performance,
      // Short calls follow each other faster than the host's clock moves; any other is asked each time.
      clockStepMs: isHostClock ? 0.5 : -1,
      maySkip: isHostClock,
      notices: ports.config.plan.meter !== undefined,
      onTurn: () => this.endBurst(),
      onSettled: () => {
        this.#warnOfCpu(this.#times.cpuPercent())
        if (this.#guest !== undefined) this.#warnOfMemory(this.#guest)
      },
    })
  }

  get history(): readonly ContainerEvent[] {
    this.#catchUp()
    return this.#history.events
  }

  /** Whether anyone listens for state changes, or keeps them. */
  get wantsState(): boolean {
    this.#lookForListeners()
    return this.#tellsState
  }

  metrics(memoryUsage: MemoryUsage): ContainerMetrics {
    const { collectsMetrics, clock } = this.#ports
    return {
      cpuUsage: collectsMetrics ? this.#times.cpuPercent() : 0,
      memoryUsage,
      // Clocks of hosts are set back at times.
      uptime: Math.max(0, clock.now() - this.#startedAt),
      callCount: collectsMetrics ? this.#times.count : 0,
      errorCount: collectsMetrics ? this.#errorCount : 0,
      lastActivity: new Date(collectsMetrics ? this.#times.lastActivityMs : this.#startedAt),
      ...(this.profile === undefined ? {} : { functions: this.profile.list() }),
    }
  }

  memory(now: { allocatedBytes: number; usedBytes: number }): MemoryUsage {
    return this.#peak.usage(now, this.#ports.config.maxMemoryBytes)
  }

  /** Monotonic milliseconds. */
  look(): number {
    return this.#times.look()
  }

  /** Gives when the call began, in monotonic milliseconds; `untimed` where the guest is to look at the clock if it takes long. */
  called(functionName: string, args: unknown): number {
    this.#lookForListeners()
    this.#catchUp()
    if (this.#tellsCalls) this.#tellCall(functionName, args)
    const startedMs = this.#times.begin()
    // What is not timed is counted as skipped, and here it is told to the history by itself.
    if (startedMs < 0) this.#remembered += 1
    this.#history.addCall(functionName, this.#times.atMs)
    return startedMs
  }

  /** Takes the place of a module that was replaced by it. */
  follow(guest: Guest): void {
    this.endBurst()
    this.profile?.keep(guest.functions)
    this.#guest = guest
  }

  /** After a call of it whose state nobody wants: calls of the same function that follow need not be told of, but counted. */
  allowBurst(ready: ReadyFunction): void {
    if (this.#tellsCalls) return
    const calls = this.#times.lend(ready.burst)
    if (calls > 0) ready.beginBurst(calls, this.#events)
    else this.#times.takeBack(0)
  }

  /** Something happened, or is about to. */
  endBurst(): void {
    this.#guest?.quick?.bursts.end()
  }

  /** Those of a burst that is over. */
  takeBack(calls: number): void {
    this.#times.takeBack(calls)
  }

  /** After any call. @param startedMs what `look` gave */
  finished(guest: Guest, startedMs: number): void {
    this.#warnOfCpu(this.#times.end(startedMs))
    this.#warnOfMemory(guest)
  }

  /** After a call of a guest in this thread. @param startedMs what `called` gave */
  finishedQuick(guest: Guest, { budget, memory }: QuickGuest, startedMs: number): void {
    if (startedMs >= 0) this.#warnOfCpu(this.#times.end(startedMs))
    else if (budget.startedMs >= 0) this.#warnOfCpu(this.#times.endLong(budget.startedMs))
    if (memory.sizeBytes !== this.#allocatedBytes) this.#warnOfMemory(guest)
  }

  failed(error: unknown): void {
    const { id: containerId, events } = this.#ports
    const wrapped = error instanceof Error ? error : new Error(String(error))
    // What threw it does not know in which container it ran.
    if (wrapped instanceof ContainerError && !wrapped.containerId && Object.isExtensible(wrapped))
      Object.assign(wrapped, { containerId })
    this.#errorCount += 1
    events.emit('container:error', { containerId, error: wrapped })
    this.#remember(ContainerEventType.ERROR, wrapped)
  }

  stateChanged(state: unknown): void {
    const { id: containerId, events } = this.#ports
    events.emit('state:change', { containerId, state })
    this.#remember(ContainerEventType.STATE_CHANGE, state)
  }

  #warnOfCpu(usage: number): void {
    const { id: containerId, events, collectsMetrics } = this.#ports
    if (!this.#cpuThreshold.rises(usage / 100) || !collectsMetrics) return
    events.emit('cpu:threshold', { containerId, usage })
    this.#remember(ContainerEventType.CPU_THRESHOLD, usage)
  }

  #warnOfMemory(guest: Guest): void {
    const { allocatedBytes } = guest.memory()
    const { id: containerId, events, config, collectsMetrics } = this.#ports
    this.#allocatedBytes = allocatedBytes
    if (!this.#memoryThreshold.rises(allocatedBytes / config.maxMemoryBytes)) return
    if (!collectsMetrics) return
    const usage = this.memory(guest.memory())
    events.emit('memory:warning', { containerId, usage })
    this.#remember(ContainerEventType.MEMORY_WARNING, usage)
  }

  #tellCall(functionName: string, args: unknown): void {
    const { id: containerId, events } = this.#ports
    events.emit('function:call', { containerId, functionName, args })
  }

  /** Tells the history of calls that were only counted; its last entry is of their function. */
  #catchUp(): void {
    const { skipped } = this.#times
    this.#history.repeat(skipped - this.#remembered)
    this.#remembered = skipped
  }

  #lookForListeners(): void {
    if (this.#events.revision !== this.#revision) this.#countListeners()
  }

  #countListeners(): void {
    const { events, stateStore } = this.#ports
    this.#revision = events.revision
    this.#tellsCalls = events.listenerCount('function:call') > 0
    this.#tellsState = stateStore !== undefined || events.listenerCount('state:change') > 0
  }

  #remember(type: ContainerEvent['type'], data: unknown): void {
    this.endBurst()
    this.#catchUp()
    this.#history.add(type, this.#times.now(), data)
  }
}
