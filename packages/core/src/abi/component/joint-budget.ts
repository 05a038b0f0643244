import { meterExports } from '../../binary/meter-exports.ts'
import { createMeter, type Meter } from '../../binary/meter.ts'
import { createBudget, createOpenBudget, type Budget, type BudgetLimits } from '../budget.ts'
import type { PreparedModule } from '../prepare.ts'

/** One budget for several instances: what one of them has in hand is no other's. */
export interface JointBudget {
  readonly budget: Budget
  /** Inside of a call: takes an instance in. What its start used is counted; throws where that was too much. */
  join(instance: WebAssembly.Instance, prepared: PreparedModule): void
  /** Before a call: no instance has fuel, and none is deep. */
  begin(): void
}

export function createOpenJointBudget(): JointBudget {
  return { budget: createOpenBudget(), join: () => undefined, begin: () => undefined }
}

/**
 * The budget's own fuel lies in a global that belongs to none of the instances. With `maxFuel` only one of them has any: another that needs
 * some takes what that one has left, and gets what the budget grants next. So their sum stays inside, at the cost of a question for each change.
 */
export function createJointBudget(limits: BudgetLimits, bridge: WebAssembly.Module): JointBudget {
  const meters: Meter[] = []
  const fuel = new WebAssembly.Global<'i64'>({ value: 'i64', mutable: true }, 0n)
  const depth = new WebAssembly.Global<'i64'>({ value: 'i64', mutable: true }, 0n)
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 })
  const { fuel: fuelName, depth: depthName, tick } = meterExports
  const exports = { [fuelName]: fuel, [depthName]: depth, [tick]: table }
  const budget = createBudget({ exports }, bridge, limits)
  const grant = table.get(0) as () => void
  const take = (meter: Meter): void => {
    fuel.value = fuel.value + meter.fuel
    meter.fuel = 0n
  }
  let holder: Meter | undefined
  const ask = (asking: Meter): void => {
    const isTooDeep = asking.stoppedBy() === 'depth'
    depth.value = isTooDeep ? -1n : 0n
    if (isTooDeep) fuel.value = 0n
    else if (holder !== undefined && holder !== asking) take(holder)
    take(asking)
    grant()
    asking.fuel = fuel.value
    fuel.value = 0n
    // Without a total to keep, each may have its own.
    holder = limits.maxFuel === undefined ? undefined : asking
  }
  return {
    budget,
    join(instance, { plan }) {
      const meter = createMeter(instance)
      const used = (plan.meter?.startFuel ?? 0n) - meter.fuel
      fuel.value = fuel.value - used
      meter.fuel = 0n
      if (fuel.value < 0n) grant()
      meters.push(meter)
      connect(instance, bridge, () => ask(meter))
    },
    begin() {
      fuel.value = 0n
      holder = undefined
      for (const meter of meters) meter.begin(0n)
    },
  }
}

function connect(
  { exports }: WebAssembly.Instance,
  bridge: WebAssembly.Module,
  tick: () => void,
): void {
  const table = exports[meterExports.tick]
  if (!(table instanceof WebAssembly.Table))
    throw new TypeError('The module was metered without "asksHost".')
  table.set(0, new WebAssembly.Instance(bridge, { h: { t: tick } }).exports['t'])
}
