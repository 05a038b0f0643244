import type { WireGap } from '../contract/wire.ts'
import type { Tracker } from '../tracking/tracker.ts'
import { toWireGap } from './to-wire.ts'

const kept = 100

/** The newest gaps in the engine's events, for those who were not connected when they happened. */
export class GapLog {
  readonly #tracker: Tracker
  #gaps: readonly WireGap[] = []
  #reading = false

  constructor(tracker: Tracker) {
    this.#tracker = tracker
    this.follow()
  }

  /** Oldest first. */
  get gaps(): readonly WireGap[] {
    return this.#gaps
  }

  /** Reads on, also after the tracker was stopped and started again. */
  follow(): void {
    if (this.#reading) return
    this.#reading = true
    void this.#read()
  }

  async #read(): Promise<void> {
    for await (const message of this.#tracker.events({ types: [] }))
      if (message.type === 'gap') this.#gaps = [...this.#gaps, toWireGap(message)].slice(-kept)
    this.#reading = false
  }
}
