import { meterExports } from '../../binary/meter-exports.ts'
import { createMeter, type Meter } from '../../binary/meter.ts'
import { createBudget, createOpenBudget, type Budget, type BudgetLimits } from '../budget.ts'
import type { PreparedModule } from '../prepare.ts'

/** One budget for several instances: what one of them has in hand is no other's. */
export interface JointBudget {
  readonly budget: Budget
  /** Takes an instance in. What its start used is counted. */
  join(instance: WebAssembly.Instance, prepared: PreparedModule): void
  /** Before a call: no instance has fuel, and none is deep. */
  begin(): void
}

export function createOpenJointBudget(): JointBudget {
  return { budget: createOpenBudget(), join: () => undefined, begin: () => undefined }
}

/**
 * The budget's own fuel lies in a global that belongs to none of the instances. One that has no fuel hands in what all of them have left, and
 * gets what the budget grants next. So their sum stays inside `maxFuel`, at the cost of one question for each change from one to another.
 */
export function createJointBudget(limits: BudgetLimits, bridge: WebAssembly.Module): JointBudget {
  const meters: Meter[] = []
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  const depth = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 })
  const { fuel: fuelName, depth: depthName, tick } = meterExports
  const exports = { [fuelName]: fuel, [depthName]: depth, [tick]: table }
  const budget = createBudget({ exports }, bridge, limits)
  const grant = table.get(0) as () => void
  const handIn = (): void => {
    for (const meter of meters) {
      fuel.value = (fuel.value as bigint) + meter.fuel
      meter.fuel = 0n
    }
  }
  const ask = (asking: Meter): void => {
    const isTooDeep = asking.stoppedBy() === 'depth'
    if (!isTooDeep) handIn()
    depth.value = isTooDeep ? -1n : 0n
    if (isTooDeep && (fuel.value as bigint) < 0n) fuel.value = 0n
    grant()
    asking.fuel = fuel.value as bigint
    fuel.value = 0n
  }
  return {
    budget,
    join(instance, { plan }) {
      const meter = createMeter(instance)
      const used = (plan.meter?.startFuel ?? 0n) - meter.fuel
      fuel.value = (fuel.value as bigint) - used
      meter.fuel = 0n
      meters.push(meter)
      connect(instance, bridge, () => ask(meter))
    },
    begin() {
      fuel.value = 0n
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
