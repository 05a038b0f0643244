import { demand, type World } from './world.ts'

type Sleeper = Pick<World, 'allow' | 'clock' | 'sleep'>

/** `wasi:io/poll.pollable`: of a clock, or of a stream, which is always ready. */
export class Pollable {
  readonly #world: Sleeper | undefined
  readonly #dueNs: bigint

  /** @param dueNs on the monotonic clock */
  constructor(world?: Sleeper, dueNs = 0n) {
    this.#world = world
    this.#dueNs = dueNs
  }

  ready(): boolean {
    return this.leftNs() <= 0n
  }

  block(): void {
    const leftNs = this.leftNs()
    if (leftNs > 0n) this.sleep(leftNs)
  }

  leftNs(): bigint {
    return this.#world === undefined ? 0n : this.#dueNs - this.#world.clock.monotonicNs()
  }

  sleep(ns: bigint): void {
    if (this.#world === undefined) return
    demand(this.#world, 'poll_oneoff')
    this.#world.sleep(Number(ns) / 1e6)
  }
}

/** Waits until one is ready and gives the places of all that are. By the standard an empty list is a trap. */
export function poll(list: readonly Pollable[]): Uint32Array {
  const [first] = list
  if (first === undefined) throw new WebAssembly.RuntimeError('poll was given an empty list')
  const left = list.map((one) => one.leftNs())
  const soonest = left.reduce((least, one) => (one < least ? one : least))
  if (soonest > 0n) first.sleep(soonest)
  const by = soonest > 0n ? soonest : 0n
  return Uint32Array.from(left.flatMap((one, n) => (one <= by ? [n] : [])))
}
