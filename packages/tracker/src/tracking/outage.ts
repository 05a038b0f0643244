import { toErrorEventCode, toMessage } from '../model/errors.ts'
import type { EventDraft, RecoveryEvent } from '../model/events.ts'

/** A failure of a whole part of the source, such as its listings or its event connection. */
export class Outage {
  readonly #what: string
  readonly #method: RecoveryEvent['recoveryMethod']
  #error = ''
  #since = 0

  constructor(what: string, method: RecoveryEvent['recoveryMethod']) {
    this.#what = what
    this.#method = method
  }

  get active(): boolean {
    return this.#error !== ''
  }

  /** Begins or goes on; `retryCount` is how often it was tried again so far. */
  fail(error: unknown, retryCount: number, at: number): EventDraft {
    if (this.#error === '') this.#since = at
    this.#error = `${this.#what} failed: ${toMessage(error)}`
    return {
      type: 'error',
      workspaceId: '',
      timestamp: at,
      message: this.#error,
      data: {
        error: this.#error,
        code: toErrorEventCode(error),
        retryCount,
        occurredAt: at,
        context: { part: this.#what },
      },
    }
  }

  /** Ends; undefined when nothing was wrong. */
  recover(at: number): EventDraft | undefined {
    if (this.#error === '') return undefined
    const resolvedError = this.#error
    this.#error = ''
    return {
      type: 'recovery',
      workspaceId: '',
      timestamp: at,
      message: `${this.#what} works again`,
      data: {
        resolvedError,
        recoveryMethod: this.#method,
        recoveredAt: at,
        downtimeMs: Math.max(0, at - this.#since),
      },
    }
  }
}
