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
  /** Every container has its own memory. This cannot be turned off: `false` is refused. Default true. */
  memoryIsolation: boolean
  /** Shows WASI files: virtual ones, and the folders in `mounts`. Default false: there is no folder to open. */
  fileSystemAccess: boolean
  /** Lets the module publish events to others with the import `gaesup.emit`. Default false. */
  crossContainerComm: boolean
  /** Functions of WASI that work; others answer `notcapable`. An unknown name is refused. Default: all. */
  syscallFilter?: string[]
  /** Linux capabilities. They mean nothing inside one process, so any name is refused. Default: none. */
  capabilities?: string[]
}

/**
 * Functions of the host for a module, by import module and name. Modules wait for functions declared with `async` if the engine has WebAssembly's
 * promise integration (Chromium, Node 25; else starting fails with `RUNTIME_UNAVAILABLE`). Scripts wait for any promise, everywhere.
 */
export type HostFunctions = Readonly<
  Record<string, Readonly<Record<string, (...args: never[]) => unknown>>>
>

/** A deterministic clock as plain data, the same in every engine and place. It begins anew with each start of the module. */
export interface SteppedClock {
  /** Time of the first reading, milliseconds since the epoch: 0 to 1.8e13. The monotonic clock begins at 0. */
  readonly startMs: number
  /** Milliseconds by which each reading advances the clock that is read. Default 0: both stand still. */
  readonly stepMs?: number
}

/**
 * Deterministic random bytes as plain data, the same in every engine and place: xoshiro128** seeded by SplitMix64, each number as four bytes, the
 * lowest first. They begin anew with each start of the module. Not for secrets: whoever knows the seed knows all of them.
 *
 * @see https://prng.di.unimi.it/
 */
export interface SeededRandom {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number
}

/** Limits, permissions and inputs of one container. Limits are enforced by the module's own rewritten code. */
export interface ContainerConfig {
  /** Linear memory, bytes, in steps of 64 KiB. Default 256 MiB. */
  maxMemory?: number
  /** Milliseconds that one call, or the start, may take. Default 30,000. `Infinity`: no time limit, and no meter in the module. */
  maxCpuTime?: number
  /**
   * Instructions that one call may run, counted the same on every machine. Branches that were not taken may be charged too: an interpreter is
   * charged up to forty times what it ran, never less. Default: no limit.
   */
  maxFuel?: bigint
  /** Nested calls inside the module. Default 10,000. */
  maxCallDepth?: number
  /**
   * Every import that the module may have, as exact `module.name`. For components it is `interface.function`, the interface without its version and
   * the function in camel case: `my:app/log.sayHello`. Default: the interfaces of its own ABI (WASI, `gaesup`, Extism, AssemblyScript's `env`),
   * which reach nothing by themselves, and no function from `imports`.
   */
  allowedImports?: string[]
  /**
   * Functions of the host; each must also be in `allowedImports`. A script imports them: `import { add } from 'env'` is `env.add`, with JSON values.
   */
  imports?: HostFunctions
  /**
   * Keeps the state across restarts in the manager's `stateStore`, under the name without its version, the URL, or the digest of the bytes. Default
   * false.
   */
  persistentData?: boolean
  /**
   * Lets Extism's `http_request` and `gaesup.http` of the native ABI reach these hosts; `true` is every public host over https. Default false: such
   * a call fails with `FORBIDDEN`.
   *
   * In Node the thread of the module blocks during a request: use `execution: 'worker'` where other work waits for it. In a page the request is a
   * `fetch` without credentials, under the page's CORS and content policies. There hosts have to be listed, because a page cannot see which
   * addresses are private; redirects are refused; and the module is refused (`RUNTIME_UNAVAILABLE`) if the browser has no promise integration.
   */
  networkAccess?: boolean | NetworkAccess
  isolation?: Partial<IsolationPolicy>
  /** Name of the engine; an absent one fails with `RUNTIME_UNAVAILABLE`. Default: the manager's `defaultRuntime`. */
  runtime?: WASMRuntime
  /**
   * Where the engine runs the module: `'in-thread'`, `'worker'` or `'process'`. What the runtime does not have fails with `RUNTIME_UNAVAILABLE`.
   * Outside the calling thread `imports`, `files`, and `clock` and `random` as functions are refused, and files of `fileSystemAccess` last until the
   * next start. Default: the calling thread; for native engines a process.
   */
  execution?: Execution
  /** Environment variables of WASI, or configuration of an Extism plugin. Nothing of the host is passed on. Default: empty. */
  environment?: Record<string, string>
  /** Files that WASI sees with `fileSystemAccess`. Default: an empty tree of 16 MiB and 1,024 inodes. */
  files?: VirtualFiles
  /**
   * Folders of the machine, by the absolute path at which WASI sees them; needs `fileSystemAccess`, else `FORBIDDEN`. A guest cannot leave them by
   * `..`, by links, or by renames of other processes. A mount is not a copy: what is written stays, and neither snapshots nor `files` contain it.
   * Default: none.
   *
   * In Node on Linux, in the calling thread and in workers. Elsewhere `RUNTIME_UNAVAILABLE`; in locked processes, native engines and components
   * `FORBIDDEN`.
   */
  mounts?: Readonly<Record<string, HostFolder>>
  /**
   * Clocks of the module and of the default file tree; limits and metrics use the host's. `{ startMs, stepMs }` works everywhere. Functions work in
   * this thread and for native engines; workers and processes refuse them. A function that throws, or returns anything but a bigint of 64 bits, ends
   * the call with `HOST_FAILED`. Default: the host's clocks.
   */
  clock?: WasiClock | SteppedClock
  /**
   * Random bytes for WASI, AssemblyScript and scripts. `{ seed }` works everywhere; with a `clock` as plain data a run is then the same each time. A
   * function that fills the array works in this thread and for native engines; workers and processes refuse it. If it throws, the call ends with
   * `HOST_FAILED`. Default: the host's, suitable for secrets.
   */
  random?: ((into: Uint8Array) => void) | SeededRandom
  /** Called with what the module writes to stdout and stderr, as it is written. */
  onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  /** Bytes that one call may write to stdout, stderr and the log together. Default 1 MiB. */
  maxOutputBytes?: number
  /** State before the first call, unless `stateStore` has one. Default: the module's own. */
  initialState?: unknown
}

/** Bytes of linear memory. */
export interface MemoryUsage {
  /** Bytes that the module reports in the global `gsp_memory_used`; without it the same as `allocated`. */
  used: number
  /** Current size. */
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
  /** With `performance.enableProfiling`: the functions of the module that were called. */
  functions?: FunctionProfile[]
}

/** Cost of one function of a module since its container started, without the time its calls waited for their turn. */
export interface FunctionProfile {
  name: string
  callCount: number
  errorCount: number
  /** Milliseconds of all calls together. */
  totalMs: number
  /** Milliseconds of the longest call. */
  longestMs: number
}

/** State and status of a container at one moment; the same object until something changes. */
export interface ContainerView {
  readonly state: unknown
  readonly status: ContainerStatus
  /** Version of the state. */
  readonly version: number
  readonly error: Error | undefined
}

/** Result of `healthCheck`. */
export interface HealthStatus {
  healthy: boolean
  status: ContainerStatus
  checkedAt: Date
  /** Why it is not healthy. */
  message?: string
}

/** Options of one call. */
export interface CallOptions {
  /**
   * Ends a waiting call at once with `ABORTED`. A running call in this thread ends where it next asks the host; in a worker or process at any time,
   * and a call that does not stop costs it that place (`details.lost`).
   */
  readonly signal?: AbortSignal
  /** How the output bytes of an Extism plugin are decoded. Default `'text'`. */
  readonly as?: 'text' | 'json' | 'bytes'
}

/** Result of a WASI command. A non-zero exit code is a result, not an error. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Time as a port. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  setTimer(ms: number, run: () => void): () => void
}

/** Stores states across restarts. What it throws is wrapped as `HOST_FAILED`. */
export interface StateStore {
  /** The JSON text last saved under the key. */
  load(key: string): Promise<string | undefined>
  save(key: string, json: string): Promise<void>
}
