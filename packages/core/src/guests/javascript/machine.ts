import type { JSValueHandle, QuickJS } from 'quickjs-wasi'
import { createHostFunction, type GuestValue, type HostOperations } from './bridge.ts'
import type { JavaScriptImage } from './image.ts'

/** Why the host ended a program. */
export type MachineStop =
  | { readonly kind: 'exit'; readonly code: number }
  /** An operation threw something that is no refusal, such as the output limit. */
  | { readonly kind: 'fault'; readonly error: unknown }
  | { readonly kind: 'memory' }
  | { readonly kind: 'interrupted' }
  /** The interpreter itself stopped. */
  | { readonly kind: 'crash'; readonly message: string }

/** Finds and reads ES modules; both run while the guest waits. */
export interface MachineLoader {
  normalize(base: string, specifier: string): string
  load(path: string): string
}

export interface MachineOptions {
  readonly memoryLimitBytes: number
  readonly operations: (machine: Machine) => HostOperations
  readonly loader: MachineLoader
  /** True ends the program; asked about every ten thousand steps. */
  readonly interrupt?: (() => boolean) | undefined
  /** Milliseconds since the epoch. */
  now(): number
}

/** One interpreter with one program in it. */
export interface Machine {
  readonly vm: QuickJS
  /** Set once the program has to end. */
  readonly stop: MachineStop | undefined
  halt(stop: MachineStop): void
  /** Calls the prelude's entry; the result is a primitive or `undefined`. */
  ask(operation: string, ...args: readonly (GuestValue | JSValueHandle)[]): GuestValue
  /** Evaluates a script or module; errors end in the guest's own `fatal`. */
  evaluate(run: (vm: QuickJS) => JSValueHandle): JSValueHandle | undefined
  /** True when the text is a script; nothing of it is run. */
  parses(code: string, name: string): boolean
  /** Runs ticks and promise jobs until there are none. */
  drain(): void
  memoryBytes(): number
  close(): void
}

/** `EvalFlags.COMPILE_ONLY` of quickjs-wasi. */
const compileOnly = 32

const isHandle = (value: unknown): value is JSValueHandle => typeof value === 'object' && value !== null && 'ptr' in value

const outOfMemory = /wasm_malloc failed|out of memory|memory access out of bounds/

/** Opens an interpreter on a copy of the image. */
export const openMachine = async (image: JavaScriptImage, options: MachineOptions): Promise<Machine> => {
  let stop: MachineStop | undefined
  const pending = new Map<number, { promise: JSValueHandle; reason: JSValueHandle }>()
  const vm = await image.open(options.memoryLimitBytes, {
    interruptHandler: () => {
      if (stop === undefined && options.interrupt?.() === true) stop = { kind: 'interrupted' }
      return stop !== undefined
    },
    onUnhandledRejection: (promise, reason, isHandled) => {
      const known = pending.get(promise.identity)
      known?.promise.dispose()
      known?.reason.dispose()
      pending.delete(promise.identity)
      if (!isHandled) pending.set(promise.identity, { promise: promise.dup(), reason: reason.dup() })
    },
    moduleLoader: options.loader,
    timezoneOffset: 0,
    wasi: (memory) => ({
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        new DataView(memory.buffer).setBigUint64(result, BigInt(Math.round(options.now() * 1e6)), true)
        return 0
      },
      // The engine's own messages go nowhere; programs write through `write`.
      fd_write: () => 8,
    }),
  })

  const halt = (reason: MachineStop): void => {
    stop ??= reason
  }

  /** Runs guest code; what goes wrong in it either stops the program or is given to `fatal`. */
  const guarded = (run: () => JSValueHandle): JSValueHandle | undefined => {
    if (stop !== undefined) return undefined
    try {
      return run()
    } catch (error) {
      if (stop !== undefined) return undefined
      if (error instanceof Error && 'handle' in error && isHandle(error.handle)) return failed(error.handle)
      const message = error instanceof Error ? error.message : String(error)
      halt(outOfMemory.test(message) ? { kind: 'memory' } : { kind: 'crash', message })
      return undefined
    }
  }

  const call = (operation: string, args: readonly (GuestValue | JSValueHandle)[]): JSValueHandle => {
    const entry = vm.importHandle(image.entry)
    const handles = [operation, ...args].map((value) => (isHandle(value) ? value : vm.hostToHandle(value)))
    try {
      return vm.callFunction(entry, vm.undefined, ...handles)
    } finally {
      entry.dispose()
      for (const [at, handle] of handles.entries()) if (at === 0 || !isHandle(args[at - 1])) handle.dispose()
    }
  }

  let failing = false
  const failed = (error: JSValueHandle): undefined => {
    // An error of the error report is not reported again.
    if (failing) return halt({ kind: 'memory' })
    failing = true
    const verdict = ask('fatal', error)
    failing = false
    settle(verdict)
  }

  const settle = (verdict: GuestValue): void => {
    if (verdict === 'memory') halt({ kind: 'memory' })
    else if (verdict !== 'handled') halt({ kind: 'exit', code: 1 })
  }

  const ask: Machine['ask'] = (operation, ...args) => {
    const result = guarded(() => call(operation, args))
    if (result === undefined) return undefined
    const value = result.isString ? result.toString() : result.isNumber ? result.toNumber() : result.isBool ? result.toBoolean() : undefined
    result.dispose()
    return value
  }

  const reportRejections = (): boolean => {
    const any = pending.size > 0
    for (const [identity, { promise, reason }] of pending) {
      pending.delete(identity)
      if (stop === undefined) settle(ask('rejected', reason, promise))
      promise.dispose()
      reason.dispose()
    }
    return any
  }

  const drain = (): void => {
    let more = true
    while (more && stop === undefined) {
      const ticked = ask('runTicks') === true
      const jobs = guarded(() => vm.newNumber(vm.executePendingJobs()))
      more = ticked || (jobs?.toNumber() ?? 0) > 0
      jobs?.dispose()
      if (!more) more = reportRejections()
    }
  }

  const machine: Machine = {
    vm,
    get stop() {
      return stop
    },
    halt,
    ask,
    parses: (code, name) => {
      try {
        vm.evalCode(code, name, compileOnly).dispose()
        return true
      } catch {
        return false
      }
    },
    evaluate: (run) => guarded(() => run(vm)),
    drain,
    memoryBytes: () => vm._getMemory().buffer.byteLength,
    close: () => vm.dispose(),
  }
  const operations = options.operations(machine)
  vm.registerHostCallback('host', createHostFunction(vm, operations, (error) => halt({ kind: 'fault', error })))
  return machine
}
