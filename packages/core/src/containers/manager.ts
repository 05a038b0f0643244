import type { GuestHost } from '../abi/guest-host.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import { refuseTopic } from '../abi/topics.ts'
import { ContainerError, ContainerNotFoundError, ContainerStartupError } from '../errors.ts'
import type { ContainerEvents } from '../events/container-events.ts'
import { EventBus } from '../events/event-bus.ts'
import { LogLevel } from '../events/log-level.ts'
import { chooseRuntime } from '../runtimes/choose-runtime.ts'
import type { RuntimeAdapter } from '../runtimes/runtime-adapter.ts'
import type { ContainerPorts } from './container-ports.ts'
import { ContainerInstance } from './instance.ts'
import { Leases, type ContainerLease } from './leases.ts'
import { loadSource } from './load-source.ts'
import {
  resolveManagerConfig,
  type ContainerManagerConfig,
  type ResolvedManagerConfig,
} from './manager-config.ts'
import { endAll } from './end-all.ts'
import { closeGuest } from './guest-slot.ts'
import { GuestStarts } from './guest-starts.ts'
import { ModuleCache } from './module-cache.ts'
import { checkMounts, checkSystemCalls, resolveConfig, type ResolvedConfig } from './options.ts'
import type { ContainerSnapshot } from './snapshot.ts'
import {
  anyOf,
  nameOfSource,
  signalOf,
  Starts,
  type StartingContainer,
  type StartSight,
} from './starts.ts'
import type { ContainerSource, SourcePorts } from './source.ts'
import type { ContainerConfig, ContainerID, StateCallback, Unsubscribe } from './types.ts'

/** How one start is made. */
export interface RunOptions {
  /** Ends the start with `ABORTED`. */
  readonly signal?: AbortSignal
}

/**
 * Starts, lists and stops WebAssembly containers.
 *
 * @see seed core-and-react, "ContainerManager"
 */
export class ContainerManager {
  /** Events of all containers of this manager: the standard ones, `log` and `topic:…`. */
  readonly events: EventBus<ContainerEvents> = new EventBus()
  readonly #config: ResolvedManagerConfig
  readonly #cache: ModuleCache
  readonly #guests: GuestStarts
  readonly #leases: Leases
  readonly #running = new Map<ContainerID, ContainerInstance>()
  readonly #starts: Starts

  /** Throws `TypeError`. */
  constructor(config: ContainerManagerConfig = {}) {
    this.#config = resolveManagerConfig(config)
    const { cacheSizeBytes: maxBytes, maxIdleBytes, memoryPoolBytes } = this.#config
    this.#cache = new ModuleCache({ maxBytes, maxIdleBytes }, this.#config.transpiler)
    this.#guests = new GuestStarts(this.#cache, memoryPoolBytes)
    this.#starts = new Starts(this.events, () => this.#config.clock.now())
    this.#leases = new Leases({
      clock: this.#config.clock,
      graceMs: this.#config.releaseGraceMs,
      run: (source, containerConfig) => this.run(source, containerConfig),
    })
  }

  /**
   * Loads, limits, compiles and starts a module: `name:version`, a `file:` or `https:` URL, its bytes, or a script. Rejects with `CompilationError`,
   * `ContainerStartupError`, `ContainerMemoryError`, `ContainerTimeoutError`, `ContainerSecurityError`, `RegistryError`, `ContainerError` (`CAPACITY`, `ABORTED`), and
   * `TypeError` for options out of range.
   */
  async run(
    name: ContainerSource,
    config: ContainerConfig = {},
    options: RunOptions = {},
  ): Promise<ContainerInstance> {
    const resolved = resolveConfig(config)
    const given = signalOf(options)
    this.#requireRoom()
    return this.#starts.run(nameOfSource(name), ({ id, signal: ended }) =>
      this.#start(name, resolved, { id, signal: anyOf(ended, given) }),
    )
  }

  /** Rejects with `ContainerNotFoundError`. */
  async stop(containerId: ContainerID): Promise<void> {
    await this.#find(containerId).stop()
  }

  /** Containers that are being loaded, prepared or started. Each is announced by `container:starting`. */
  starting(): StartingContainer[] {
    return this.#starts.list()
  }

  /** Containers that are not stopped. */
  list(): ContainerInstance[] {
    return [...this.#running.values()]
  }

  /** Throws `ContainerNotFoundError`. */
  subscribe(containerId: ContainerID, callback: StateCallback): Unsubscribe {
    return this.#find(containerId).subscribe(callback)
  }

  /**
   * Returns a share in a container: everyone who asks for the same module with the same options gets the same container. It is stopped
   * `releaseGrace` after its last share was released.
   */
  acquire(name: ContainerSource, config: ContainerConfig = {}): ContainerLease {
    return this.#leases.acquire(name, config)
  }

  /** Compiled modules that are kept. */
  cacheUsage(): { readonly bytes: number; readonly modules: number } {
    return this.#cache.usage()
  }

  /** Ends starts, stops all containers, and drops leases and compiled modules, whatever fails meanwhile. The manager can be used again. */
  async cleanup(): Promise<void> {
    this.#starts.abortAll(new Error('The manager was cleaned up.'))
    this.#leases.clear()
    this.#cache.clear()
    const { runtimes, transpiler } = this.#config
    await endAll(this.list(), [...runtimes.given, ...runtimes.own, transpiler])
  }

  #requireRoom(): void {
    const { maxContainers } = this.#config
    if (this.#running.size + this.#starts.size < maxContainers) return
    throw new ContainerError(
      `${maxContainers} containers are running already; stop one, or raise maxContainers.`,
      'CAPACITY',
      { maxContainers },
    )
  }

  async #start(
    name: ContainerSource,
    config: ResolvedConfig,
    { id, signal }: StartSight,
  ): Promise<ContainerInstance> {
    throwIfAborted(signal)
    await checkSystemCalls(config.isolation)
    await checkMounts(config.given)
    const { runtime: named = this.#config.defaultRuntime, execution } = config.given
    const runtime = await chooseRuntime(this.#config.runtimes, { runtime: named, execution })
    const source = await loadSource(name, this.#sources(config), signal)
    const prepared = await this.#cache.prepare(source, config.plan, signal)
    throwIfAborted(signal)
    return this.#open({ id, signal }, { runtime, config, prepared, ...source })
  }

  #sources(config: ResolvedConfig): SourcePorts {
    return { ...this.#config, config }
  }

  async #open({ id, signal }: StartSight, parts: Opening): Promise<ContainerInstance> {
    const { runtime, config, prepared, name, version, stateKey } = parts
    const host = this.#hostOf(id, name, config)
    const ports: ContainerPorts = {
      id,
      name,
      version,
      stateKey,
      runtime: runtime.name,
      execution: runtime.execution,
      config,
      clock: this.#config.clock,
      events: this.events,
      collectsMetrics: this.#config.enableMetrics,
      profiles: this.#config.enableProfiling,
      stateStore: this.#storeFor(config),
      load: async (source, ended) => {
        const next = await loadSource(source, this.#sources(config), ended)
        const module = await this.#cache.prepare(next, config.plan, ended)
        return { prepared: module, version: next.version }
      },
      start: (module) => this.#guests.start(module, { runtime, config, host }),
      fork: (module, snapshot) => this.#fork({ ...parts, prepared: module }, snapshot),
      onStopped: (instance) => this.#forget(instance),
    }
    const started = await ports.start(prepared)
    const opened = ContainerInstance.open(ports, started).finally(() => throwIfAborted(signal))
    const instance = await opened.catch(async (error: unknown) => {
      await closeGuest(started)
      throw error
    })
    this.#running.set(id, instance)
    this.#starts.end(id)
    this.#log(
      LogLevel.INFO,
      id,
      `"${name}" (${version}) runs on ${runtime.name} (${runtime.execution}).`,
    )
    this.events.emit('container:start', { containerId: id })
    return instance
  }

  async #fork(parts: Opening, snapshot: ContainerSnapshot): Promise<ContainerInstance> {
    this.#requireRoom()
    // The fork keeps its state to itself: two would overwrite each other's in the store.
    const given = { ...parts.config.given, persistentData: false }
    return this.#starts.run(parts.name, async (start) => {
      const instance = await this.#open(start, { ...parts, config: { ...parts.config, given } })
      await instance.restore(snapshot).catch(async (error: unknown) => {
        await instance.stop()
        throw error
      })
      return instance
    })
  }

  #hostOf(id: ContainerID, name: string, config: ResolvedConfig): GuestHost {
    const { given, isolation } = config
    return {
      name,
      budget: {
        maxCpuTimeMs: config.maxCpuTimeMs,
        maxFuel: given.maxFuel,
        nowMs: () => performance.now(),
      },
      imports: given.imports ?? {},
      allowedImports: given.allowedImports,
      environment: given.environment ?? {},
      files: config.files,
      givesFiles: given.files !== undefined,
      mounts: given.mounts,
      ...config.senses,
      fileSystemAccess: isolation.fileSystemAccess,
      crossContainerComm: isolation.crossContainerComm,
      syscallFilter: isolation.syscallFilter,
      maxOutputBytes: config.maxOutputBytes,
      network: config.network,
      onOutput: guardOutput(given.onOutput),
      onLog: (level, text) => this.#log(level, id, text),
      emit: (topic, data) => {
        if (!isolation.crossContainerComm) refuseTopic(topic)
        this.events.emit(`topic:${topic}`, { containerId: id, data })
      },
    }
  }

  #storeFor({ given }: ResolvedConfig): ContainerPorts['stateStore'] {
    if (given.persistentData !== true) return undefined
    if (this.#config.stateStore !== undefined) return this.#config.stateStore
    throw new ContainerStartupError(
      'persistentData needs a "stateStore" in the manager’s configuration.',
      'STARTUP_FAILED',
      { option: 'persistentData' },
    )
  }

  #forget({ id, name }: ContainerInstance): void {
    this.#running.delete(id)
    this.#log(LogLevel.INFO, id, `"${name}" is stopped.`)
    this.events.emit('container:stop', { containerId: id })
  }

  #log(level: number, containerId: ContainerID, message: string): void {
    if (level > LogLevel.WARN && !this.#config.debugMode) return
    this.events.emit('log', { level, containerId, message })
  }

  #find(containerId: ContainerID): ContainerInstance {
    const found = this.#running.get(containerId)
    if (found !== undefined) return found
    throw new ContainerNotFoundError(`There is no container "${containerId}".`, 'NOT_FOUND', {
      containerId,
    })
  }
}

interface Opening {
  readonly runtime: RuntimeAdapter
  readonly config: ResolvedConfig
  readonly prepared: PreparedModule
  readonly name: string
  readonly version: string
  readonly stateKey: string
}

function guardOutput(onOutput: ContainerConfig['onOutput']): GuestHost['onOutput'] {
  return (stream, bytes) => {
    try {
      onOutput?.(stream, bytes)
    } catch (cause) {
      throw new ContainerError('The function onOutput failed.', 'HOST_FAILED', { cause })
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new ContainerError('The start was aborted.', 'ABORTED', { cause: signal.reason })
}
