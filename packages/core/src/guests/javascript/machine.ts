import type { JSValueHandle, QuickJS, QuickJSOptions } from 'quickjs-wasi'
import { createHostFunction, fromGuest, type GuestValue, type HostOperations } from './bridge.ts'
import type { JavaScriptImage } from './image.ts'

/** Why the host ended a program. */
export type MachineStop =
  | { readonly kind: 'exit'; readonly code: number }
  /** An operation threw something other than a refusal, such as the output limit. */
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
  /** What the text is, without running it; undefined when it is neither. */
  kindOf(code: string, name: string): 'script' | 'module' | undefined
  /** Runs ticks and promise jobs until there are none. */
  drain(): void
  memoryBytes(): number
  close(): void
}

/** `EvalFlags.COMPILE_ONLY` of quickjs-wasi, alone and with `MODULE`. */
const scriptOnly = 32
const moduleOnly = 33

const isHandle = (value: unknown): value is JSValueHandle =>
  typeof value === 'object' && value !== null && 'ptr' in value

const outOfMemory = /wasm_malloc failed|out of memory|memory access out of bounds/

const hasHandle = (error: unknown): error is Error & { readonly handle: JSValueHandle } =>
  error instanceof Error && 'handle' in error && isHandle(error.handle)

interface Rejection {
  readonly promise: JSValueHandle
  readonly reason: JSValueHandle
}

/** What the host keeps beside the interpreter; it exists before the interpreter does. */
interface MachineState {
  stop: MachineStop | undefined
  readonly rejections: Map<number, Rejection>
}

const forget = (rejections: Map<number, Rejection>, identity: number): void => {
  const known = rejections.get(identity)
  known?.promise.dispose()
  known?.reason.dispose()
  rejections.delete(identity)
}

const engineOptions = (
  state: MachineState,
  options: MachineOptions,
): Omit<QuickJSOptions, 'wasm'> => ({
  interruptHandler: () => {
    if (state.stop === undefined && options.interrupt?.() === true)
      state.stop = { kind: 'interrupted' }
    return state.stop !== undefined
  },
  onUnhandledRejection: (promise, reason, isHandled) => {
    forget(state.rejections, promise.identity)
    if (!isHandled)
      state.rejections.set(promise.identity, { promise: promise.dup(), reason: reason.dup() })
  },
  moduleLoader: options.loader,
  timezoneOffset: 0,
  wasi: (memory) => ({
    clock_time_get: (_clock: number, _precision: bigint, result: number) => {
      new DataView(memory.buffer).setBigUint64(
        result,
        BigInt(Math.round(options.now() * 1e6)),
        true,
      )
      return 0
    },
    // The engine's own messages go nowhere; programs write through `write`.
    fd_write: () => 8,
  }),
})

class QuickMachine implements Machine {
  readonly vm: QuickJS
  readonly #state: MachineState
  readonly #entry: number
  #failing = false

  constructor(vm: QuickJS, entry: number, state: MachineState) {
    this.vm = vm
    this.#entry = entry
    this.#state = state
  }

  get stop(): MachineStop | undefined {
    return this.#state.stop
  }

  halt(stop: MachineStop): void {
    this.#state.stop ??= stop
  }

  /** Runs guest code; what goes wrong in it either stops the program or is given to `fatal`. */
  #guarded(run: () => JSValueHandle): JSValueHandle | undefined {
    if (this.stop !== undefined) return undefined
    try {
      return run()
    } catch (error) {
      if (this.stop === undefined) this.#fail(error)
      return undefined
    }
  }

  #fail(error: unknown): void {
    if (!hasHandle(error)) {
      const message = error instanceof Error ? error.message : String(error)
      return this.halt(outOfMemory.test(message) ? { kind: 'memory' } : { kind: 'crash', message })
    }
    // Where even the report of an error fails, there is no room left for anything.
    if (this.#failing) return this.halt({ kind: 'memory' })
    this.#failing = true
    const verdict = this.ask('fatal', error.handle)
    this.#failing = false
    return this.#settle(verdict)
  }

  #settle(verdict: GuestValue): void {
    if (verdict === 'memory') this.halt({ kind: 'memory' })
    else if (verdict !== 'handled') this.halt({ kind: 'exit', code: 1 })
  }

  #call(operation: string, args: readonly (GuestValue | JSValueHandle)[]): JSValueHandle {
    const { vm } = this
    const own: JSValueHandle[] = []
    const toHandle = (value: GuestValue | JSValueHandle): JSValueHandle => {
      if (isHandle(value)) return value
      const made = vm.hostToHandle(value)
      own.push(made)
      return made
    }
    try {
      const entry = vm.importHandle(this.#entry)
      own.push(entry)
      return vm.callFunction(entry, vm.undefined, ...[operation, ...args].map(toHandle))
    } finally {
      for (const handle of own) handle.dispose()
    }
  }

  ask(operation: string, ...args: readonly (GuestValue | JSValueHandle)[]): GuestValue {
    const result = this.#guarded(() => this.#call(operation, args))
    if (result === undefined) return undefined
    const value = fromGuest(result)
    result.dispose()
    return value
  }

  evaluate(run: (vm: QuickJS) => JSValueHandle): JSValueHandle | undefined {
    return this.#guarded(() => run(this.vm))
  }

  kindOf(code: string, name: string): 'script' | 'module' | undefined {
    if (this.#compiles(code, name, scriptOnly)) return 'script'
    // Under a name of its own: the engine keeps what it compiled as a module.
    return this.#compiles(code, `${name}?`, moduleOnly) ? 'module' : undefined
  }

  #compiles(code: string, name: string, flags: number): boolean {
    try {
      this.vm.evalCode(code, name, flags).dispose()
      return true
    } catch {
      return false
    }
  }

  drain(): void {
    let more = true
    while (more && this.stop === undefined) {
      const ticked = this.ask('runTicks') === true
      const jobs = this.#guarded(() => this.vm.newNumber(this.vm.executePendingJobs()))
      more = ticked || (jobs?.toNumber() ?? 0) > 0
      jobs?.dispose()
      if (!more) more = this.#reportRejections()
    }
  }

  #reportRejections(): boolean {
    const { rejections } = this.#state
    const any = rejections.size > 0
    for (const [identity, { promise, reason }] of rejections) {
      if (this.stop === undefined) this.#settle(this.ask('rejected', reason, promise))
      forget(rejections, identity)
    }
    return any
  }

  memoryBytes(): number {
    return this.vm._getMemory().buffer.byteLength
  }

  close(): void {
    this.vm.dispose()
  }
}

/** Opens an interpreter on a copy of the image. */
export const openMachine = async (
  image: JavaScriptImage,
  options: MachineOptions,
): Promise<Machine> => {
  const state: MachineState = { stop: undefined, rejections: new Map() }
  const vm = await image.open(options.memoryLimitBytes, engineOptions(state, options))
  const machine = new QuickMachine(vm, image.entry, state)
  const onFault = (error: unknown): void => machine.halt({ kind: 'fault', error })
  vm.registerHostCallback('host', createHostFunction(vm, options.operations(machine), onFault))
  return machine
}
