import { startDaemon, type RunningDaemon } from './daemon.ts'

/** What runs against a daemon that is killed in the middle of it. */
export interface Target {
  readonly daemon: RunningDaemon
  /** Resolves to what the promise does, or to undefined when the daemon was killed first. */
  alive<T>(work: Promise<T>): Promise<T | undefined>
  readonly killed: boolean
}

const leastMs = 150
const mostMs = 1200

/** Starts the daemon, prepares it, lets the work run, kills it at a moment nobody knows, and waits for the work to notice. */
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
  const afterMs = leastMs + Math.random() * (mostMs - leastMs)
  await Promise.race([working, new Promise((resolve) => setTimeout(resolve, afterMs))])
  killed = true
  await daemon.kill()
  gone.resolve(undefined)
  await working
}

/** Does the same thing again until the daemon is killed. */
export async function again(target: Target, step: (count: number) => Promise<void>): Promise<void> {
  for (let count = 1; !target.killed; count += 1) await step(count)
}
