import type { Clock } from './types.ts'
import { CpuUsage } from './usage.ts'

/** The begin of a call that nobody timed. */
export const untimed = -1
/** Calls shorter than this are not timed each, where many follow each other. */
const shortMs = 0.02
/** What takes longer uses a slice of fuel, and is timed by the budget. */
const longMs = 1
const meanOf = 8
/** A thousand calls. */
const longBurst = 32

export interface CallTimesPorts {
  readonly clock: Clock
  readonly monotonic: { now(): number }
  /** Milliseconds for which a reading of `clock` is good enough. */
  readonly clockStepMs: number
  /** Whether calls may be counted without being timed. */
  readonly maySkip: boolean
  /** Whether a long call among them is noticed. */
  readonly notices: boolean
  /** Before calls that follow in the next macrotask: those that were lent are to be given back. */
  readonly onTurn: () => void
  /** Calls that nobody timed were counted, some time after they ended. */
  readonly onSettled: () => void
}

/**
 * How long calls take. A look at the clock costs more than a short call: where calls of a few microseconds follow each other, one of 16 to 47 is
 * timed, and the mean of the last ones stands for those between; after the first thousand in a macrotask, one of 128 to 376. A timer ends that with the
 * macrotask or a millisecond later, so that a call that comes by itself is timed, and all times are at most so old. A call that uses a slice of fuel or
 * calls the host is timed in any case, and so is the next: calls that become longer are noticed. Where nothing notices that, only calls of the same function
 * stay untimed, and after a long one it takes dozens of short ones until they do.
 */
export class CallTimes {
  readonly #clock: Clock
  readonly #ports: CallTimesPorts
  readonly #monotonic: CallTimesPorts['monotonic']
  readonly #cpu: CpuUsage
  #atMs: number
  #readAtMs = -1
  #lastActivity: number
  #endedMs = -1
  #meanMs = 0
  #samples = 0
  /** Calls that follow untimed, and how many were to: those between them were not counted one by one. */
  #left = 0
  #skipped = 0
  #lent: { readonly unused: number } | undefined
  #count = 0
  /** Of all calls, those whose time is known or estimated. */
  #counted = 0
  #jitter = 0
  #isWaiting = false
  /** Calls that were timed since the macrotask began, each with a row of others behind it. */
  #rows = 0

  constructor(ports: CallTimesPorts) {
    const { clock, monotonic } = ports
    this.#ports = ports
    this.#clock = clock
    this.#monotonic = monotonic
    this.#atMs = this.#lastActivity = clock.now()
    this.#cpu = new CpuUsage(this.#atMs)
  }

  /** Calls that began so far. */
  get count(): number {
    return this.#count + this.skipped
  }

  /** Of them, those that nobody timed when they began. */
  get skipped(): number {
    return this.#skipped - this.#left - (this.#lent?.unused ?? 0)
  }

  /** Milliseconds since the epoch of the last look at the clock. */
  get atMs(): number {
    return this.#atMs
  }

  /** Milliseconds since the epoch, looked at now. */
  now(): number {
    this.#read(this.#monotonic.now())
    return this.#atMs
  }

  /** Milliseconds since the epoch at which a call ended last, as far as anyone looked. */
  get lastActivityMs(): number {
    this.#settle()
    return this.#lastActivity
  }

  /** 0 to 100. */
  cpuPercent(): number {
    this.#settle()
    return this.#cpu.percent(this.#clock.now())
  }

  /** Counts a call. Monotonic milliseconds, or `untimed`. */
  begin(): number {
    if (this.#left > 0) {
      if (this.#ports.notices) {
        this.#left -= 1
        return untimed
      }
      this.#follow(0)
    }
    this.#count += 1
    return this.look()
  }

  /** Calls that nobody is to time, for one who counts them; `takeBack` ends that. */
  lend(to: { readonly unused: number }): number {
    const calls = this.#left
    this.#left = 0
    this.#lent = to
    return calls
  }

  takeBack(left: number): void {
    this.#left = left
    this.#lent = undefined
  }

  /** Monotonic milliseconds, in any case. */
  look(): number {
    const nowMs = this.#monotonic.now()
    // Short calls follow each other faster than the host's clock moves.
    if (nowMs - this.#readAtMs > this.#ports.clockStepMs) this.#read(nowMs)
    return nowMs
  }

  /** After a call that was timed; gives the use in percent. */
  end(startedMs: number): number {
    const endedMs = this.#monotonic.now()
    const tookMs = endedMs - startedMs
    if (tookMs >= longMs) this.#read(endedMs)
    this.#account(tookMs)
    this.#learn(startedMs, tookMs)
    this.#endedMs = endedMs
    return this.#cpu.percent(this.#atMs)
  }

  /** After one that was not to be timed, and took long. */
  endLong(startedMs: number): number {
    const endedMs = this.#monotonic.now()
    this.#follow(0)
    this.#read(endedMs)
    this.#account(endedMs - startedMs)
    this.#endedMs = endedMs
    return this.#cpu.percent(this.#atMs)
  }

  /** The last call took so long; those before it were not timed. */
  #account(tookMs: number): void {
    const { count } = this
    this.#lastActivity = this.#atMs
    this.#cpu.add(this.#atMs, tookMs + (count - 1 - this.#counted) * this.#meanMs)
    this.#counted = count
  }

  #learn(startedMs: number, tookMs: number): void {
    this.#samples = Math.min(this.#samples + 1, meanOf)
    // What is noticed stands for itself.
    const typicalMs = this.#ports.notices ? Math.min(tookMs, longMs) : tookMs
    this.#meanMs += (typicalMs - this.#meanMs) / this.#samples
    const isBurst = this.#samples === meanOf && startedMs - this.#endedMs < 1
    if (!this.#ports.maySkip || !isBurst || this.#meanMs > shortMs) return
    // Which call is timed moves, so that no pattern of the calls meets it.
    this.#jitter = (this.#jitter * 5 + 7) & 31
    this.#rows += 1
    this.#follow((16 + this.#jitter) * (this.#rows > longBurst ? 8 : 1))
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#clock.setTimer(0, () => {
      this.#isWaiting = false
      this.#ports.onTurn()
      this.#follow(0)
      this.#rows = 0
      if (this.#settle()) this.#ports.onSettled()
    })
  }

  #follow(calls: number): void {
    this.#skipped += calls - this.#left
    this.#left = calls
  }

  /** Whether there were calls that nobody timed. */
  #settle(): boolean {
    if (this.count === this.#counted) return false
    this.#read(this.#monotonic.now())
    this.#account(this.#meanMs)
    return true
  }

  #read(nowMs: number): void {
    this.#atMs = this.#clock.now()
    this.#readAtMs = nowMs
  }
}
