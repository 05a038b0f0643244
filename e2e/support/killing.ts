import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, type RunningDaemon } from './daemon.ts'

/** What runs against a daemon that is killed in the middle of it. */
export interface Target {
  readonly daemon: RunningDaemon
  /** Resolves to what the promise does, or to undefined when the daemon was killed first. */
  alive<T>(work: Promise<T>): Promise<T | undefined>
  readonly killed: boolean
  /** Steps that each loop of the work has done. */
  readonly loops: number[]
}

const leastMs = 100
const mostMs = 1100
/** A busy machine gets the time to do something that can be lost. */
const leastSteps = 3
const patienceMs = 40_000

/** Starts the daemon, prepares it, lets the work begin, kills it at a moment nobody knows, and waits for the work to notice. */
export async function killInTheMiddle(
  dataDir: string,
  work: (target: Target) => Promise<unknown>,
  prepare: (daemon: RunningDaemon) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const daemon = await startDaemon({ dataDir })
  await prepare(daemon)
  let killed = false
  const gone = Promise.withResolvers<undefined>()
  const target: Target = {
    daemon,
    get killed() {
      return killed
    },
    loops: [],
    // What fails after the kill failed because of it.
    alive: (promise) =>
      Promise.race([
        gone.promise,
        promise.catch((error: unknown) => {
          if (killed) return undefined
          throw error
        }),
      ]),
  }
  const working = work(target)
  // What goes wrong in the work ends it at once.
  await Promise.race([working, momentToKill(target)])
  killed = true
  await daemon.kill()
  gone.resolve(undefined)
  await working
}

async function momentToKill({ loops }: Target): Promise<void> {
  const startedAt = Date.now()
  const isTooEarly = (): boolean => loops.length === 0 || loops.some((steps) => steps < leastSteps)
  while (isTooEarly() && Date.now() - startedAt < patienceMs) await sleep(5)
  await sleep(leastMs + Math.random() * (mostMs - leastMs))
}

/** Does the same thing again until the daemon is killed. */
export async function again(target: Target, step: (count: number) => Promise<void>): Promise<void> {
  const loop = target.loops.push(0) - 1
  for (let count = 1; !target.killed; count += 1) {
    await step(count)
    target.loops[loop] = count
  }
}
