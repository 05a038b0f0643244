import type { ReadyHost } from './guest-host.ts'
import { directFunction, type DirectFunction } from './direct-call.ts'
import type { Guest, GuestImage } from './guest.ts'
import { isCallable, usesWasi, wasiModule } from './detect.ts'
import {
  exportedFunction,
  instantiate,
  requireFunction,
  requireLater,
  unsupported,
  type Running,
} from './instance.ts'
import { ContainerError, ContainerStartupError } from '../errors.ts'
import { fromNumbers, toNumbers, type CallableFunction } from './numbers.ts'
import { setArgumentsLength } from './optional-call.ts'
import type { PreparedModule } from './prepare.ts'
import type { Interfaces, Provided } from './imports.ts'
import type { Output } from './output.ts'
import { createCalls, createLaterCalls } from './ready-calls.ts'
import { readAbiSection } from './section.ts'
import type { Wasi } from '../wasi/index.ts'

/** A running module whose functions are called directly; WASI is made ready where it is used. */
export interface Reactor {
  readonly running: Running
  /** Call before every outermost call. */
  readonly begin: () => void
  readonly close: () => void
}

/** Instantiates a module and runs `_initialize`. `interfaces` gives further ones of its ABI. */
export function startReactor(
  prepared: PreparedModule,
  host: ReadyHost,
  interfaces: (output: Output) => Interfaces = () => ({ host: {} }),
): Reactor {
  const output: Output = { bytes: 0 }
  let leftMs = (): number => Infinity
  const wasi = host.wasi?.({
    args: [host.name],
    stdin: new Uint8Array(),
    onOutput: host.onOutput,
    leftMs: () => leftMs(),
    output,
  })
  const own = interfaces(output)
  const running = instantiate(prepared, host, {
    ...own,
    host: { ...own.host, ...wasiImports(wasi) },
  })
  leftMs = () => running.budget.leftMs()
  initialize(running, wasi)
  return {
    running,
    begin() {
      output.bytes = 0
      wasi?.recover()
    },
    close() {
      running.budget.stop(new ContainerError('The container was stopped.', 'STOPPED'))
      wasi?.close()
      host.http?.close()
    },
  }
}

export function wasiImports(wasi: Wasi | undefined): Provided {
  return wasi === undefined ? {} : { [wasiModule]: wasi.imports[wasiModule] }
}

function initialize(running: Running, wasi: Wasi | undefined): void {
  try {
    running.budget.run(() => {
      if (wasi !== undefined) return wasi.initialize(running.instance)
      exportedFunction(running, '_initialize')?.()
    })
  } catch (cause) {
    if (!(cause instanceof ContainerError)) throw cause
    throw new ContainerStartupError(
      `The module's _initialize failed: ${cause.message}`,
      'STARTUP_FAILED',
      { cause },
    )
  }
}

/** Functions that callers may use, with their types. Signatures of the module say how many arguments are needed. */
export function callableFunctions({
  shape,
  optional,
}: PreparedModule): Map<string, CallableFunction> {
  const signatures = new Map(readAbiSection(shape).exports.map((one) => [one.name, one] as const))
  return new Map(
    [...shape.exports].flatMap(([name, one]) => {
      if (one.kind !== 'function' || !isCallable(name)) return []
      const { params } = one.type
      const declared = signatures.get(name)?.parameters.filter((each) => each.optional !== true)
      const required = optional.has(name) ? (declared?.length ?? 0) : params.length
      return [[name, { name, ...one.type, required }] as const]
    }),
  )
}

/** A function that takes numbers only, ready to be called with a list of them. */
export function readyNumeric(
  running: Running,
  callable: CallableFunction,
): (list: readonly unknown[]) => unknown {
  const called = requireFunction(running, callable.name)
  const isOptional = callable.required < callable.params.length
  const tellCount = isOptional ? requireFunction(running, setArgumentsLength) : undefined
  return (list) => {
    const numbers = toNumbers(callable, list)
    tellCount?.(list.length)
    return called(...numbers)
  }
}

/** The same, for arguments as a caller passes them, and with a result as it gets it. */
export function numericCall(
  running: Running,
  callable: CallableFunction,
): (args: unknown) => unknown {
  const call = readyNumeric(running, callable)
  return (args) => fromNumbers(call(listOf(args)))
}

/** The same function, if its numbers can go as they are. */
export function directNumeric(
  running: Running,
): (found: CallableFunction) => DirectFunction | undefined {
  return (callable) => directFunction(requireFunction(running, callable.name), callable)
}

/** The same for a module that may wait for the host. */
export function laterNumeric(
  running: Running,
  callable: CallableFunction,
): (list: readonly unknown[]) => Promise<unknown> {
  const called = requireLater(running, callable.name)
  const { params, required } = callable
  return async (list) => {
    const numbers = toNumbers(callable, list)
    if (required < params.length) requireFunction(running, setArgumentsLength)(list.length)
    return called(...numbers)
  }
}

const none: readonly unknown[] = []

/** An array is the arguments by position, anything else one argument, nothing none. */
export function listOf(args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return args
  return args === undefined ? none : [args]
}

/** A module of numeric functions, with or without WASI. */
export function startPlain(prepared: PreparedModule, host: ReadyHost): Guest {
  const reactor = startReactor(prepared, host)
  const { running } = reactor
  const functions = callableFunctions(prepared)
  const calls = running.suspends
    ? createLaterCalls(reactor, functions, (callable) => {
        const call = laterNumeric(running, callable)
        return async (args) => fromNumbers(await call(listOf(args)))
      })
    : createCalls({ ...reactor, direct: directNumeric(running) }, functions, (callable) =>
        numericCall(running, callable),
      )
  return {
    abi: prepared.abi,
    ...calls,
    memory: () => plainMemory(running),
    capture: () => captureReactor(prepared, host, running),
    restore: (image) => running.restore(image),
    close: reactor.close,
  }
}

/** A copy of memory does not hold what WASI knows of open files. */
export function captureReactor(
  { shape }: PreparedModule,
  { fileSystemAccess }: ReadyHost,
  running: Running,
): GuestImage {
  if (fileSystemAccess && usesWasi(shape)) unsupported('its files are no part of a copy yet')
  return running.capture()
}

export function plainMemory(running: Running): { allocatedBytes: number; usedBytes: number } {
  const allocatedBytes = running.size.sizeBytes
  return { allocatedBytes, usedBytes: allocatedBytes }
}
