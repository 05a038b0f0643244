import type { ReadyHost } from './guest-host.ts'
import type { Guest, GuestArguments, GuestImage } from './guest.ts'
import { isCallable, usesWasi, wasiModule } from './detect.ts'
import {
  exportedFunction,
  instantiate,
  requireFunction,
  unsupported,
  type Running,
} from './instance.ts'
import { ContainerError, ContainerNotFoundError, ContainerStartupError } from '../errors.ts'
import { fromNumbers, toNumbers, type CallableFunction } from './numbers.ts'
import { setArgumentsLength } from './optional-call.ts'
import type { PreparedModule } from './prepare.ts'
import type { Interfaces, Provided } from './imports.ts'
import { readAbiSection } from './section.ts'
import type { Wasi } from '../wasi/index.ts'

/** A running module whose functions are called directly; WASI is made ready where it is used. */
export interface Reactor {
  readonly running: Running
  /** Call before every outermost call. */
  readonly begin: () => void
  readonly close: () => void
}

/** Instantiates a module and runs `_initialize`. `own` are further interfaces of its ABI. */
export function startReactor(
  prepared: PreparedModule,
  host: ReadyHost,
  own: Interfaces = { host: {} },
): Reactor {
  const output = { bytes: 0 }
  let leftMs = (): number => Infinity
  const wasi = host.wasi?.({
    args: [host.name],
    stdin: new Uint8Array(),
    onOutput: host.onOutput,
    leftMs: () => leftMs(),
    output,
  })
  const running = instantiate(prepared, host, {
    ...own,
    host: { ...own.host, ...wasiImports(wasi) },
  })
  leftMs = running.budget.leftMs
  initialize(running, wasi)
  return {
    running,
    begin() {
      output.bytes = 0
      wasi?.recover()
    },
    close() {
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

export function noFunction(name: string, known: Iterable<string>): never {
  const names = [...known]
  throw new ContainerNotFoundError(
    `The module has no function "${name}". It has: ${names.slice(0, 20).join(', ') || 'none'}.`,
    'NOT_FOUND',
    { functionName: name },
  )
}

/** A call with numbers only. */
export function callNumeric(
  running: Running,
  callable: CallableFunction,
  args: readonly unknown[],
): unknown {
  const numbers = toNumbers(callable, args)
  if (callable.required < callable.params.length)
    requireFunction(running, setArgumentsLength)(args.length)
  return callWith(requireFunction(running, callable.name), numbers)
}

/** Calls that spread a list cost more than the calls of short functions. */
function callWith(
  called: (...args: (number | bigint)[]) => unknown,
  numbers: readonly (number | bigint)[],
): unknown {
  const [first, second] = numbers
  if (first === undefined) return called()
  if (numbers.length === 1) return called(first)
  return numbers.length === 2 && second !== undefined ? called(first, second) : called(...numbers)
}

/** A module of numeric functions, with or without WASI. */
export function startPlain(prepared: PreparedModule, host: ReadyHost): Guest {
  const { running, begin, close } = startReactor(prepared, host)
  const functions = callableFunctions(prepared)
  return {
    abi: prepared.abi,
    functions: [...functions.keys()],
    call(name, { list }: GuestArguments, options) {
      const callable = functions.get(name) ?? noFunction(name, functions.keys())
      begin()
      return running.budget.run(() => fromNumbers(callNumeric(running, callable, list)), options)
    },
    memory: () => plainMemory(running),
    capture: () => captureReactor(prepared, host, running),
    restore: (image) => running.restore(image),
    close,
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
  const allocatedBytes = running.allocatedBytes()
  return { allocatedBytes, usedBytes: allocatedBytes }
}
