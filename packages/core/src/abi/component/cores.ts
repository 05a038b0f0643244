import { toContainerError } from '../errors.ts'
import type { GuestCallOptions } from '../guest.ts'
import type { ReadyHost } from '../guest-host.ts'
import { runStart } from '../instance.ts'
import type { PreparedModule } from '../prepare.ts'
import { CountedMemory, Crossing } from './crossing.ts'
import { createJointBudget, createOpenJointBudget, type JointBudget } from './joint-budget.ts'
import type { PreparedComponent } from './prepare.ts'

type Callable = (...args: unknown[]) => unknown
type Given = Record<string, Record<string, unknown>>

/** The core modules of one instance of a component, under one budget. */
export class Cores {
  readonly crossing: Crossing
  readonly #component: PreparedComponent
  readonly #byModule: ReadonlyMap<WebAssembly.Module, PreparedModule>
  readonly #joint: JointBudget
  readonly #memories = new Set<WebAssembly.Memory>()
  /** Functions of modules by what the glue has of them. They need no look at the clock. */
  readonly #functions = new WeakMap<Callable, Callable>()
  #isRunning = false
  #left: readonly PreparedModule[]

  constructor(component: PreparedComponent, { budget }: Pick<ReadyHost, 'budget'>) {
    const cores = [...component.cores.values()]
    const [first] = cores
    this.#component = component
    this.#byModule = new Map(cores.map((core) => [core.module, core]))
    this.#left = component.instances.map((name) => this.#core(name))
    this.#joint =
      first?.plan.meter === undefined
        ? createOpenJointBudget()
        : createJointBudget(budget, first.bridge)
    this.crossing = new Crossing(component.maxMemoryBytes)
  }

  readonly module = (name: string): WebAssembly.Module => this.#core(name).module

  readonly instantiate = (
    module: WebAssembly.Module,
    imports: Given = {},
  ): Pick<WebAssembly.Instance, 'exports'> => {
    const core = this.#byModule.get(module)
    const at = core === undefined ? -1 : this.#left.indexOf(core)
    if (core === undefined || at === -1)
      throw new TypeError('The component starts a module that it was not to start.')
    this.#left = this.#left.toSpliced(at, 1)
    this.#joint.budget.look()
    const instance = runStart(core, this.#given(imports))
    this.#joint.join(instance, core)
    this.#joint.budget.check()
    const shown = Object.entries(instance.exports).map(([name, value]) => [name, this.#show(value)])
    return { exports: Object.fromEntries(shown) as WebAssembly.Exports }
  }

  /** Runs inside the limits; what is thrown is a `ContainerError` where a limit or a trap ended it. */
  run<T>(work: () => T, options?: GuestCallOptions): T {
    const isOuter = !this.#isRunning
    if (isOuter) this.#joint.begin()
    this.crossing.begin()
    this.#isRunning = true
    try {
      return this.#joint.budget.run(() => this.#attempt(work), options)
    } finally {
      if (isOuter) this.#isRunning = false
    }
  }

  #attempt<T>(work: () => T): T {
    try {
      this.crossing.endForgotten()
      return work()
    } catch (error) {
      throw toContainerError(isOutOfRange(error) ? badValue(error) : error)
    }
  }

  leftMs(): number {
    return this.#joint.budget.leftMs()
  }

  memoryBytes(): number {
    return [...this.#memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  }

  #core(name: string): PreparedModule {
    const found = this.#component.cores.get(name)
    if (found === undefined) throw new TypeError(`The component has no module "${name}".`)
    return found
  }

  #show(value: unknown): unknown {
    if (typeof value === 'function') return this.#entered(value as Callable)
    if (!(value instanceof WebAssembly.Memory)) return value
    this.#memories.add(value)
    return new CountedMemory(value, this.crossing)
  }

  /** Resources that the caller holds have methods and destructors, which no call of a name goes before. */
  #entered(raw: Callable): Callable {
    const entered: Callable = (...args) =>
      this.#isRunning ? raw(...args) : this.run(() => raw(...args))
    this.#functions.set(entered, raw)
    return entered
  }

  #given(imports: Given): WebAssembly.Imports {
    const groups = Object.entries(imports).map(([module, group]) => {
      const values = Object.entries(group).map(([name, value]) => [name, this.#give(value)])
      return [module, Object.fromEntries(values)]
    })
    return Object.fromEntries(groups) as WebAssembly.Imports
  }

  #give(value: unknown): unknown {
    if (value instanceof CountedMemory) return value.memory
    if (typeof value !== 'function') return value
    const given = value as Callable
    return this.#functions.get(given) ?? this.#timed(given)
  }

  /** What the host does costs the module no fuel. */
  #timed(given: Callable): Callable {
    const { budget } = this.#joint
    return (...args) => {
      budget.look()
      this.crossing.begin()
      try {
        return given(...args)
      } catch (error) {
        throw error instanceof TypeError ? badValue(error) : error
      } finally {
        budget.check()
      }
    }
  }
}

/** A handle that was dropped, or a value that its type does not have: a trap, and not an argument of the caller. */
function badValue(cause: Error): WebAssembly.RuntimeError {
  const error = new WebAssembly.RuntimeError(`the component passed a bad value: ${cause.message}`)
  error.cause = cause
  return error
}

/** A pointer outside of the memory, or a character that is none: not the engine's stack, whose error has the same class. */
function isOutOfRange(error: unknown): error is RangeError {
  return error instanceof RangeError && !error.message.includes('call stack')
}
