import type { HostFolder } from '../files/host/host-folder.ts'
import type { VirtualFiles } from '../files/types.ts'
import type { NetworkAccess } from '../network/types.ts'
import type { WasiClock } from '../wasi/guest.ts'

/** Life of a container. */
export const ContainerStatus = {
  STARTING: 'starting',
  RUNNING: 'running',
  PAUSED: 'paused',
  STOPPING: 'stopping',
  STOPPED: 'stopped',
  ERROR: 'error',
} as const
export type ContainerStatus = (typeof ContainerStatus)[keyof typeof ContainerStatus]

/** Engines by name. */
export type WASMRuntime = 'wasmtime' | 'wasmedge' | 'wasmer' | 'browser' | 'nodejs'

/** Where an engine runs a module: in the calling thread, in a worker of a pool, or in a process of its own. */
export type Execution = 'in-thread' | 'worker' | 'process'

/** What crosses into and out of a container: JSON, and `undefined`. */
export type SerializableValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | SerializableValue[]
  | { [key: string]: SerializableValue }

/** Called with the new state. */
// oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
export type StateCallback = (state: any) => void

/** Called with the error that made a container fail. */
export type ErrorCallback = (error: Error) => void

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

/** Id of a container, unique within its manager. */
export type ContainerID = string

/** Version of a module, such as `1.2.0`. */
export type ContainerVersion = string

/** Name of a function that a module exports. */
export type FunctionName = string

/** Shape of a value in a function signature. */
export interface TypeInfo {
  type: 'string' | 'number' | 'boolean' | 'object' | 'array'
  /** Of an array. */
  itemType?: TypeInfo
  /** Of an object. */
  properties?: Record<string, TypeInfo>
}

/** A parameter in a function signature. */
export interface ParameterInfo {
  name: string
  type: TypeInfo
  optional?: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  default?: any
}

/** A function as a module's `gaesup:abi` section declares it. */
export interface FunctionSignature {
  name: string
  parameters: ParameterInfo[]
  returnType: TypeInfo
  description?: string
}

/** What a container may reach. Everything is off unless it is named here. */
export interface IsolationPolicy {
  /** Every container has a memory of its own; `false` is refused, as it cannot be turned off. Default true. */
  memoryIsolation: boolean
  /** Lets WASI see files: virtual ones, and of the host only what `mounts` names. Default false: there is no folder to open. */
  fileSystemAccess: boolean
  /** Lets the module publish events to others with the import `gaesup.emit`. Default false. */
  crossContainerComm: boolean
  /** Functions of WASI that work; others answer `notcapable`. An unknown name is refused. Default: all. */
  syscallFilter?: string[]
  /** Linux capabilities. They mean nothing inside one process, so any name is refused. Default: none. */
  capabilities?: string[]
}

/**
 * Gives a module functions of the host, by import module and name. A module waits for those declared with `async` where the engine has WebAssembly's
 * promise integration (Chromium, Node 25; else `RUNTIME_UNAVAILABLE` at its start); a script waits for any promise, everywhere.
 */
export type HostFunctions = Readonly<
  Record<string, Readonly<Record<string, (...args: never[]) => unknown>>>
>

/** Time as plain data, the same in every engine and place; it begins anew with each start of the module. */
export interface SteppedClock {
  /** Time of the first look, in milliseconds since the epoch: 0 to 1.8e13. The monotonic clock begins at 0. */
  readonly startMs: number
  /** Milliseconds that each look moves the clock it looks at. Default 0: both stand still. */
  readonly stepMs?: number
}

/**
 * Random bytes as plain data, the same in every engine and place; they begin anew with each start of the module: xoshiro128** seeded by SplitMix64,
 * each number as four bytes from the lowest on. Whoever knows the seed knows them all, so they are no secrets.
 *
 * @see https://prng.di.unimi.it/
 */
export interface SeededRandom {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number
}

/** What one container is given and allowed. Limits hold in the module's bytes. */
export interface ContainerConfig {
  /** Linear memory in bytes, in steps of 64 KiB. Default 256 MiB. */
  maxMemory?: number
  /** Milliseconds one call may take, start included. Default 30,000; `Infinity` takes the meter out. */
  maxCpuTime?: number
  /**
   * Instructions one call may run, counted the same on every machine. What a way not taken would have cost is counted too: an interpreter is charged
   * up to forty times what it ran, never less. Default: no limit.
   */
  maxFuel?: bigint
  /** Calls inside the module that may nest. Default 10,000. */
  maxCallDepth?: number
  /**
   * Exact `module.name` of every import the module may have. Default: the interfaces of its own ABI (WASI, `gaesup`, Extism,
   * AssemblyScript's `env`), which reach nothing by themselves, and no function from `imports`. A component's are `interface.function`, the
   * interface without its version and the function in camel case: `my:app/log.sayHello`.
   */
  allowedImports?: string[]
  /** Functions of the host; each must also stand in `allowedImports`. A script imports them: `import { add } from 'env'` is `env.add`, with JSON values. */
  imports?: HostFunctions
  /**
   * Keep the state across restarts in the manager's `stateStore`: under the name without its version, the URL, or the digest of bytes.
   * Default false.
   */
  persistentData?: boolean
  /**
   * Lets an Extism plugin's `http_request` and the native ABI's `gaesup.http` ask these hosts; `true` is every public host over https. The
   * thread that runs the module stands still meanwhile in Node, so take `execution: 'worker'` where others wait for it. In a page the request is a `fetch`
   * without credentials, under the page's CORS and content policies; hosts have to be listed, as a page cannot see which addresses are private,
   * redirects are refused, and without promise integration in the browser so is the module (`RUNTIME_UNAVAILABLE`). Default false: `FORBIDDEN`.
   */
  networkAccess?: boolean | NetworkAccess
  isolation?: Partial<IsolationPolicy>
  /** An engine by name; an absent one fails with `RUNTIME_UNAVAILABLE`. Default: the manager's `defaultRuntime`. */
  runtime?: WASMRuntime
  /**
   * `'in-thread'`, `'worker'` or `'process'`; what the runtime does not have fails with `RUNTIME_UNAVAILABLE`. Outside of the calling thread
   * `imports`, `files`, and of `clock` and `random` functions are refused, and files of `fileSystemAccess` last until the next start. Default: in the calling thread, for native engines in a process.
   */
  execution?: Execution
  /** WASI environment; configuration of Extism plugins. Nothing of the host's comes in. Default: empty. */
  environment?: Record<string, string>
  /** Files that WASI sees where `fileSystemAccess` is on. Default: an empty tree of 16 MiB and 1,024 inodes. */
  files?: VirtualFiles
  /**
   * Folders of the machine, by the absolute path under which WASI finds them; needs `fileSystemAccess`, else `FORBIDDEN`. Nothing leads out of them: no `..`, no
   * link, no other process that exchanges names meanwhile. In Node on Linux, in the calling thread and in workers; elsewhere `RUNTIME_UNAVAILABLE`,
   * in locked processes and native engines `FORBIDDEN`. A mount is no copy: what is written stays, and neither snapshots nor `files` hold it. Default: none.
   */
  mounts?: Readonly<Record<string, HostFolder>>
  /**
   * What the module's clocks tell, files of the default tree included; limits and metrics keep to the host's. `{ startMs, stepMs }` works everywhere.
   * Functions work in this thread and for native engines, and workers and processes refuse them; what they throw, and what is no bigint of 64 bits,
   * ends the call with `HOST_FAILED`. Default: the host's clocks.
   */
  clock?: WasiClock | SteppedClock
  /**
   * Where random bytes of WASI, AssemblyScript and scripts come from: with a `{ seed }`, which works everywhere, and a `clock` of its own a run is the
   * same each time. A function that fills works in this thread and for native engines, and workers and processes refuse it; what it throws ends the
   * call with `HOST_FAILED`. Default: the host's, good for secrets.
   */
  random?: ((into: Uint8Array) => void) | SeededRandom
  /** Gets what the module writes to stdout and stderr, as it is written. */
  onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  /** Bytes one call may write to stdout, to stderr and to the log together. Default 1 MiB. */
  maxOutputBytes?: number
  /** State before the first call, unless the store holds one. Default: the module's own. */
  initialState?: unknown
}

/** Bytes of linear memory. */
export interface MemoryUsage {
  /** What the module says it uses (the global `gsp_memory_used`), else the same as `allocated`. */
  used: number
  /** Size of the memory now. */
  allocated: number
  /** Largest size so far. */
  peak: number
  limit: number
}

/** Usage of one container since it started. Counters stay 0 where the manager has `enableMetrics: false`. */
export interface ContainerMetrics {
  /** Time spent in calls, percent of the last second or two. */
  cpuUsage: number
  memoryUsage: MemoryUsage
  /** Milliseconds since the start. */
  uptime: number
  callCount: number
  errorCount: number
  lastActivity: Date
  /** Where the manager has `performance.enableProfiling`: the functions of the module that were called. */
  functions?: FunctionProfile[]
}

/** What one function of a module cost since its container started; calls that wait for their turn are not running yet. */
export interface FunctionProfile {
  name: string
  callCount: number
  errorCount: number
  /** Milliseconds of all its calls together. */
  totalMs: number
  /** Milliseconds of the longest one. */
  longestMs: number
}

/** What a container looks like at one moment; the same object until something changes. */
export interface ContainerView {
  readonly state: unknown
  readonly status: ContainerStatus
  /** Of the state. */
  readonly version: number
  readonly error: Error | undefined
}

/** What `healthCheck` found. */
export interface HealthStatus {
  healthy: boolean
  status: ContainerStatus
  checkedAt: Date
  /** Why it is not healthy. */
  message?: string
}

/** How one call is made. */
export interface CallOptions {
  /**
   * Ends a waiting call at once with `ABORTED`, a running one where it next asks the host. In a worker or process it is seen while the call runs; one that
   * does not stop loses its place, and the error has `details.lost`.
   */
  readonly signal?: AbortSignal
  /** How the bytes of an Extism plugin's output are read. Default `'text'`. */
  readonly as?: 'text' | 'json' | 'bytes'
}

/** What a WASI command gives: a non-zero exit code is a result. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Time as a port. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls once after so many milliseconds; the result takes it back. */
  setTimer(ms: number, run: () => void): () => void
}

/** Keeps states across restarts. What it throws is wrapped as `HOST_FAILED`. */
export interface StateStore {
  /** The JSON text last saved under the key. */
  load(key: string): Promise<string | undefined>
  save(key: string, json: string): Promise<void>
}
