import type { Budget } from './budget.ts'
import { Burst, type Audience } from './burst.ts'
import { at, DirectCall, type DirectFunction } from './direct-call.ts'
import {
  unwatched,
  type BoundCall,
  type Guest,
  type GuestCallOptions,
  type MemorySize,
  type ReadyFunction,
} from './guest.ts'
import type { Running } from './instance.ts'
import { noFunction } from './no-function.ts'

/** A running module whose functions are called directly. */
interface Callee {
  readonly running: Running
  /** Call before every outermost call, and once before all of a burst: they use nothing of the host. */
  readonly begin: () => void
  /** Default: the module's own. */
  readonly memory?: MemorySize
}

/** The work of one call, inside the limits. */
type Work = (args: unknown, options: GuestCallOptions) => unknown

interface DirectCallee<Found> extends Callee {
  /** Gives a function that only takes and gives numbers, as such. */
  readonly direct?: (found: Found) => DirectFunction | undefined
}

/** A function of the module as its ABI calls it. */
interface Made {
  readonly work: Work
  readonly direct: DirectFunction | undefined
}

/** How a guest of this thread is called whose calls may wait for the host. */
export function createLaterCalls<Found>(
  { running, begin }: Callee,
  functions: ReadonlyMap<string, Found>,
  make: (found: Found) => (args: unknown, options: GuestCallOptions) => Promise<unknown>,
): Pick<Guest, 'functions' | 'call' | 'mayWait'> {
  return {
    mayWait: true,
    functions: [...functions.keys()],
    call(name, { list, isPositional }, options) {
      const found = functions.get(name) ?? noFunction(name, functions.keys())
      begin()
      return running.budget.later(
        () => make(found)(isPositional ? list : list[0], options),
        options,
      )
    },
  }
}

/** How a guest of this thread is called. `make` makes one of its functions ready, once. */
export function createCalls<Found>(
  callee: DirectCallee<Found>,
  functions: ReadonlyMap<string, Found>,
  make: (found: Found) => Work,
): Required<Pick<Guest, 'functions' | 'call' | 'quick'>> {
  const { running, memory = running.size } = callee
  const made = new Map<string, ReadyFunction>()
  const ready = (name: string): ReadyFunction | undefined => {
    const known = made.get(name)
    const found = functions.get(name)
    if (known !== undefined || found === undefined) return known
    const direct = callee.direct?.(found)
    const one = new LimitedFunction(callee, { work: make(found), direct })
    made.set(name, one)
    return one
  }
  return {
    functions: [...functions.keys()],
    call(name, { list, isPositional }, options) {
      const one = ready(name) ?? noFunction(name, functions.keys())
      return one.call(isPositional ? list : list[0], options)
    },
    quick: { ready, budget: running.budget, bursts: running.budget.bursts, memory },
  }
}

/** Not `budget.run`: that would make a function for each call. Fields are declared as those of `DirectCall` are. */
class LimitedFunction implements ReadyFunction {
  declare readonly burst: Burst
  declare private readonly budget: Budget
  declare private readonly begin: () => void
  declare private readonly work: Work
  declare private readonly direct: DirectCall | undefined
  /** The same, if a call in a burst has nothing else to do. */
  declare private readonly alone: DirectCall | undefined

  constructor({ running: { budget }, begin }: Callee, { work, direct }: Made) {
    this.burst = new Burst(budget.bursts)
    this.budget = budget
    this.begin = begin
    this.work = work
    this.direct = direct === undefined ? undefined : new DirectCall(direct, this.burst)
    this.alone = budget.isEven ? this.direct : undefined
  }

  call(args: unknown, options: GuestCallOptions): unknown {
    this.begin()
    if (options === unwatched) this.budget.beginShort()
    else this.budget.begin(options)
    let result: unknown
    try {
      result = this.run(args, options)
    } catch (error) {
      throw this.budget.failed(error)
    }
    this.budget.end()
    return result
  }

  beginBurst(calls: number, audience: Audience): void {
    this.begin()
    this.budget.bursts.begin(this.burst, calls, audience)
  }

  next(args: unknown): unknown {
    const { alone } = this
    return alone !== undefined && Array.isArray(args) && alone.takesList(args)
      ? alone.next(at(args, 0), at(args, 1), at(args, 2), at(args, 3))
      : this.nextOther(args)
  }

  bind(otherwise: BoundCall): BoundCall {
    const { alone, burst } = this
    if (alone === undefined)
      return (...args) => (burst.isOpen ? this.nextOther(args) : otherwise(...args))
    const { arity } = alone
    return (...args) =>
      burst.isOpen && args.length === arity && alone.takes(args[0], args[1], args[2], args[3])
        ? alone.next(args[0], args[1], args[2], args[3])
        : otherwise(...args)
  }

  private run(args: unknown, options: GuestCallOptions): unknown {
    const { direct } = this
    return direct !== undefined && Array.isArray(args) && direct.takesList(args)
      ? direct.call(at(args, 0), at(args, 1), at(args, 2), at(args, 3))
      : this.work(args, options)
  }

  private nextOther(args: unknown): unknown {
    const { burst } = this
    const { left } = burst
    burst.left = -left
    let result: unknown
    try {
      this.budget.beginShort()
      result = this.run(args, unwatched)
    } catch (error) {
      return burst.failed(error)
    }
    if (burst.left === -left) {
      this.budget.end()
      burst.left = left - 1
    } else burst.returned()
    return result
  }
}
