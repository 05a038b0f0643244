import type { Clock, ContainerEvent } from '../model/ports.ts'

/**
 * How long a death waits for the word that somebody asked for it, in ms. An engine signals a container first and says so
 * after that; on a busy machine the container's end is told in between.
 */
const graceMs = 500

interface Death {
  readonly event: ContainerEvent
  readonly cancel: () => void
}

/** Containers that ended with an error and nobody, as far as it is known, asked them to. */
export class Deaths {
  readonly #clock: Clock
  readonly #onCrash: (event: ContainerEvent) => void
  readonly #waiting = new Map<string, Death>()

  constructor(clock: Clock, onCrash: (event: ContainerEvent) => void) {
    this.#clock = clock
    this.#onCrash = onCrash
  }

  /** To be called with every event before it is applied: what comes next tells what the death was. */
  hear({ action, containerId }: ContainerEvent): void {
    if (action === 'kill' || action === 'stop') this.#take(containerId)
    else this.#confirm(containerId)
  }

  /** Takes the end of a container that nobody asked for so far. */
  hold(event: ContainerEvent): void {
    const { containerId } = event
    const cancel = this.#clock.schedule(graceMs, () => this.#confirm(containerId))
    this.#waiting.set(containerId, { event, cancel })
  }

  /** Nothing more will be heard. */
  stop(): void {
    for (const containerId of this.#waiting.keys()) this.#confirm(containerId)
  }

  #confirm(containerId: string): void {
    const death = this.#take(containerId)
    if (death !== undefined) this.#onCrash(death.event)
  }

  #take(containerId: string): Death | undefined {
    const death = this.#waiting.get(containerId)
    death?.cancel()
    this.#waiting.delete(containerId)
    return death
  }
}
