import { ConsoleApiError } from '../errors.ts'
import type { FunctionInstance, FunctionOutcome, InvokeOptions } from '../ports.ts'
import type { Lease, Slot } from './pool.ts'
import { runCall } from './run-call.ts'
import { Scheduler, type HostLimits } from './scheduler.ts'
import type {
  FunctionHost,
  FunctionHostOptions,
  FunctionHostPorts,
  FunctionTarget,
} from './types.ts'

const DEFAULTS: HostLimits = {
  maxInstancesPerFunction: 2,
  maxInstances: 8,
  maxStarting: 4,
  maxQueuedPerFunction: 100,
  maxQueued: 1000,
  maxQueueMs: 30_000,
  idleMs: 600_000,
  maxCallsPerInstance: 1000,
  startTimeoutMs: 30_000,
  graceMs: 500,
}

/** Failures after which an instance may be used again; after any other its state is unknown. */
const HARMLESS: ReadonlySet<string> = new Set(['FUNCTION_ERROR'])

/** A pool of instances per function over a `FunctionRunner`. Throws TypeError for a limit that is not a positive number. */
export function createFunctionHost(
  ports: FunctionHostPorts,
  options: FunctionHostOptions = {},
): FunctionHost {
  const limits = readLimits(options)
  const scheduler = new Scheduler(ports.clock, limits)
  const running = new Set<Promise<unknown>>()
  let coldStarts = 0
  let closed = false

  const invoke: FunctionHost['invoke'] = async (target, request, call) => {
    if (closed) throw shuttingDown()
    if (call.signal.aborted)
      throw new ConsoleApiError('CANCELLED', 'the caller went away before the call began')
    const queuedAtMs = ports.clock.monotonicMs()
    const lease = await scheduler.acquire(target, call.signal)
    const queueMs = ports.clock.monotonicMs() - queuedAtMs
    if (lease.fresh) coldStarts += 1
    const { outcome, coldStartMs } = await serve({ ports, limits, scheduler }, lease, {
      target,
      request,
      options: call,
    })
    return { ...outcome, coldStart: lease.fresh, coldStartMs, queueMs }
  }

  return {
    invoke(target, request, call) {
      const pending = invoke(target, request, call)
      running.add(pending)
      const forget = (): void => void running.delete(pending)
      pending.then(forget, forget)
      return pending
    },
    drain(poolKey) {
      const pool = scheduler.pools.get(poolKey)
      if (pool !== undefined) scheduler.drain(pool)
    },
    async retire(poolKey) {
      const pool = scheduler.pools.get(poolKey)
      if (pool === undefined) return
      scheduler.refuse(
        pool,
        new ConsoleApiError('NOT_FOUND', 'the function was deleted while the call was waiting'),
      )
      await Promise.all([...pool.slots].map((slot) => scheduler.end(slot)))
    },
    stats: () => ({ ...scheduler.stats(), coldStarts }),
    activity: (poolKeys) => scheduler.activity(poolKeys),
    async close() {
      closed = true
      const pools = [...scheduler.pools.values()]
      for (const pool of pools) scheduler.refuse(pool, shuttingDown())
      await Promise.all(pools.flatMap((pool) => [...pool.slots]).map((slot) => scheduler.end(slot)))
      await Promise.allSettled(running)
    },
  }
}

function readLimits(options: FunctionHostOptions): HostLimits {
  const limits = { ...DEFAULTS, ...options }
  for (const [name, value] of Object.entries(limits)) {
    const least = name.startsWith('maxQueued') ? 0 : 1
    if (!(value >= least))
      throw new TypeError(`${name} must be at least ${least}, not ${String(value)}`)
  }
  return limits
}

interface Call {
  readonly target: FunctionTarget
  readonly request: Parameters<FunctionHost['invoke']>[1]
  readonly options: InvokeOptions
}

interface HostParts {
  readonly ports: FunctionHostPorts
  readonly limits: HostLimits
  readonly scheduler: Scheduler
}

async function serve(
  host: HostParts,
  { slot, fresh }: Lease,
  call: Call,
): Promise<{ outcome: FunctionOutcome; coldStartMs: number }> {
  const { clock } = host.ports
  const abort = new AbortController()
  slot.abort = abort
  const signal = AbortSignal.any([call.options.signal, abort.signal])
  const startedMs = clock.monotonicMs()
  const started = fresh ? await start(host, slot, { target: call.target, signal }) : null
  const coldStartMs = fresh ? clock.monotonicMs() - startedMs : 0
  if (started !== null) {
    host.scheduler.release(slot, false)
    return {
      outcome: { ok: false, ...started, durationMs: coldStartMs, cpuMs: 0, memoryBytes: 0 },
      coldStartMs,
    }
  }
  slot.calls += 1
  const instance = slot.instance as FunctionInstance
  const outcome = await runCall(
    instance,
    { request: call.request, options: { ...call.options, signal } },
    { clock, graceMs: host.limits.graceMs },
  )
  host.scheduler.release(slot, outcome.ok || HARMLESS.has(outcome.code))
  return { outcome, coldStartMs }
}

type StartFailure = { readonly code: 'CRASHED' | 'CANCELLED'; readonly message: string }

/** Puts a running instance into the slot, or says why there is none. */
async function start(
  { ports, limits, scheduler }: HostParts,
  slot: Slot,
  { target, signal }: { target: FunctionTarget; signal: AbortSignal },
): Promise<StartFailure | null> {
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const late = Promise.withResolvers<never>()
  stop.signal.addEventListener('abort', () => late.reject(stop.signal.reason))
  const cancel = ports.clock.after(limits.startTimeoutMs, () =>
    stop.abort(new Error(`no instance started within ${limits.startTimeoutMs / 1000} s`)),
  )
  if (signal.aborted) onAbort()
  try {
    const code = await target.loadCode()
    const { functionId, revision, runtime, environment, memoryMb } = target
    const spec = { functionId, revision, runtime, environment, memoryMb, code }
    const starting = ports.runner.start(spec, stop.signal)
    // An instance that comes after the deadline is ended, not kept.
    starting
      .then((instance) => (stop.signal.aborted ? void instance.close() : undefined))
      .catch(() => undefined)
    slot.instance = await Promise.race([starting, late.promise])
    scheduler.started(slot)
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { code: signal.aborted ? 'CANCELLED' : 'CRASHED', message }
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

function shuttingDown(): ConsoleApiError {
  return new ConsoleApiError('SHUTTING_DOWN', 'the server is shutting down')
}
