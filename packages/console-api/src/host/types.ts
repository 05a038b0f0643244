import type { Clock } from '../clock.ts'
import type {
  FunctionOutcome,
  FunctionRequest,
  FunctionRunner,
  FunctionSpec,
  InvokeOptions,
} from '../ports.ts'

/** The revision that a call is for, and how to get its source when an instance must be started. */
export interface FunctionTarget extends Omit<FunctionSpec, 'code'> {
  /** Calls with one key share a pool. A function's drafts have a key of their own. */
  readonly poolKey: string
  /** Asked for only when an instance is started. */
  loadCode(): Promise<string>
}

/** How a call ended, with what the host measured. */
export type HostOutcome = FunctionOutcome & {
  /** True when an instance was started for this call. */
  readonly coldStart: boolean
  /** How long that start took, milliseconds; 0 on a warm call. */
  readonly coldStartMs: number
  /** True when the function ended well but its answer cannot be sent; `message` says why, and is no traceback. */
  readonly unfit?: true
  /** How long the call waited before it had an instance or one was being started, milliseconds. */
  readonly queueMs: number
}

/** What a function host needs. */
export interface FunctionHostPorts {
  readonly runner: FunctionRunner
  readonly clock: Clock
}

/** Limits of a function host. */
export interface FunctionHostOptions {
  /** Instances of one function at a time, default 2. */
  readonly maxInstancesPerFunction?: number
  /** Instances of all functions at a time, default 8. An idle one makes room for another function's call. */
  readonly maxInstances?: number
  /** Instances of all functions that start at the same time, default 4; further calls wait. */
  readonly maxStarting?: number
  /** Calls of one function that wait for an instance, default 100; more answer BUSY. */
  readonly maxQueuedPerFunction?: number
  /** Calls of all functions that wait, default 1,000; more answer BUSY. */
  readonly maxQueued?: number
  /** How long a call waits while no call before it gets its turn, milliseconds, default 30,000; then BUSY. Its own timeout begins with its turn. */
  readonly maxQueueMs?: number
  /** An instance that answered nothing for this long is ended, milliseconds, default 600,000. */
  readonly idleMs?: number
  /** Calls after which an instance is replaced, default 1,000. */
  readonly maxCallsPerInstance?: number
  /** How long an instance may take to start, milliseconds, default 30,000. */
  readonly startTimeoutMs?: number
  /** How long a runner may take to end a call that it was told to end, milliseconds, default 500. */
  readonly graceMs?: number
}

/** Calls of some pools, by what they are doing. */
export interface HostActivity {
  /** Waiting for an instance. */
  readonly waiting: number
  /** Waiting for the instance that is being started for them. */
  readonly starting: number
  readonly running: number
}

/** Numbers of a function host. */
export interface HostStats {
  readonly instances: number
  readonly idle: number
  readonly queued: number
  readonly coldStarts: number
}

/** Pools instances, queues calls for them, and ends them. Every call ends within its timeout plus the grace time. */
export interface FunctionHost {
  /**
   * Runs one request. What the function does is the outcome; rejects with ConsoleApiError `BUSY` (queue full or standing still),
   * `CANCELLED` (the signal fired while waiting), `NOT_FOUND` (retired while waiting) or `SHUTTING_DOWN`.
   */
  invoke(
    target: FunctionTarget,
    request: FunctionRequest,
    options: InvokeOptions,
  ): Promise<HostOutcome>
  /** Lets running calls finish and then ends the instances; the next call starts a new one. */
  drain(poolKey: string): void
  /** Ends every instance and every call of the pool now. */
  retire(poolKey: string): Promise<void>
  stats(): HostStats
  /** What the calls of these pools are doing at this moment. */
  activity(poolKeys: readonly string[]): HostActivity
  /** Ends every call and every instance; resolves when they are gone. The runner stays open: it is its owner's. */
  close(): Promise<void>
}
