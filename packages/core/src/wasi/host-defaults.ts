import type { WasiClock } from './guest.ts'

const largestRandom = 65_536

/** The clocks of the host. */
export const hostClock: WasiClock = {
  realtimeNs: () => BigInt(Date.now()) * 1_000_000n,
  monotonicNs: () => BigInt(Math.round(performance.now() * 1e6)),
}

/** Random bytes of the host, good for secrets. */
export function hostRandom(into: Uint8Array): void {
  for (let at = 0; at < into.length; at += largestRandom) {
    const part = new Uint8Array(Math.min(largestRandom, into.length - at))
    into.set(crypto.getRandomValues(part), at)
  }
}

/** Blocks the thread; where it may not block (a page's main thread) it spins until the time is over. */
export function hostSleep(ms: number): void {
  const until = performance.now() + ms
  const cell = waitCell()
  if (cell === undefined) while (performance.now() < until);
  else Atomics.wait(cell, 0, 0, ms)
}

function waitCell(): Int32Array<SharedArrayBuffer> | undefined {
  try {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    Atomics.wait(cell, 0, 0, 0)
    return cell
  } catch {
    return undefined
  }
}
