import type { Ask, Report } from './messages.ts'

/** A way to a place where one module runs: a worker or a process. */
export interface GuestLink {
  /** In words, for errors: `worker` or `process`. */
  readonly place: string
  /** Shared with the place; absent where memory cannot be shared. */
  readonly control: SharedArrayBuffer | undefined
  post(ask: Ask): void
  /** Replaces the listener. */
  listen(listener: LinkListener): void
  /** Whether the place keeps this program alive. */
  keepAlive(isBusy: boolean): void
  /** The module is closed: the place may be used for another. */
  release(): void | Promise<void>
  /** Ends the place, whatever it does. */
  end(): Promise<void>
}

export interface LinkListener {
  onReport(report: Report): void
  /** The place is gone by itself. */
  onEnd(reason: string): void
}
