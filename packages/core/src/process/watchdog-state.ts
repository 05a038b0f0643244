/** Why the watchdog ends the process, as the byte that it writes to its own pipe before. */
export const watchdogRecords = { time: 1, cpu: 2, memory: 3, orphan: 4 } as const

export type WatchdogReason = keyof typeof watchdogRecords

/** What the main thread tells the watchdog, in shared memory. */
export interface WatchdogState {
  readonly flags: Int32Array
  readonly limits: Float64Array
}

export const flagIndex = { running: 0, online: 1 } as const
export const limitIndex = { deadlineMs: 0, cpuMs: 1, rssBytes: 2 } as const

const flagBytes = 8

export function watchdogBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(flagBytes + 3 * Float64Array.BYTES_PER_ELEMENT)
}

export function watchdogState(buffer: SharedArrayBuffer): WatchdogState {
  return { flags: new Int32Array(buffer, 0, 2), limits: new Float64Array(buffer, flagBytes, 3) }
}

/** Milliseconds of a clock that all threads share and that nobody sets. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
