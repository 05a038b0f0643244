import { meterExports } from '../binary/meter-exports.ts'
import { createMeter, type Meter } from '../binary/meter.ts'
import { ContainerError, ContainerTimeoutError } from '../errors.ts'
import { toContainerError } from './errors.ts'
import type { GuestCallOptions, StopSignal } from './guest.ts'

/** What one call may use. */
export interface BudgetLimits {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** Fuel between two looks at the clock: a few milliseconds at most. */
const slice = 1_000_000n

/** What a budget needs of a call's options. */
type BudgetOptions = Pick<GuestCallOptions, 'signal' | 'startedMs'>

/** Runs calls of one instance inside their limits. A call that is stopped leaves the instance as usable as before. */
export interface Budget {
  run<T>(work: () => T, options?: BudgetOptions): T
  /** Milliseconds the running call still has. */
  readonly leftMs: () => number
  /** Throws when the running call's time is over or its signal aborted. */
  readonly check: () => void
}

/** For a module that was not metered: nothing stops a call. */
export function createOpenBudget(): Budget {
  return { run: (work) => translate(work), leftMs: () => Infinity, check: () => undefined }
}

/** Hands out fuel in slices and looks at the clock, the fuel total and the signal between them. */
export function createBudget(
  instance: Pick<WebAssembly.Instance, 'exports'>,
  bridge: WebAssembly.Module,
  limits: BudgetLimits,
): Budget {
  const meter = createMeter(instance)
  const call = {
    depth: 0,
    granted: 0n,
    deadline: 0,
    signal: undefined as StopSignal | undefined,
    /** Fuel and depth are not as a call that returns leaves them. */
    isUneven: true,
  }
  const { maxFuel } = limits
  const first = maxFuel !== undefined && maxFuel < slice ? maxFuel : slice
  const grant = (): void => {
    const used = call.granted - meter.fuel
    const left = maxFuel === undefined ? slice : maxFuel - used
    if (left <= 0n) fuelOut(maxFuel ?? 0n)
    const next = left < slice ? left : slice
    // What was overdrawn stays counted: the meter stands at `next`, and all before it is granted.
    call.granted = used + next
    meter.fuel = next
  }
  const check = (): void => {
    throwIfAborted(call.signal)
    if (limits.nowMs() > call.deadline) timeOut(limits.maxCpuTimeMs)
  }
  const tick = (): void => {
    if (meter.stoppedBy() === 'depth') tooDeep()
    check()
    grant()
  }
  connect(instance, bridge, tick)
  return {
    check,
    leftMs: () => call.deadline - limits.nowMs(),
    run(work, { signal, startedMs } = {}) {
      // A host function that calls back into the module spends the same budget.
      if (call.depth > 0) return spendAll(work, meter)
      call.deadline = (startedMs ?? limits.nowMs()) + limits.maxCpuTimeMs
      call.granted = first
      call.signal = signal
      // Setting a global costs more than a short call: where no total is kept, what a call leaves of its slice is for the next.
      if (call.isUneven) meter.begin(first)
      else if (maxFuel !== undefined) meter.fuel = first
      call.depth = 1
      call.isUneven = true
      try {
        const result = work()
        call.isUneven = false
        return result
      } catch (error) {
        throw toContainerError(error)
      } finally {
        call.depth = 0
        call.signal = undefined
      }
    },
  }
}

/** Where a call traps, the fuel its last loop used is not written back: who goes on after that has used the whole slice. */
function spendAll<T>(work: () => T, meter: Meter): T {
  try {
    return work()
  } catch (error) {
    if (meter.fuel >= 0n) meter.fuel = -1n
    throw error
  }
}

function translate<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toContainerError(error)
  }
}

/** A table takes functions of modules only, so the host's goes through a module of one import and one export. */
function connect(
  instance: Pick<WebAssembly.Instance, 'exports'>,
  module: WebAssembly.Module,
  tick: () => void,
): void {
  const table = instance.exports[meterExports.tick]
  if (!(table instanceof WebAssembly.Table))
    throw new TypeError('The module was metered without "asksHost".')
  const bridge = new WebAssembly.Instance(module, { h: { t: tick } })
  table.set(0, bridge.exports['t'])
}

/** Through which a host function comes into a table. One serves any number of instances. */
export function compileBridge(): WebAssembly.Module {
  return new WebAssembly.Module(bridgeBytes)
}

/** `(module (import "h" "t" (func)) (export "t" (func 0)))` */
const bridgeBytes = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x68, 1, 0x74, 0, 0, 7, 5, 1, 1,
  0x74, 0, 0,
])

function throwIfAborted(signal: StopSignal | undefined): void {
  if (signal?.aborted === true)
    throw new ContainerError('The call was aborted.', 'ABORTED', { cause: signal.reason })
}

function timeOut(limitMs: number): never {
  throw new ContainerTimeoutError(
    `The call ran longer than maxCpuTime allows (${limitMs} ms). The container lives on; what the call changed so far stays.`,
    'TIME_LIMIT',
    { limitMs },
  )
}

function fuelOut(limit: bigint): never {
  throw new ContainerTimeoutError(
    `The call used more than maxFuel allows (${limit} instructions). The container lives on; what the call changed so far stays.`,
    'CPU_LIMIT',
    { limit },
  )
}

function tooDeep(): never {
  throw new ContainerTimeoutError(
    'Calls inside the module nest deeper than maxCallDepth allows. The container lives on.',
    'DEPTH_LIMIT',
  )
}
