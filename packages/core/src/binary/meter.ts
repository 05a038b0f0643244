import { meterExports } from './meter-exports.ts'

/** What ended a call: no fuel left, calls nested too deep, or something of the module's own (`undefined`). */
export type MeterStop = 'fuel' | 'depth' | undefined

/** Drives one instance of a module that `meterModule` wrote. */
export interface Meter {
  /**
   * Fuel that is left; below zero once it has run out. After a trap of the module's own it may lack what the innermost function used
   * since its last call: who lets the module go on then takes all of it.
   */
  fuel: bigint
  /** Call before every outermost call: sets the fuel and forgets the depth that a trap left behind. */
  begin(fuel: bigint): void
  /** After a trap: which limit it was. The error tells when the engine's own stack ended before the allowed depth. */
  stoppedBy(error?: unknown): MeterStop
}

/** Throws `TypeError` when the instance is not of a metered module. */
export function createMeter(instance: Pick<WebAssembly.Instance, 'exports'>): Meter {
  const fuel = globalOf(instance, meterExports.fuel)
  const depth = globalOf(instance, meterExports.depth)
  const deepest = depth.value as bigint
  return {
    get fuel() {
      return fuel.value as bigint
    },
    set fuel(value) {
      fuel.value = value
    },
    begin(value) {
      fuel.value = value
      depth.value = deepest
    },
    stoppedBy(error) {
      if ((fuel.value as bigint) < 0n) return 'fuel'
      return (depth.value as bigint) < 0n || error instanceof RangeError ? 'depth' : undefined
    },
  }
}

function globalOf(
  instance: Pick<WebAssembly.Instance, 'exports'>,
  name: string,
): WebAssembly.Global {
  const value = instance.exports[name]
  if (value instanceof WebAssembly.Global) return value
  throw new TypeError(`The instance has no "${name}": its module was not metered.`)
}
