import type { Guest } from '../abi/guest.ts'
import type { ContainerError } from '../errors.ts'
import type { ContainerEvent } from '../events/container-events.ts'
import { CallQueue } from './call-queue.ts'
import type { ContainerPorts, StartedGuest } from './container-ports.ts'
import { ended, isFinal } from './endings.ts'
import { GuestSlot } from './guest-slot.ts'
import { checkHealth } from './health.ts'
import { Observer } from './observer.ts'
import type { ContainerSnapshot } from './snapshot.ts'
import { StateCell } from './state-cell.ts'
import { StateKeeper } from './state-keeper.ts'
import {
  ContainerStatus,
  type CallOptions,
  type ContainerMetrics,
  type ContainerView,
  type Execution,
  type HealthStatus,
  type MemoryUsage,
  type StateCallback,
  type Unsubscribe,
  type WASMRuntime,
} from './types.ts'
import { keepView } from './view.ts'
import { WatchedCalls } from './watched-calls.ts'
import type { ContainerSource } from './source.ts'

/**
 * One running container. Calls run one after another; whoever calls while another runs waits. A call that a limit stops leaves the
 * container and its state alive. Made by `ContainerManager.run`.
 *
 * @see seed core-and-react, "ContainerInstance"
 */
export class ContainerInstance {
  readonly id: string
  readonly name: string
  /** The engine that really runs it. */
  readonly runtime: WASMRuntime
  /** Where that engine runs it. */
  readonly execution: Execution
  readonly #ports: ContainerPorts
  readonly #queue: CallQueue
  readonly #observer: Observer
  readonly #state: StateCell
  readonly #keeper: StateKeeper
  readonly #slot: GuestSlot
  readonly #calls: WatchedCalls
  #version: string
  #status: ContainerStatus = ContainerStatus.STARTING
  #error: Error | undefined
  #view: ContainerView | undefined
  #stopping: Promise<void> | undefined

  private constructor(ports: ContainerPorts, started: StartedGuest) {
    this.id = ports.id
    this.name = ports.name
    this.runtime = ports.runtime
    this.execution = ports.execution
    this.#ports = ports
    this.#slot = new GuestSlot(started, ports, (guest) => this.#take(guest))
    this.#version = ports.version
    this.#observer = new Observer(ports)
    this.#queue = new CallQueue(() => this.#observer.endBurst())
    const onError = (error: unknown): void => this.#observer.failed(error)
    this.#keeper = new StateKeeper(ports, onError)
    this.#state = new StateCell({
      onError,
      isWatched: () => this.#observer.wantsState,
      onChange: (state) => {
        this.#keeper.save(state)
        this.#observer.stateChanged(state)
      },
    })
    this.#calls = new WatchedCalls({
      container: this,
      queue: this.#queue,
      observer: this.#observer,
      state: this.#state,
      live: () => this.#live(),
      ended: () => this.#ended(),
      onFailure: (error) => this.#fail(error),
    })
    this.#take(this.#slot.guest)
  }

  /** @internal */
  static async open(ports: ContainerPorts, started: StartedGuest): Promise<ContainerInstance> {
    const instance = new ContainerInstance(ports, started)
    await instance.#keeper.fill(instance.#state)
    instance.#status = ContainerStatus.RUNNING
    return instance
  }

  /** Of the module that runs now. */
  get version(): string {
    return this.#version
  }

  get status(): ContainerStatus {
    return this.#status
  }

  /** Counters stay 0 where the manager has `enableMetrics: false`. */
  get metrics(): ContainerMetrics {
    return this.#observer.metrics(this.getMemoryUsage())
  }

  /** Names of the functions that `call` knows. */
  get functions(): readonly string[] {
    return this.#slot.guest.functions
  }

  /** The module's ABI, as found out from the module. */
  get abi(): Guest['abi'] {
    return this.#slot.guest.abi
  }

  /** The last 256 events; the same list until another comes. */
  get events(): readonly ContainerEvent[] {
    return this.#observer.history
  }

  /** The state as it is now. */
  get state(): unknown {
    return this.#state.value
  }

  /** For `useSyncExternalStore`. */
  getView(): ContainerView {
    const { value: state, version } = this.#state
    const now = { state, version, status: this.#status, error: this.#error }
    return (this.#view = keepView(this.#view, now))
  }

  /**
   * Calls a function of the module. An array is its arguments by position, any other value one argument. Rejects with
   * `ContainerNotFoundError`, `ContainerTimeoutError`, `ContainerMemoryError`, `ContainerSecurityError`, `ContainerError` (`TRAPPED`,
   * `GUEST_FAILED`, `HOST_FAILED`, `ABORTED`, `CAPACITY`, `STOPPED`, `ARGUMENT_INVALID` with `details.path` for what JSON cannot say where
   * arguments go as JSON), and `TypeError` for arguments that do not fit.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  call<T = any>(functionName: string, args?: unknown, options?: CallOptions): Promise<T> {
    return options === undefined
      ? (this.#calls.call(functionName, args) as Promise<T>)
      : this.#callWith(functionName, args, options)
  }

  /**
   * The same without a promise, for loops that render or simulate: gives the result, and throws what `call` rejects with. It takes a container in the
   * calling thread at rest; one elsewhere, paused, starting, busy (as the one a host function was called from), or with calls that may wait (scripts with imports,
   * `async` host functions) is refused with `ContainerError` (`WOULD_WAIT`, `details.reason`), and nothing is called.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- as `call`
  callSync<T = any>(functionName: string, args?: unknown): T {
    return this.#calls.callSync(functionName, args) as T
  }

  /**
   * A function of the module as a function of this program, the quickest way to call it in a loop. Takes arguments by position, returns and throws what
   * `callSync` does, and stays valid when the module is reloaded, restored or restarted.
   * Throws `NOT_FOUND` for an unknown name, `WOULD_WAIT` where no call can give a result at once, and `STOPPED`.
   */
  bindSync<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(
    functionName: string,
  ): F {
    return this.#calls.bindSync(functionName) as unknown as F
  }

  /** Replaces the state: plain data of any kind, a number as well. A module that keeps its own state may refuse. */
  updateState(state: unknown): Promise<void> {
    return this.#queue.run(() => this.#calls.guard(() => this.#state.set(state)))
  }

  /** Called with the state, at most once per microtask turn and only when it changed; what did not change stays `===`. */
  subscribe(callback: StateCallback): Unsubscribe {
    this.#observer.endBurst()
    return this.#state.subscribe(callback)
  }

  getMemoryUsage(): MemoryUsage {
    return this.#observer.memory(this.#slot.guest.memory())
  }

  /** Calls wait until `resume`. */
  pause(): void {
    const { RUNNING, PAUSED } = ContainerStatus
    if (this.#status !== RUNNING && this.#status !== PAUSED) throw this.#ended()
    this.#queue.pause()
    this.#status = PAUSED
  }

  resume(): void {
    if (this.#status !== ContainerStatus.PAUSED) return
    this.#status = ContainerStatus.RUNNING
    this.#queue.resume()
  }

  /** Refuses waiting calls, saves the state where it is kept, and frees the module. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  /** Healthy is what runs or is paused, unless the module's `gsp_health` gives another number than 0. */
  healthCheck(): Promise<HealthStatus> {
    return checkHealth({
      status: () => this.#status,
      error: this.#error,
      checkedAt: new Date(this.#ports.clock.now()),
      ask: () => this.#queue.run(() => this.#calls.guard(() => this.#slot.guest.health?.() ?? 0)),
    })
  }

  /** Memory, globals and state between two calls. Rejects with `SNAPSHOT_UNSUPPORTED` where that is not all there is. */
  snapshot(): Promise<ContainerSnapshot> {
    return this.#queue.run(() => this.#slot.capture(this.#state.value))
  }

  /** Back to a snapshot of the same module, in a fresh instance. A snapshot of another one is refused with `INTEGRITY`. */
  restore(snapshot: ContainerSnapshot): Promise<void> {
    return this.#queue.run(async () => {
      await this.#slot.restore(snapshot)
      this.#state.touch()
      if (this.#slot.guest.state === undefined) await this.#state.set(snapshot.state)
    })
  }

  /** A second container that starts as this one is now. Counts as any other. */
  async fork(): Promise<ContainerInstance> {
    const snapshot = await this.snapshot()
    return this.#ports.fork(this.#slot.prepared, snapshot)
  }

  /** Another version of the module takes over, with the state. If it does not start, the old one stays. */
  reload(source: ContainerSource): Promise<void> {
    return this.#queue.run(async () => {
      this.#version = await this.#slot.reload(source, this.#state.value)
      this.#state.touch()
    })
  }

  /** A fresh instance of the same module, with the state it starts with. */
  restart(): Promise<void> {
    return this.#queue.run(async () => {
      await this.#slot.replace()
      this.#state.touch()
      if (this.#slot.guest.state === undefined) await this.#state.set(undefined)
      await this.#keeper.fill(this.#state)
      if (this.#stopping !== undefined) throw this.#ended()
      this.#error = undefined
      this.#status = this.#queue.isPaused ? ContainerStatus.PAUSED : ContainerStatus.RUNNING
    })
  }

  #callWith<T>(functionName: string, args: unknown, options: CallOptions): Promise<T> {
    const asked = { functionName, args, options }
    return this.#queue.run(() => this.#calls.callWith(this.#live(), asked) as T, options.signal)
  }

  /** The module, unless it ended. */
  #live(): Guest {
    if (this.#error !== undefined) throw this.#ended()
    return this.#slot.guest
  }

  /** A module that ended itself, or was lost with what ran it, cannot be called again. */
  #fail(error: unknown): void {
    this.#observer.failed(error)
    if (!isFinal(error)) return
    this.#error = error
    if (this.#stopping === undefined) this.#status = ContainerStatus.ERROR
    this.#queue.resume()
  }

  #take(guest: Guest): void {
    this.#calls.follow(guest)
    this.#state.attach(guest.state)
    void guest.lost?.then((error) => {
      if (guest === this.#slot.guest && this.#error === undefined) this.#fail(error)
    })
  }

  async #stop(): Promise<void> {
    this.#status = ContainerStatus.STOPPING
    this.#queue.close(() => this.#ended())
    try {
      this.#state.touch()
      await this.#keeper.flush(() => this.#state.value)
    } finally {
      await this.#slot.close(() => this.#ended())
      this.#state.clear()
      this.#status = ContainerStatus.STOPPED
      this.#ports.onStopped(this)
    }
  }

  #ended(): ContainerError {
    return ended({ id: this.id, name: this.name, status: this.#status, error: this.#error })
  }
}
