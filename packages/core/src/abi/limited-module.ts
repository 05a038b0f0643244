import { createBudget, createOpenBudget, type Budget, type BudgetLimits } from './budget.ts'
import { runStart } from './instance.ts'
import type { LimitedInstance, LimitedModule } from './limit-module.ts'
import type { PreparedModule } from './prepare.ts'

/** What `limitModule` gives for a prepared module. */
export function openLimitedModule(prepared: PreparedModule, budget: BudgetLimits): LimitedModule {
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
