import type { StopSignal } from '../../abi/guest.ts'
import type { LimitPlan } from '../../abi/prepare.ts'
import { ContainerError, ContainerTimeoutError } from '../../errors.ts'
import type { Refuel } from './driven.ts'

/** Fuel between two looks at the clock; each costs a message there and back. */
const slice = 2_000_000n

export interface NativeLimits {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
  readonly meter: LimitPlan['meter']
}

/** What one call in a native engine may use. The module asks for more while it runs, and is told no. */
export class NativeBudget {
  readonly #limits: NativeLimits
  #granted = 0n
  #deadline = 0
  #signal: StopSignal | undefined

  constructor(limits: NativeLimits) {
    this.#limits = limits
  }

  /** Milliseconds the call still has. */
  get leftMs(): number {
    return this.#deadline - performance.now()
  }

  begin(signal: StopSignal | undefined): Refuel {
    const { maxCpuTimeMs, maxFuel } = this.#limits
    this.#signal = signal
    this.#deadline = performance.now() + maxCpuTimeMs
    this.#granted = maxFuel !== undefined && maxFuel < slice ? maxFuel : slice
    return { fuel: this.#granted, depth: this.#depth }
  }

  /** Throws what the call ends with. */
  check(): void {
    const { maxCpuTimeMs } = this.#limits
    if (this.#signal?.aborted === true)
      throw new ContainerError('The call was aborted.', 'ABORTED', { cause: this.#signal.reason })
    if (this.leftMs < 0)
      stop('ran longer than maxCpuTime allows', 'TIME_LIMIT', { limitMs: maxCpuTimeMs })
  }

  refuel(left: { fuel: bigint; depth: bigint }): Refuel {
    const { maxFuel } = this.#limits
    if (left.depth < 0n) stop('nests deeper than maxCallDepth allows', 'DEPTH_LIMIT', {})
    this.check()
    const used = this.#granted - left.fuel
    const rest = maxFuel === undefined ? slice : maxFuel - used
    if (rest <= 0n) stop('used more than maxFuel allows', 'CPU_LIMIT', { limit: maxFuel })
    const fuel = rest < slice ? rest : slice
    this.#granted = used + fuel
    return { fuel, depth: left.depth }
  }

  get #depth(): bigint {
    return BigInt(this.#limits.meter?.maxCallDepth ?? 0)
  }
}

function stop(
  what: string,
  code: 'TIME_LIMIT' | 'CPU_LIMIT' | 'DEPTH_LIMIT',
  details: Record<string, unknown>,
): never {
  throw new ContainerTimeoutError(
    `The call ${what}. The container lives on; what the call changed so far stays.`,
    code,
    details,
  )
}
