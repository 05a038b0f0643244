import type { Clock } from '../model/ports.ts'

/** An event this late, in ms after a listing that already shows its effect, is taken as lost. */
const graceMs = 1000

/** Notices when listings show changes that no event announced: the event connection has gone deaf. */
export class DivergenceWatch {
  readonly #clock: Clock
  readonly #onMissed: () => void
  readonly #suspects = new Set<string>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock, onMissed: () => void) {
    this.#clock = clock
    this.#onMissed = onMissed
  }

  /** A listing changed this container. */
  suspect(containerId: string): void {
    this.#suspects.add(containerId)
    this.#cancel ??= this.#clock.schedule(graceMs, () => this.#judge())
  }

  /** An event about this container came in. */
  clear(containerId: string): void {
    this.#suspects.delete(containerId)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#suspects.clear()
  }

  #judge(): void {
    this.#cancel = undefined
    if (this.#suspects.size === 0) return
    this.#suspects.clear()
    this.#onMissed()
  }
}
