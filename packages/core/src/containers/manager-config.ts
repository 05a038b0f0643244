import {
  lateTranspiler,
  type ComponentOptions,
  type Transpiler,
} from '../abi/component/late-transpiler.ts'
import type { KnownRuntimes } from '../runtimes/choose-runtime.ts'
import type { CompileScript, ScriptCompilerOptions } from '../compile/web-compiler.ts'
import { ownRuntimes } from '../runtimes/own-runtimes.ts'
import type { RuntimeAdapter } from '../runtimes/runtime-adapter.ts'
import { hostClock } from './clock.ts'
import { readOptions, type Kind } from './checks.ts'
import {
  callable,
  either,
  flag,
  having,
  listOf,
  longestTimerMs,
  numberFrom,
  record,
  text,
  wholeFrom,
} from './option-kinds.ts'
import { resolvePerformance, type PerformanceConfig } from './performance.ts'
import { resolverOf, type RegistrySource } from './registry-source.ts'
import { scriptCompiler } from './script-compiler.ts'
import type { Resolve } from './source.ts'
import type { Clock, StateStore, WASMRuntime } from './types.ts'

/** Options of `ContainerManager`. */
export interface ContainerManagerConfig {
  /**
   * Resolves names: the address of an OCI registry (`https://registry.example.com`), which is asked without credentials and whose modules are kept
   * in memory up to `cacheSize`; or a client of `./registry`, for credentials, signatures or a store of its own.
   */
  registry?: string | RegistrySource
  /** Containers at a time; another start is refused with `CAPACITY`. Default 10. */
  maxContainers?: number
  /**
   * Name of the default engine; an absent one is refused. Default: `wasmtime` if it is among `runtimes` and present, else the engine this program
   * runs in.
   */
  defaultRuntime?: WASMRuntime
  /**
   * Bytes of compiled modules to keep; the least recently used are dropped first. Each worker also keeps the last two modules that it ran. Default
   * 100 MB.
   */
  cacheSize?: number
  /** Also emits `log` events below WARN: starts, stops, and what modules log. Default false. */
  debugMode?: boolean
  /** Counts calls, errors and time, and emits warnings of memory and CPU. Default true. */
  enableMetrics?: boolean
  /** Milliseconds that loading one module may take, 1 to 2,147,483,647. Default 30,000. */
  networkTimeout?: number
  /** Milliseconds that a container stays after its last lease was released, 0 to 2,147,483,647. Default 1,000. */
  releaseGrace?: number
  /** Resolves names in another way; not together with `registry`. */
  resolve?: Resolve
  /** Stores the states of containers with `persistentData`. */
  stateStore?: StateStore
  /** Engines besides the one this program runs in. */
  runtimes?: readonly RuntimeAdapter[]
  /** Workers for containers with `execution: 'worker'`; a start that needs one more is refused. Default: `maxContainers`. */
  workerThreads?: number
  /** Profiling, metrics, memory pool and threads. */
  performance?: PerformanceConfig
  /** URL of the script of workers, for bundlers that do not find `runtimes/worker.js`. */
  workerUrl?: string | URL
  /** How components are transpiled: where a page finds the transpiler, and how long it may take. */
  components?: ComponentOptions
  /**
   * Where a page finds the compiler of scripts, for bundlers that do not find `compile/web-worker.js` and `compile/quickjs.wasm`. Node refuses it.
   */
  scripts?: ScriptCompilerOptions
  /** Default: the host's clock. */
  clock?: Clock
  /** Default: the global `fetch`. */
  fetch?: typeof fetch
}

export interface ResolvedManagerConfig {
  readonly maxContainers: number
  readonly defaultRuntime: WASMRuntime | undefined
  readonly cacheSizeBytes: number
  readonly debugMode: boolean
  readonly enableMetrics: boolean
  readonly enableProfiling: boolean
  readonly memoryPoolBytes: number
  /** Undefined lets no idle module go before the cache is full. */
  readonly maxIdleBytes: number | undefined
  readonly networkTimeoutMs: number
  readonly releaseGraceMs: number
  readonly resolve: Resolve | undefined
  readonly resolvesUrls: boolean
  readonly stateStore: StateStore | undefined
  readonly runtimes: KnownRuntimes
  readonly compileScript: CompileScript
  readonly transpiler: Transpiler
  readonly clock: Clock
  readonly fetch: typeof fetch
}

const duration = (leastMs: number): Kind => numberFrom(leastMs, longestTimerMs)
const configKinds = {
  registry: either(text, having('resolve')),
  maxContainers: wholeFrom(1),
  defaultRuntime: text,
  cacheSize: numberFrom(0),
  debugMode: flag,
  enableMetrics: flag,
  networkTimeout: duration(1),
  releaseGrace: duration(0),
  resolve: callable,
  stateStore: having('load', 'save'),
  runtimes: listOf(having('probe', 'start')),
  workerThreads: wholeFrom(1),
  performance: record,
  workerUrl: { text: 'text or a URL', is: (value) => text.is(value) || value instanceof URL },
  components: record,
  scripts: record,
  clock: having('now', 'setTimer'),
  fetch: callable,
} satisfies Record<keyof ContainerManagerConfig, Kind>

/** Throws `TypeError` for values of another type or out of range, and for two places that names would come from. */
export function resolveManagerConfig(given: ContainerManagerConfig): ResolvedManagerConfig {
  const config = readOptions('manager', given, configKinds)
  const { maxContainers = 10, cacheSize: cacheSizeBytes = 100_000_000 } = config
  const networkTimeoutMs = Math.ceil(config.networkTimeout ?? 30_000)
  const performance = resolvePerformance(config.performance ?? {}, config)
  const { enableMetrics, enableProfiling, memoryPoolBytes, idleShare } = performance
  const fetchIt = config.fetch ?? ((...request) => fetch(...request))
  return {
    maxContainers,
    defaultRuntime: config.defaultRuntime,
    cacheSizeBytes,
    debugMode: config.debugMode ?? false,
    enableMetrics,
    enableProfiling,
    memoryPoolBytes,
    maxIdleBytes: idleShare === undefined ? undefined : idleShare * cacheSizeBytes,
    networkTimeoutMs,
    releaseGraceMs: config.releaseGrace ?? 1000,
    resolvesUrls: typeof config.registry === 'object',
    resolve: chooseResolver(config, { fetch: fetchIt, maxBytes: cacheSizeBytes }),
    stateStore: config.stateStore,
    runtimes: {
      given: config.runtimes ?? [],
      own: ownRuntimes({
        maxThreads: performance.workerThreads ?? maxContainers,
        url: config.workerUrl,
      }),
    },
    compileScript: scriptCompiler(config.scripts, { fetch: fetchIt, networkTimeoutMs }),
    transpiler: lateTranspiler(config.components ?? {}, { fetch: fetchIt, networkTimeoutMs }),
    clock: config.clock ?? hostClock,
    fetch: fetchIt,
  }
}

function chooseResolver(
  { registry, resolve }: ContainerManagerConfig,
  ports: Parameters<typeof resolverOf>[1],
): Resolve | undefined {
  if (registry === undefined) return resolve
  if (resolve === undefined) return resolverOf(registry, ports)
  throw new TypeError('Names come from "registry" or from "resolve", not from both.')
}
