import { TrackerError, toErrorEventCode, toMessage } from '../model/errors.ts'
import type { Clock, ContainerSource, Logger, WorkspaceService } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { ContainerInfo, WorkspaceRecord, WorkspaceState } from '../model/state.ts'
import { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { EventHandler, SubscribeOptions, TrackerMessage } from './event-bus.ts'
import { EventBus } from './event-bus.ts'
import { EventFollower } from './event-follower.ts'
import type { TrackerOptions, TrackerStats } from './options.ts'
import { checkInterval, checkRetries } from './options.ts'
import { StateListeners } from './state-listeners.ts'
import type { StateChangeListener } from './state-listeners.ts'
import { SyncLoop } from './sync-loop.ts'
import { Updates } from './updates.ts'
import { World } from './world.ts'

/**
 * Follows the state of every workspace: events of the source make it fast, listings make it true.
 * It only reads; an archived workspace stays archived and is never written back.
 *
 * @see seeds/tracker.md "Tracker" (Go `NewTracker`)
 */
export class Tracker {
  /** The monitor that measures for this tracker: the one given, or its own, which measures at every listing. */
  readonly monitor: ResourceMonitor
  readonly #source: ContainerSource
  readonly #world = new World()
  readonly #bus: EventBus
  readonly #listeners: StateListeners
  readonly #updates: Updates
  readonly #follower: EventFollower
  readonly #ownsMonitor: boolean
  readonly #sync: SyncLoop
  #logger: Logger
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined
  #detach: () => void = () => {}

  constructor(
    workspaceService: WorkspaceService,
    source: ContainerSource,
    options: TrackerOptions = {},
  ) {
    this.#source = source
    this.#logger = options.logger ?? silentLogger
    const clock: Clock = options.clock ?? systemClock
    const onHandlerError = (error: unknown): void =>
      this.#logger.error('an event handler failed', error)
    this.#bus = new EventBus({ historySize: options.historySize ?? 4096, onHandlerError })
    this.#listeners = new StateListeners(onHandlerError)
    this.#ownsMonitor = options.monitor === undefined
    this.monitor = options.monitor ?? new ResourceMonitor(source, { clock, logger: this.#logger })
    const [world, bus, soon] = [this.#world, this.#bus, () => this.#sync.soon()]
    const listeners = this.#listeners
    this.#updates = new Updates({ clock, world, bus, listeners, monitor: this.monitor, soon })
    const updates = this.#updates
    this.#follower = new EventFollower({
      source,
      service: workspaceService,
      clock,
      world,
      bus,
      updates,
      soon,
    })
    this.#sync = new SyncLoop({
      clock,
      world,
      list: (signal) => listBoth(workspaceService, source, signal),
      publish: (draft) => bus.tell(draft),
      apply: (changes, surprises) => {
        for (const change of changes) updates.apply(change)
        this.#follower.suspect(surprises)
      },
    })
    this.setSyncInterval(options.syncIntervalMs ?? 30_000)
    this.setMaxRetries(options.maxRetries ?? 3)
    if (options.retryIntervalMs !== undefined)
      this.#sync.retryIntervalMs = checkInterval('retryIntervalMs', options.retryIntervalMs)
  }

  /**
   * Begins to track; resolves once the first listing is in.
   *
   * @throws TypeError when it already runs.
   * @throws TrackerError with the code of the last failure when the first listing fails `maxRetries` times again; the tracker is then stopped.
   * @see seeds/tracker.md (Go `Tracker.Start`)
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new TypeError('Tracker.start: it is already running')
    const abort = new AbortController()
    this.#detach = this.monitor.onSample({
      onSample: (stats) => this.#updates.measured(stats),
      onFailure: (workspaceId, containerId, error) =>
        this.#updates.measureFailed(workspaceId, containerId, error),
    })
    if (this.#ownsMonitor) this.monitor.start()
    this.#running = { abort, ended: this.#follower.follow(abort.signal) }
    try {
      await this.#follower.begun()
      abort.signal.throwIfAborted()
      await this.#sync.start(abort.signal)
    } catch (error) {
      await this.stop()
      throw new TrackerError(
        toErrorEventCode(error),
        `the tracker could not list ${this.#source.name}: ${toMessage(error)}`,
        { cause: error },
      )
    }
  }

  /** Ends tracking and every event iteration; states stay readable. Safe to call twice. */
  async stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    running.abort.abort(new TrackerError('STOPPED', 'the tracker was stopped'))
    this.#follower.stop()
    this.#detach()
    if (this.#ownsMonitor) this.monitor.stop()
    await Promise.all([running.ended, this.#sync.stop()])
    this.#bus.close()
  }

  /** Calls back after each change of a workspace's status or container state, in order. The returned function removes it. */
  onStateChange(listener: StateChangeListener): () => void {
    return this.#listeners.add(listener)
  }

  /** Adds a plug-in handler of events; handlers cannot disturb each other. The returned function removes it. */
  on(handler: EventHandler, options?: SubscribeOptions): () => void {
    return this.#bus.on(handler, options)
  }

  /** Reads events with `for await`. What a slow reader misses comes as a `gap` notice. */
  events(options?: SubscribeOptions): AsyncIterableIterator<TrackerMessage> {
    return this.#bus.events(options)
  }

  /** Names the numbering of events; no other tracker, and no later process, has the same. */
  get streamId(): string {
    return this.#bus.id
  }

  /** Number of the newest event: a reader that starts here with a copy of the states misses nothing. */
  get seq(): number {
    return this.#bus.seq
  }

  getWorkspaceState(workspaceId: string): WorkspaceState | undefined {
    return this.#world.get(workspaceId)?.state
  }

  /** A copy, so that iterating over it is safe. */
  getAllWorkspaceStates(): ReadonlyMap<string, WorkspaceState> {
    return new Map(this.#world.states())
  }

  /** Time between listings in ms; default 30,000. @throws RangeError below 10. */
  setSyncInterval(intervalMs: number): void {
    this.#sync.setInterval(checkInterval('setSyncInterval', intervalMs))
    if (this.#ownsMonitor) this.monitor.setCollectInterval(intervalMs)
  }

  /** How often a failed listing is tried again before the next interval; default 3. @throws RangeError below 0. */
  setMaxRetries(maxRetries: number): void {
    this.#sync.maxRetries = checkRetries(maxRetries)
  }

  setLogger(logger: Logger): void {
    this.#logger = logger
    if (this.#ownsMonitor) this.monitor.setLogger(logger)
  }

  /**
   * Lists and measures now, without waiting for the interval.
   *
   * @throws TrackerError `STOPPED` before `start`, or with the code of the failure.
   */
  async forceSync(workspaceId: string): Promise<WorkspaceState | undefined> {
    const running = this.#running
    if (running === undefined)
      throw new TrackerError('STOPPED', 'forceSync: call Tracker.start first')
    await this.#sync.once(running.abort.signal)
    const state = this.getWorkspaceState(workspaceId)
    if (state?.containerState !== 'running') return state
    await this.monitor.collect(workspaceId, running.abort.signal)
    return this.getWorkspaceState(workspaceId)
  }

  getStats(): TrackerStats {
    return {
      totalWorkspaces: this.#world.size,
      syncIntervalMs: this.#sync.intervalMs,
      activeCallbacks: this.#listeners.size + this.#bus.readerCount,
      lastSyncTime: this.#sync.lastSyncTime,
      gaps: this.#follower.gaps,
      seq: this.#bus.seq,
    }
  }
}

const listBoth = async (
  service: WorkspaceService,
  source: ContainerSource,
  signal: AbortSignal,
): Promise<{ records: readonly WorkspaceRecord[]; containers: readonly ContainerInfo[] }> => {
  if (service.recordsOf === undefined) {
    const [records, containers] = await Promise.all([
      service.listWorkspaces(signal),
      source.list(signal),
    ])
    return { records, containers }
  }
  const containers = await source.list(signal)
  const records = service.recordsOf(containers, source) ?? (await service.listWorkspaces(signal))
  return { records, containers }
}
