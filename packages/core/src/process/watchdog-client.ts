import { Worker } from 'node:worker_threads'
import {
  flagIndex,
  limitIndex,
  monotonicMs,
  watchdogBuffer,
  watchdogState,
} from './watchdog-state.ts'

export interface WatchdogLimits {
  readonly timeoutMs: number
  readonly cpuMs: number
  /** Largest resident set of the whole process, bytes. */
  readonly rssBytes: number
}

/** The main thread's handle on the worker that ends this process when a limit is passed. */
export interface Watchdog {
  /** From now on the limits hold. */
  arm(limits: WatchdogLimits): void
  /** CPU milliseconds since `arm`; the limits no longer hold. */
  disarm(): number
}

const startMs = 10_000

/**
 * Starts the worker and waits until it watches.
 *
 * @param options.fd where it writes why it ended the process
 */
export function startWatchdog(options: { script: URL; fd: number }): Watchdog {
  const buffer = watchdogBuffer()
  const { flags, limits } = watchdogState(buffer)
  const worker = new Worker(options.script, {
    workerData: { buffer, fd: options.fd, parentPid: process.ppid },
    stdin: false,
    env: {},
  })
  worker.unref()
  if (Atomics.wait(flags, flagIndex.online, 0, startMs) === 'timed-out')
    throw new Error('the watchdog did not start')
  let startedAt = 0
  return {
    arm(next) {
      startedAt = cpuMs()
      limits[limitIndex.deadlineMs] = monotonicMs() + next.timeoutMs
      limits[limitIndex.cpuMs] = startedAt + next.cpuMs
      limits[limitIndex.rssBytes] = next.rssBytes
      Atomics.store(flags, flagIndex.running, 1)
      Atomics.notify(flags, flagIndex.running)
    },
    disarm() {
      Atomics.store(flags, flagIndex.running, 0)
      Atomics.notify(flags, flagIndex.running)
      return Math.max(0, cpuMs() - startedAt)
    },
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
