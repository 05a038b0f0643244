import type { CountedPort } from './counted-port.ts'
import { Patience } from './patience.ts'

/** More than waking a thread takes on most virtual machines. */
const lookMs = 0.1
/** A step of a look takes a tenth of it, unless its thread did not run. */
const stepMs = 0.005
/** After so many asks in a row the event loop has its turn: finalizers and the engine's own tasks wait for it. */
const mostInRow = 256

export interface WakefulWorkerPorts {
  readonly port: CountedPort
  readonly perform: (message: unknown) => Promise<void>
  readonly nowMs: () => number
}

/**
 * The worker's side: performs asks as they come, and after an answer looks a moment for the next one before it sleeps.
 *
 * It says when that pays, and only then the caller stays awake as well. An ask that comes while this thread runs without a break was sent from
 * another core. Anything else may mean that both share one, where each only keeps the other from it.
 */
export class WakefulWorker {
  readonly #ports: WakefulWorkerPorts
  readonly #patience = new Patience()
  #running = 0
  #inRow = 0

  constructor(ports: WakefulWorkerPorts) {
    this.#ports = ports
  }

  listen(): void {
    this.#ports.port.listen((message) => {
      this.#inRow = 0
      void this.#receive(message)
    })
  }

  async #receive(message: unknown): Promise<void> {
    this.#running += 1
    await this.#ports.perform(message)
    this.#running -= 1
    // What still runs waits for the event loop.
    if (this.#running > 0 || this.#inRow >= mostInRow) return
    const next = this.#ports.port.take() ?? this.#look()
    if (next === undefined) return
    this.#inRow += 1
    void this.#receive(next.message)
  }

  #look(): { readonly message: unknown } | undefined {
    if (!this.#patience.begins()) return undefined
    const { port, nowMs } = this.#ports
    const begunMs = nowMs()
    let lastMs = begunMs
    let isOnOwnCore = true
    let isThere: boolean
    do {
      isThere = port.hasNext()
      const now = nowMs()
      if (now - lastMs > stepMs) isOnOwnCore = false
      lastMs = now
    } while (!isThere && lastMs - begunMs < lookMs)
    // A caller on this core may not have counted yet what came already.
    const next = port.take()
    const pays = next !== undefined && isOnOwnCore
    if (pays) this.#patience.paid()
    else this.#patience.wasInVain()
    port.stayAwake(pays)
    return next
  }
}
