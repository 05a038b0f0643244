import type { CountedPort } from './counted-port.ts'
import { Patience } from './patience.ts'

/** Calls that take longer are not worth a look. */
const lookMs = 0.25

export interface WakefulCallerPorts {
  readonly port: CountedPort
  readonly onMessage: (message: unknown) => void
  /** Runs a look after the event loop served timers, files and sockets: `setImmediate`. */
  readonly later: (look: () => void) => void
  readonly nowMs: () => number
}

/**
 * The caller's side: while a short call is on its way to a worker that stays awake, its event loop goes round instead of going to sleep. It never
 * blocks.
 */
export class WakefulCaller {
  readonly #ports: WakefulCallerPorts
  readonly #patience = new Patience()
  readonly #look = (): void => this.#lookOnce()
  #isBusy = false
  #isLooking = false
  #endMs = 0

  constructor(ports: WakefulCallerPorts) {
    this.#ports = ports
    ports.port.listen((message) => {
      if (this.#isLooking) this.#patience.paid()
      ports.onMessage(message)
    })
  }

  post(message: unknown): void {
    const { port, nowMs } = this.#ports
    port.post(message)
    if (!port.isOtherAwake() || !this.#patience.begins()) return
    this.#endMs = nowMs() + lookMs
    if (!this.#isLooking) this.#lookLater()
  }

  /** Whether an answer is awaited. */
  keepAwake(isBusy: boolean): void {
    this.#isBusy = isBusy
  }

  #lookLater(): void {
    this.#isLooking = true
    this.#ports.later(this.#look)
  }

  /** One message a look: what awaits it runs before the next is seen. */
  #lookOnce(): void {
    const { port, onMessage, nowMs } = this.#ports
    this.#isLooking = false
    if (!this.#isBusy) return
    const got = port.take()
    if (got !== undefined) {
      this.#patience.paid()
      onMessage(got.message)
    }
    if (!this.#isBusy || this.#isLooking) return
    if (nowMs() < this.#endMs) this.#lookLater()
    else this.#patience.wasInVain()
  }
}
