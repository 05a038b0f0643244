/** Says by one number whether those are still there who listened before, and no others. */
export interface Audience {
  readonly revision: number
}

/** The container whose calls they are. */
export interface BurstOwner {
  /** A burst is over, and so many of its calls were not made. Where one runs, it ends as any call that is not of a burst. */
  takeBack(left: number, isRunning: boolean): void
  /** A call returned whose burst ended meanwhile. */
  returned(): void
  /** A call failed. Throws what the caller gets. */
  failed(error: unknown): never
}

/** What a burst needs of the budget: it knows nothing of calls in a burst. */
export interface BurstBudget {
  /** Sets what a call in a burst does not: it begins with nothing of the last one left. */
  settle(): void
  /** The call that runs is no longer one of a burst. */
  occupy(): void
  /** After a result. */
  end(): void
  /** After an error: gives the one that the caller gets. */
  failed(error: unknown): unknown
}

const nobody: Audience = { revision: 0 }

/**
 * Calls of one function that follow each other without a look at anything but this: while `left` is positive, the container is at rest, nobody
 * listens, nothing is timed, and the module is as a call that returned left it. Whatever changes that ends the burst first (`Bursts.end`).
 */
export class Burst {
  /** So many calls may begin. Negative: one of so many runs. */
  left = 0
  #calls = 0
  #audience = nobody
  #revision = -1
  readonly #all: Bursts

  constructor(all: Bursts) {
    this.#all = all
  }

  get isOpen(): boolean {
    return this.left > 0 && this.#audience.revision === this.#revision
  }

  /** Calls that did not begin. */
  get unused(): number {
    return this.left < 0 ? -this.left - 1 : this.left
  }

  /** Calls that began. */
  get used(): number {
    return this.#calls - this.unused
  }

  /** Call with `Bursts.begin`. */
  open(calls: number, audience: Audience): void {
    this.left = calls
    this.#calls = calls
    this.#audience = audience
    this.#revision = audience.revision
  }

  /** After a call during which it ended. */
  returned(): void {
    this.#all.returned()
  }

  failed(error: unknown): never {
    return this.#all.failed(error)
  }
}

/** The bursts of one guest: one function at a time has one. */
export class Bursts {
  readonly #budget: BurstBudget
  #owner: BurstOwner | undefined
  #open: Burst | undefined
  #calls = 0

  constructor(budget: BurstBudget) {
    this.#budget = budget
  }

  /** Before the first. */
  set owner(owner: BurstOwner) {
    this.#owner = owner
  }

  /** Calls of all bursts that began so far. */
  get calls(): number {
    return this.#calls + (this.#open?.used ?? 0)
  }

  /** After a call that returned, where nobody wants to know of the next ones. None may be open. */
  begin(burst: Burst, calls: number, audience: Audience): void {
    this.#budget.settle()
    this.#open = burst
    burst.open(calls, audience)
  }

  /** From here on all is as ordinary calls find and leave it. Call before anything that a burst does not look at changes. */
  end(): void {
    const burst = this.#open
    if (burst === undefined) return
    const { left, unused } = burst
    this.#calls += burst.used
    this.#open = undefined
    burst.left = 0
    if (left < 0) this.#budget.occupy()
    this.#owner?.takeBack(unused, left < 0)
  }

  returned(): void {
    this.#budget.end()
    this.#owner?.returned()
  }

  failed(error: unknown): never {
    this.end()
    const thrown = this.#budget.failed(error)
    if (this.#owner === undefined) throw thrown
    return this.#owner.failed(thrown)
  }
}
