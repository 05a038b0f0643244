import { ContainerError, ContainerSecurityError, ContainerTimeoutError } from '../../errors.ts'
import { createBudget, createOpenBudget, type Budget } from '../budget.ts'
import { noFunction, toContainerError } from '../errors.ts'
import type { ReadyHost } from '../guest-host.ts'
import type { Guest, GuestCallOptions } from '../guest.ts'
import { runStart, unsupported } from '../instance.ts'
import type { PreparedModule } from '../prepare.ts'
import type { PreparedComponent } from './prepare.ts'

type Callable = (...args: unknown[]) => unknown

/** What `jco` writes for a component that is instantiated synchronously. */
interface Glue {
  instantiate(
    getCore: (name: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: (
      module: WebAssembly.Module,
      imports?: WebAssembly.Imports,
    ) => Pick<WebAssembly.Instance, 'exports'>,
  ): Readonly<Record<string, unknown>>
}

/**
 * A component: its functions are called with the values that `jco` gives its types (records are objects, 64-bit integers bigints) and
 * under the names it gives them, in camel case; those of an interface as `interface.function`. A call that a limit stops leaves a component that cannot be entered again.
 */
export async function startComponent(prepared: PreparedModule, host: ReadyHost): Promise<Guest> {
  const { component } = prepared
  if (component === undefined) throw new TypeError('A component needs its glue.')
  if (host.budget.maxFuel !== undefined && component.cores.size > 1)
    throw new ContainerSecurityError(
      `The option maxFuel is refused: the component has ${component.cores.size} modules, which would each have so much. Use maxCpuTime.`,
      'FORBIDDEN',
      { option: 'maxFuel' },
    )
  const address = `data:text/javascript;base64,${toBase64(component.glue)}`
  const glue = (await import(/* @vite-ignore */ address)) as Glue
  const cores = new Cores(component, host)
  const functions = functionsOf(
    cores.run(() => glue.instantiate(cores.module, {}, cores.instantiate)),
    component,
  )
  return {
    abi: 'component',
    functions: [...functions.keys()],
    call(name, { list }, options) {
      const found = functions.get(name) ?? noFunction(name, functions.keys())
      return cores.run(() => found(...list), options)
    },
    memory() {
      const allocatedBytes = cores.memoryBytes()
      return { allocatedBytes, usedBytes: allocatedBytes }
    },
    capture: () => unsupported('what jco keeps of a component is no part of a copy'),
    restore: () => unsupported('what jco keeps of a component is no part of a copy'),
    close: () => undefined,
  }
}

/** The core modules of one instance, each with its own meter; a call runs inside all of them. */
class Cores {
  readonly #host: ReadyHost
  readonly #byModule: ReadonlyMap<WebAssembly.Module, PreparedModule>
  readonly #component: PreparedComponent
  readonly #budgets: Budget[] = []
  readonly #memories = new Set<WebAssembly.Memory>()

  constructor(component: PreparedComponent, host: ReadyHost) {
    this.#host = host
    this.#component = component
    this.#byModule = new Map([...component.cores.values()].map((core) => [core.module, core]))
  }

  readonly module = (name: string): WebAssembly.Module => {
    const found = this.#component.cores.get(name)
    if (found === undefined) throw new TypeError(`The component has no module "${name}".`)
    return found.module
  }

  readonly instantiate = (
    module: WebAssembly.Module,
    imports: WebAssembly.Imports = {},
  ): WebAssembly.Instance => {
    const core = this.#byModule.get(module)
    if (core === undefined) throw new TypeError('A module was not prepared.')
    const instance = runStart(core, imports)
    this.#budgets.push(
      core.plan.meter === undefined
        ? createOpenBudget()
        : createBudget(instance, core.bridge, this.#host.budget),
    )
    for (const value of Object.values(instance.exports))
      if (value instanceof WebAssembly.Memory) this.#memories.add(value)
    return instance
  }

  run<T>(work: () => T, options?: GuestCallOptions): T {
    const inside = this.#budgets.reduce<() => T>(
      (inner, budget) => () => budget.run(inner, options),
      work,
    )
    try {
      return inside()
    } catch (error) {
      throw stopped(toContainerError(error))
    }
  }

  memoryBytes(): number {
    return [...this.#memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  }
}

/** Functions by the name that `jco` gives them, in camel case. */
function functionsOf(
  api: Readonly<Record<string, unknown>>,
  { exports }: PreparedComponent,
): Map<string, Callable> {
  const all = exports.flatMap(([name, kind]) => {
    const value = api[name]
    if (kind === 'function') return [[name, value] as const]
    return Object.entries(value ?? {}).map(([inner, one]) => [`${name}.${inner}`, one] as const)
  })
  return new Map(
    all.filter((one): one is readonly [string, Callable] => typeof one[1] === 'function'),
  )
}

/** By the component model's rules an instance that trapped is not entered again. An error that the component reports is none. */
function stopped(error: unknown): unknown {
  if (error instanceof TypeError) return error
  if (!(error instanceof ContainerError)) {
    const message = error instanceof Error ? error.message : String(error)
    return new ContainerError(`The component reported: ${message}`, 'GUEST_FAILED', {
      cause: error,
    })
  }
  const [reason = ''] = error.message.split('. ')
  const Kind = error instanceof ContainerTimeoutError ? ContainerTimeoutError : ContainerError
  return new Kind(
    `${reason}. A component that was stopped cannot be entered again: restart the container.`,
    error.code,
    { lost: 'component', cause: error },
  )
}

function toBase64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
