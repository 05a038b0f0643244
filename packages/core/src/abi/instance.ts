import { globalExport, memoryExport } from '../binary/export-for-host.ts'
import { ContainerError, ContainerStartupError } from '../errors.ts'
import { createBudget, createOpenBudget, type Budget } from './budget.ts'
import { toContainerError } from './errors.ts'
import type { GuestImage, MemorySize } from './guest.ts'
import type { GuestHost } from './guest-host.ts'
import { chooseImports, type Interfaces } from './imports.ts'
import { LinearMemory } from './linear-memory.ts'
import type { PreparedModule } from './prepare.ts'
import { requireIntegration } from './suspend.ts'

/** One instance of a prepared module, with its limits connected. */
export interface Running {
  readonly exports: WebAssembly.Exports
  readonly instance: WebAssembly.Instance
  readonly budget: Budget
  /** Throws where the module has none. */
  readonly memory: LinearMemory
  /** The same, or no bytes. */
  readonly size: MemorySize
  /** Whether its calls may wait for promises of the host, and so give promises themselves. */
  readonly suspends: boolean
  capture(): GuestImage
  restore(image: GuestImage): void
}

/** Instantiates. `own` are the host interfaces of the module's ABI. */
export function instantiate(prepared: PreparedModule, host: GuestHost, own: Interfaces): Running {
  const late: { budget?: Budget } = {}
  const how = { own, clock: () => late.budget }
  const { imports, suspends } = chooseImports(prepared, host, how)
  const instance = runStart(prepared, imports, own.linked?.connect)
  const budget =
    prepared.plan.meter === undefined
      ? createOpenBudget(instance.exports)
      : createBudget(instance, prepared.bridge, host.budget)
  late.budget = budget
  return new RunningInstance(prepared, { instance, budget, suspends })
}

/** A class, as an object that is written with a getter is slow to read. */
class RunningInstance implements Running {
  readonly exports: WebAssembly.Exports
  readonly instance: WebAssembly.Instance
  readonly budget: Budget
  readonly size: MemorySize
  readonly suspends: boolean
  readonly #prepared: PreparedModule
  readonly #memory: LinearMemory | undefined

  constructor(
    prepared: PreparedModule,
    { instance, budget, suspends }: Pick<Running, 'instance' | 'budget' | 'suspends'>,
  ) {
    const memory = instance.exports[memoryExport]
    this.exports = instance.exports
    this.instance = instance
    this.budget = budget
    this.suspends = suspends
    this.#prepared = prepared
    this.#memory = memory instanceof WebAssembly.Memory ? new LinearMemory(memory) : undefined
    this.size = this.#memory ?? { sizeBytes: 0 }
  }

  get memory(): LinearMemory {
    if (this.#memory !== undefined) return this.#memory
    throw new ContainerStartupError(
      'The module has no memory, which its ABI needs.',
      'MODULE_INVALID',
    )
  }

  capture(): GuestImage {
    return capture(this.#prepared, this.instance, this.#memory)
  }

  restore(image: GuestImage): void {
    restore({ prepared: this.#prepared, instance: this.instance, memory: this.#memory }, image)
  }
}

export function exportedFunction(
  { exports }: Pick<Running, 'exports'>,
  name: string,
): ((...args: (number | bigint)[]) => unknown) | undefined {
  const found = exports[name]
  return typeof found === 'function' ? (found as (...args: unknown[]) => unknown) : undefined
}

/** A function whose calls may wait for the host. */
export function requireLater(
  running: Running,
  name: string,
): (...args: (number | bigint)[]) => Promise<unknown> {
  return requireIntegration(`A function that "${name}" calls`).promising(
    requireFunction(running, name),
  )
}

export function requireFunction(
  running: Running,
  name: string,
): (...args: (number | bigint)[]) => unknown {
  const found = exportedFunction(running, name)
  if (found !== undefined) return found
  throw new ContainerStartupError(
    `The module exports no "${name}", which its ABI needs.`,
    'MODULE_INVALID',
  )
}

/** Instantiates, and says what went wrong with the start function. */
export function runStart(
  { module, plan }: PreparedModule,
  imports: WebAssembly.Imports,
  connect?: (exports: WebAssembly.Exports) => void,
): WebAssembly.Instance {
  try {
    const instance = new WebAssembly.Instance(module, imports)
    connect?.(instance.exports)
    return instance
  } catch (error) {
    if (error instanceof ContainerError) throw error
    if (error instanceof RangeError && error.message.includes('main thread'))
      throw new ContainerStartupError(
        'This browser starts no module as large as this one on a page: run it with execution "worker".',
        'RUNTIME_UNAVAILABLE',
        { cause: error },
      )
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
      const fuel =
        plan.meter === undefined ? '' : `, or it ran more than ${plan.meter.startFuel} instructions`
      throw new ContainerStartupError(
        `The module's start function failed: ${error.message}${fuel}.`,
        'STARTUP_FAILED',
        { cause: toContainerError(error) },
      )
    }
    throw new ContainerStartupError('The module could not be instantiated.', 'STARTUP_FAILED', {
      cause: error,
    })
  }
}

function capture(
  { shape }: PreparedModule,
  instance: WebAssembly.Instance,
  memory: LinearMemory | undefined,
): GuestImage {
  if (shape.changesTables) unsupported('its code changes tables or drops segments')
  const mutable = shape.globals.filter(({ isMutable }) => isMutable)
  if (mutable.some(({ valueType }) => !isNumeric(valueType)))
    unsupported('it has globals that are no numbers')
  return {
    memory: memory?.all.slice() ?? new Uint8Array(),
    globals: mutable.map(({ index }) => globalOf(instance, index).value as number | bigint),
  }
}

interface Target {
  readonly prepared: PreparedModule
  readonly instance: WebAssembly.Instance
  readonly memory: LinearMemory | undefined
}

function restore({ prepared, instance, memory }: Target, image: GuestImage): void {
  if (!ArrayBuffer.isView(image.memory) || image.memory.length % 65_536 !== 0)
    throw new TypeError('An image holds whole pages of memory.')
  const missing = image.memory.length - (memory?.sizeBytes ?? 0)
  if (missing < 0) unsupported('a memory cannot shrink')
  memory?.grow(missing / 65_536)
  memory?.all.set(image.memory)
  const mutable = prepared.shape.globals.filter(({ isMutable }) => isMutable)
  if (mutable.length !== image.globals.length)
    throw new TypeError('An image holds every mutable global.')
  for (const [n, { index }] of mutable.entries()) globalOf(instance, index).value = image.globals[n]
}

function globalOf(instance: WebAssembly.Instance, index: number): WebAssembly.Global {
  const found = instance.exports[globalExport(index)]
  if (found instanceof WebAssembly.Global) return found
  return unsupported(`global ${index} cannot be reached`)
}

function isNumeric(valueType: number): boolean {
  return valueType >= 0x7c && valueType <= 0x7f
}

export function unsupported(reason: string): never {
  throw new ContainerError(`The container cannot be copied: ${reason}.`, 'SNAPSHOT_UNSUPPORTED')
}
