import type { Import } from '../binary/imports.ts'
import { ContainerError, ContainerSecurityError, ContainerStartupError } from '../errors.ts'
import type { Budget } from './budget.ts'
import type { GuestHost } from './guest-host.ts'
import type { PreparedModule } from './prepare.ts'
import { readAbiSection } from './section.ts'
import { isAsync, requireIntegration } from './suspend.ts'

/** Functions by import module and name. */
export type Provided = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>
type HostFunction = (...args: never[]) => unknown

type CallClock = Pick<Budget, 'look' | 'check' | 'wait'>

/** What a module is instantiated with. */
export interface ChosenImports {
  readonly imports: WebAssembly.Imports
  /** Whether it may wait for one of them. */
  readonly suspends: boolean
}

/** What an ABI gives its modules. */
export interface Interfaces {
  /** Functions of the host: around each the clock is looked at, as their work costs the module no fuel. */
  readonly host: Provided
  /** Functions of another module, quick enough to need no look. */
  readonly kernel?: Provided
  /** What a part that is linked into the module imports, beside the module's own imports. `connect` runs the module's start function. */
  readonly linked?: {
    readonly imports: WebAssembly.Imports
    readonly connect: (exports: WebAssembly.Exports) => void
  }
}

/**
 * What a module is instantiated with: exactly its imports, each allowed and each provided. `own` are the interfaces of its ABI; the
 * host's functions come in only by name.
 */
export function chooseImports(
  prepared: PreparedModule,
  host: Pick<GuestHost, 'imports' | 'allowedImports'>,
  how: { own: Interfaces; clock: () => CallClock | undefined },
): ChosenImports {
  const { imports } = prepared.shape
  refuseForbidden(prepared, host, how.own)
  const chosen = named<Record<string, WebAssembly.ImportValue>>()
  for (const [module, group] of Object.entries(how.own.linked?.imports ?? {}))
    chosen[module] = Object.assign(named<WebAssembly.ImportValue>(), group)
  for (const one of imports) {
    const group = (chosen[one.module] ??= named<WebAssembly.ImportValue>())
    group[one.name] = provide(one, { prepared, host, ...how })
  }
  const suspends = imports.some(({ module, name }) => {
    const given = functionOf(how.own.host, module, name) ?? functionOf(host.imports, module, name)
    return given !== undefined && isAsync(given)
  })
  return { imports: chosen, suspends }
}

/** The module chooses the names: on an object with a prototype, `__proto__` would be that of all objects. */
function named<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

/** What the interpreter below a script imports, which the script neither sees nor can leave out. `gaesup.call` looks at each name itself. */
const ofScripts = ['error', 'log', 'call', 'clock', 'random'].map((name) => `gaesup.${name}`)

function refuseForbidden(
  { shape }: Pick<PreparedModule, 'shape'>,
  { allowedImports }: Pick<GuestHost, 'allowedImports'>,
  own: Interfaces,
): void {
  const { imports } = shape
  const implied =
    allowedImports !== undefined && readAbiSection(shape).engine === 'quickjs' ? ofScripts : []
  const isAllowed = ({ module, name, type }: Import): boolean => {
    const full = `${module}.${name}`
    if (allowedImports !== undefined) return allowedImports.includes(full) || implied.includes(full)
    return type.kind === 'memory' || ownFunction(own, module, name) !== undefined
  }
  const forbidden = imports.filter((one) => !isAllowed(one))
  if (forbidden.length === 0) return
  const names = forbidden.map(({ module, name }) => `${module}.${name}`)
  throw new ContainerSecurityError(
    `The module imports what it may not have: ${names.slice(0, 5).join(', ')}. Name it in allowedImports if it should.`,
    'FORBIDDEN',
    { imports: names },
  )
}

interface Sources {
  readonly prepared: PreparedModule
  readonly host: Pick<GuestHost, 'imports'>
  readonly own: Interfaces
  readonly clock: () => CallClock | undefined
}

function provide(one: Import, { prepared, host, own, clock }: Sources): WebAssembly.ImportValue {
  const { module, name, type } = one
  if (type.kind === 'memory') {
    const { min, max } = type.limits
    const limit = Math.min(max ?? 65_536, prepared.plan.maxPages)
    return new WebAssembly.Memory({ initial: min, maximum: limit })
  }
  if (type.kind === 'function') {
    const kernel = functionOf(own.kernel, module, name)
    if (kernel !== undefined) return kernel
    const full = `${module}.${name}`
    const given =
      functionOf(own.host, module, name) ?? guarded(functionOf(host.imports, module, name), full)
    if (given !== undefined)
      return isAsync(given) ? suspending(given, full, clock) : timed(given, clock)
  }
  throw new ContainerStartupError(
    `Nothing provides the ${type.kind} "${module}.${name}" that the module imports; give functions through "imports".`,
    'STARTUP_FAILED',
    { import: `${module}.${name}` },
  )
}

function ownFunction(own: Interfaces, module: string, name: string): HostFunction | undefined {
  return functionOf(own.kernel, module, name) ?? functionOf(own.host, module, name)
}

function timed(given: HostFunction, clock: Sources['clock']): HostFunction {
  return (...args) => {
    const counts = clock()
    counts?.look()
    const result = given(...args)
    counts?.check()
    return result
  }
}

/** A function that the module waits for. Meanwhile the call's time and signal are watched. */
function suspending(
  given: HostFunction,
  name: string,
  clock: Sources['clock'],
): WebAssembly.ImportValue {
  const { Suspending } = requireIntegration(`The host function "${name}"`)
  return new Suspending(async (...args) => {
    const counts = clock()
    counts?.look()
    const result = given(...args) as Promise<unknown>
    const value = await (counts === undefined ? result : counts.wait(result))
    counts?.check()
    return value
  })
}

function functionOf(
  provided: Provided | undefined,
  module: string,
  name: string,
): HostFunction | undefined {
  const group =
    provided !== undefined && Object.hasOwn(provided, module) ? provided[module] : undefined
  return group !== undefined && Object.hasOwn(group, name) ? group[name] : undefined
}

/** A function of the host whose errors arrive as `HOST_FAILED`, and not as the module's. */
function guarded(given: HostFunction | undefined, name: string): HostFunction | undefined {
  if (given === undefined) return undefined
  if (isAsync(given)) return guardedLater(given, name)
  return (...args) => {
    let result: unknown
    try {
      result = given(...args)
    } catch (cause) {
      if (cause instanceof ContainerError || isStackOverflow(cause)) throw cause
      throw new ContainerError(`The host function "${name}" failed.`, 'HOST_FAILED', { cause })
    }
    if (result instanceof Promise) {
      result.catch(() => undefined)
      throw new ContainerError(
        `The host function "${name}" gave a promise, and a module can wait only for functions that say so before it starts: declare it with "async", as async (...args) => f(...args), or let a script call it, which waits for any promise.`,
        'HOST_FAILED',
      )
    }
    return result
  }
}

function guardedLater(given: HostFunction, name: string): HostFunction {
  return async (...args) => {
    try {
      return await given(...args)
    } catch (cause) {
      if (cause instanceof ContainerError) throw cause
      throw new ContainerError(`The host function "${name}" failed.`, 'HOST_FAILED', { cause })
    }
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack')
}
