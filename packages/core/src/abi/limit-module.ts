import { resolveConfig } from '../containers/options.ts'
import type { ContainerConfig } from '../containers/types.ts'
import { createBudget, createOpenBudget, type Budget, type BudgetLimits } from './budget.ts'
import { digestOf } from './digest.ts'
import { runStart } from './instance.ts'
import { prepareModule, type PreparedModule } from './prepare.ts'

/** Limits of a module that other code instantiates; they mean what they mean for containers, and have the same defaults. */
export type ModuleLimits = Pick<
  ContainerConfig,
  'maxMemory' | 'maxCpuTime' | 'maxFuel' | 'maxCallDepth'
>

/** An instance as glue code sees it. */
export interface LimitedInstance {
  /** The module's own exports. Each call of one of its functions runs under the limits. */
  readonly exports: Readonly<Record<string, WebAssembly.ExportValue>>
  /** Everything the module does inside of `work` counts as one call. */
  run<T>(work: () => T, options?: { readonly signal?: AbortSignal }): T
}

/** A module with limits in its bytes, for JavaScript that brings its own imports: what Emscripten, wasm-bindgen or `jco` generate. */
export interface LimitedModule {
  /** For glue that instantiates by itself; until `attach` the instance has fuel for 50 million instructions, and traps without. */
  readonly module: WebAssembly.Module
  /** Connects the limits of an instance that was made from `module`. */
  attach(exports: WebAssembly.Exports): LimitedInstance
  /** Throws `ContainerStartupError` for imports that do not fit and a start function that fails. */
  instantiate(imports?: WebAssembly.Imports): LimitedInstance
  /** Emscripten's option of this name. */
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => LimitedInstance['exports']
}

/**
 * Writes limits into a module that only its own glue code can run, and hands it to that code. The glue is trusted, and so is what it gives the
 * module; the module itself can neither run longer, nest deeper nor take more memory than allowed. A call that is stopped throws
 * `ContainerTimeoutError` through the glue and leaves the instance as it is.
 *
 * Rejects with `ContainerStartupError` (`MODULE_INVALID`, `MODULE_UNSUPPORTED`), `ContainerMemoryError` (`MEMORY_LIMIT`),
 * `ContainerSecurityError` (`RESERVED_NAME`), and `TypeError` for limits out of range.
 */
export async function limitModule(
  bytes: Uint8Array,
  limits: ModuleLimits = {},
): Promise<LimitedModule> {
  const { plan, maxCpuTimeMs } = resolveConfig(limits)
  const prepared = await prepareModule(bytes, plan, { digest: await digestOf(bytes) })
  const budget = { maxCpuTimeMs, maxFuel: limits.maxFuel, nowMs: () => performance.now() }
  const instantiate = (imports: WebAssembly.Imports = {}): LimitedInstance => {
    const late: { budget?: Budget } = {}
    const watched = watch(imports, () => late.budget)
    const { exports } = runStart(prepared, watched)
    late.budget = budgetOf(prepared, exports, budget)
    return connect(prepared, exports, late.budget)
  }
  return {
    module: prepared.module,
    attach: (exports) => connect(prepared, exports, budgetOf(prepared, exports, budget)),
    instantiate,
    instantiateWasm(imports, done) {
      const instance = instantiate(imports)
      done(instance as unknown as WebAssembly.Instance)
      return instance.exports
    },
  }
}

function budgetOf(
  { plan, bridge }: PreparedModule,
  exports: WebAssembly.Exports,
  limits: BudgetLimits,
): Budget {
  return plan.meter === undefined
    ? createOpenBudget(exports)
    : createBudget({ exports }, bridge, limits)
}

function connect(
  prepared: PreparedModule,
  exports: WebAssembly.Exports,
  budget: Budget,
): LimitedInstance {
  return {
    exports: ownExports(prepared, exports, budget),
    run: (work, options) => budget.run(work, options),
  }
}

type Callable = (...args: unknown[]) => unknown

/** The time of the glue's functions counts, too. */
function watch(
  imports: WebAssembly.Imports,
  budget: () => Budget | undefined,
): WebAssembly.Imports {
  const watched = (value: WebAssembly.ImportValue): WebAssembly.ImportValue =>
    typeof value !== 'function'
      ? value
      : (...args: unknown[]) => {
          const counts = budget()
          counts?.look()
          const result = (value as Callable)(...args)
          counts?.check()
          return result
        }
  return mapValues(imports, (group) => mapValues(group, watched))
}

/** Without what the limits added; calls go through the budget. */
function ownExports(
  { shape }: PreparedModule,
  exports: WebAssembly.Exports,
  budget: Budget,
): LimitedInstance['exports'] {
  const own = [...shape.exports.keys()].map((name) => {
    const value = exports[name] as WebAssembly.ExportValue
    if (typeof value !== 'function') return [name, value] as const
    const call = value as Callable
    return [name, (...args: unknown[]) => budget.run(() => call(...args))] as const
  })
  return Object.freeze(Object.fromEntries(own))
}

function mapValues<From, To>(
  of: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]))
}
