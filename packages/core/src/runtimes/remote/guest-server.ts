import type { GuestHost } from '../../abi/guest-host.ts'
import type { Guest, StopSignal } from '../../abi/guest.ts'
import { startGuest } from '../../abi/start-guest.ts'
import { refuseTopic } from '../../abi/topics.ts'
import { createFiles } from '../../containers/options.ts'
import { ContainerMemoryError } from '../../errors.ts'
import type { HostPlan } from './host-plan.ts'
import type { Ask, Description, Order, Report, Seen, StateSeen } from './messages.ts'
import { toWireError } from './wire-error.ts'

/** Logs and events that one ask may send, as bytes. */
const maxMessageBytes = 16 << 20
/** What each costs beside its text. */
const messageBytes = 256

/** The place's side: starts one module at a time and does what it is asked, one ask after the other. */
export class GuestServer {
  readonly #post: (report: Report) => void
  #guest: Guest | undefined
  #control: Int32Array | undefined
  #seenState: number | bigint | undefined
  #messageBytesLeft = 0

  constructor(post: (report: Report) => void) {
    this.#post = post
  }

  async receive(ask: Ask): Promise<void> {
    const { id } = ask
    this.#messageBytesLeft = maxMessageBytes
    try {
      const value = await this.#carryOut(ask)
      this.#post({ kind: 'answer', id, value, seen: this.#look() })
    } catch (error) {
      this.#post({ kind: 'failure', id, error: toWireError(error), seen: this.#look() })
    }
  }

  #carryOut(ask: Ask): unknown {
    if (ask.kind === 'start') return this.#start(ask)
    const guest = this.#guest
    if (guest === undefined) throw new TypeError('There is no module here.')
    switch (ask.kind) {
      case 'call':
        return guest.call(ask.name, ask.args, {
          signal: this.#signalOf(ask.id),
          ...(ask.as === undefined ? {} : { as: ask.as }),
        })
      case 'write':
        return guest.state?.write(ask.value)
      case 'health':
        return guest.health?.() ?? 0
      case 'capture':
        return guest.capture()
      case 'restore':
        return guest.restore(ask.image)
      case 'close':
        this.#guest = undefined
        return guest.close()
    }
  }

  async #start({
    prepared,
    plan,
    control,
  }: Extract<Order, { kind: 'start' }>): Promise<Description> {
    this.#control = control === undefined ? undefined : new Int32Array(control)
    this.#seenState = undefined
    const guest = await startGuest(prepared, this.#hostOf(plan))
    this.#guest = guest
    return {
      abi: guest.abi,
      functions: guest.functions,
      hasState: guest.state !== undefined,
      hasHealth: guest.health !== undefined,
    }
  }

  /** A signal that also reaches a module which never comes back to its event loop. */
  #signalOf(id: number): StopSignal {
    const control = this.#control
    return {
      get aborted() {
        return control !== undefined && Atomics.load(control, 0) === id
      },
      reason: undefined,
    }
  }

  #hostOf(plan: HostPlan): GuestHost {
    const { maxCpuTimeMs, maxFuel, ...rest } = plan
    return {
      ...rest,
      budget: { maxCpuTimeMs, maxFuel, nowMs: () => performance.now() },
      imports: {},
      files: createFiles({ clock: plan.clock }),
      givesFiles: false,
      onOutput: (stream, bytes) => this.#post({ kind: 'output', stream, bytes: bytes.slice() }),
      onLog: (level, text) => {
        this.#spend(text.length)
        this.#post({ kind: 'log', level, text })
      },
      emit: (topic, data) => {
        if (!plan.crossContainerComm) refuseTopic(topic)
        this.#spend(topic.length + (JSON.stringify(data) ?? '').length)
        this.#post({ kind: 'emit', topic, data })
      },
    }
  }

  /** What a module sends waits in the memory of whoever asked, who may not be able to look at it for a while. */
  #spend(bytes: number): void {
    this.#messageBytesLeft -= bytes + messageBytes
    if (this.#messageBytesLeft >= 0) return
    throw new ContainerMemoryError(
      `One call may send ${maxMessageBytes} bytes of logs and events.`,
      'MEMORY_LIMIT',
      { limit: maxMessageBytes },
    )
  }

  #look(): Seen {
    const guest = this.#guest
    if (guest === undefined) return { allocatedBytes: 0, usedBytes: 0 }
    const state = this.#lookAtState(guest)
    return { ...guest.memory(), ...(state === undefined ? {} : { state }) }
  }

  #lookAtState({ state }: Guest): StateSeen | undefined {
    if (state === undefined) return undefined
    const version = state.version()
    if (version === this.#seenState) return undefined
    this.#seenState = version
    try {
      return { version, value: state.read() }
    } catch (error) {
      return { version, error: toWireError(error) }
    }
  }
}
