import { unwatched } from './budget.ts'
import { noFunction } from './errors.ts'
import type { Guest, GuestCallOptions, MemorySize, ReadyCall } from './guest.ts'
import type { Running } from './instance.ts'

/** A running module whose functions are called directly. */
interface Callee {
  readonly running: Running
  /** Call before every outermost call. */
  readonly begin: () => void
  /** Default: the module's own. */
  readonly memory?: MemorySize
}

/** The work of one call, inside the limits. */
type Work = (args: unknown, options: GuestCallOptions) => unknown

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
  { running, begin, memory = running.size }: Callee,
  functions: ReadonlyMap<string, Found>,
  make: (found: Found) => Work,
): Required<Pick<Guest, 'functions' | 'call' | 'quick'>> {
  const made = new Map<string, ReadyCall>()
  const ready = (name: string): ReadyCall | undefined => {
    const known = made.get(name)
    const found = functions.get(name)
    if (known !== undefined || found === undefined) return known
    const call = limited({ running, begin }, make(found))
    made.set(name, call)
    return call
  }
  return {
    functions: [...functions.keys()],
    call(name, { list, isPositional }, options) {
      const call = ready(name) ?? noFunction(name, functions.keys())
      return call(isPositional ? list : list[0], options)
    },
    quick: { ready, budget: running.budget, memory },
  }
}

/** Not `budget.run`: that would make a function for each call. */
function limited({ running: { budget }, begin }: Callee, work: Work): ReadyCall {
  return (args, options) => {
    begin()
    if (options === unwatched) budget.beginShort()
    else budget.begin(options)
    let result: unknown
    try {
      result = work(args, options)
    } catch (error) {
      throw budget.failed(error)
    }
    budget.end()
    return result
  }
}
