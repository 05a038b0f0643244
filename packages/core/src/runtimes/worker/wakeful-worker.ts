import type { CountedPort } from './counted-port.ts'
import { Patience } from './patience.ts'

/** About what waking a thread that sleeps takes on a virtual machine. */
const lookMs = 0.1
/** After so many asks in a row the event loop has its turn: finalizers and the engine's own tasks wait for it. */
const mostInRow = 256

export interface WakefulWorkerPorts {
  readonly port: CountedPort
  readonly perform: (message: unknown) => Promise<void>
  readonly nowMs: () => number
}

/** The worker's side: performs asks as they come, and after an answer looks a moment for the next one before it sleeps. */
export class WakefulWorker {
  readonly #ports: WakefulWorkerPorts
  readonly #patience = new Patience(lookMs)
  #running = 0
  #inRow = 0

  constructor(ports: WakefulWorkerPorts) {
    this.#ports = ports
  }

  listen(): void {
    const { port, nowMs } = this.#ports
    port.listen((message) => {
      this.#inRow = 0
      this.#patience.came(nowMs())
      void this.#receive(message)
    })
  }

  async #receive(message: unknown): Promise<void> {
    this.#running += 1
    await this.#ports.perform(message)
    this.#running -= 1
    // What still runs waits for the event loop.
    if (this.#running > 0 || this.#inRow >= mostInRow) return
    const next = this.#look()
    if (next === undefined) return
    this.#inRow += 1
    void this.#receive(next.message)
  }

  #look(): { readonly message: unknown } | undefined {
    const { port, nowMs } = this.#ports
    if (!this.#patience.begin(nowMs())) return undefined
    do {
      const next = port.take()
      if (next === undefined) continue
      this.#patience.came(nowMs())
      return next
    } while (this.#patience.goesOn(nowMs()))
    return undefined
  }
}
