import type { MemoryUsage } from './types.ts'

const windowMs = 1000

/** How busy a container was in the last second or two, from the time its calls took. */
export class CpuUsage {
  #windowStart: number
  #busyMs = 0
  #previousMs = 0

  constructor(nowMs: number) {
    this.#windowStart = nowMs
  }

  add(endMs: number, tookMs: number): void {
    this.#turn(endMs)
    const inThis = Math.min(tookMs, endMs - this.#windowStart)
    this.#busyMs += inThis
    this.#previousMs = Math.min(windowMs, this.#previousMs + (tookMs - inThis))
  }

  /** 0 to 100. */
  percent(nowMs: number): number {
    this.#turn(nowMs)
    const inThis = nowMs - this.#windowStart
    const busy = this.#busyMs + this.#previousMs * (1 - inThis / windowMs)
    return Math.max(0, Math.min(100, (busy / windowMs) * 100))
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#windowStart
    // Clocks of hosts are set back at times.
    if (passedMs < 0) this.#windowStart = nowMs
    if (passedMs < windowMs) return
    const windows = Math.floor(passedMs / windowMs)
    this.#previousMs = windows === 1 ? this.#busyMs : 0
    this.#busyMs = 0
    this.#windowStart += windows * windowMs
  }
}

const warnAbove = 0.8

/** Tells once whenever a share rises above 80 %. */
export class Threshold {
  #isAbove = false

  rises(share: number): boolean {
    const wasAbove = this.#isAbove
    this.#isAbove = share > warnAbove
    return this.#isAbove && !wasAbove
  }
}

/** Memory now, with the largest size seen so far. */
export class MemoryPeak {
  #peak = 0

  usage(
    { allocatedBytes, usedBytes }: { allocatedBytes: number; usedBytes: number },
    limit: number,
  ): MemoryUsage {
    this.#peak = Math.max(this.#peak, allocatedBytes)
    return { used: usedBytes, allocated: allocatedBytes, peak: this.#peak, limit }
  }
}
