import type { CountedPort } from './counted-port.ts'
import { Patience } from './patience.ts'

/** A turn of an event loop without work takes a few microseconds. */
const look = { lookMs: 0.1, stepMs: 0.01 } as const

export interface WakefulCallerPorts {
  readonly port: CountedPort
  readonly onMessage: (message: unknown) => void
  /** Runs a look after the event loop served timers, files and sockets: `setImmediate`. */
  readonly later: (look: () => void) => void
  readonly nowMs: () => number
}

/** The caller's side: while a short call is on its way, its event loop goes round instead of going to sleep. It never blocks. */
export class WakefulCaller {
  readonly #ports: WakefulCallerPorts
  readonly #patience = new Patience(look)
  readonly #look = (): void => this.#lookOnce()
  #isBusy = false
  #isLooking = false

  constructor(ports: WakefulCallerPorts) {
    this.#ports = ports
    ports.port.listen((message) => {
      if (this.#isLooking) this.#patience.found(ports.nowMs())
      ports.onMessage(message)
    })
  }

  post(message: unknown): void {
    this.#ports.port.post(message)
    if (this.#patience.begin(this.#ports.nowMs()) && !this.#isLooking) this.#lookLater()
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
      this.#patience.found(nowMs())
      onMessage(got.message)
    }
    if (this.#isBusy && !this.#isLooking && this.#patience.goesOn(nowMs())) this.#lookLater()
  }
}
