import { probeEnvironment } from '../in-thread.ts'
import { openRemoteGuest } from '../remote/remote-guest.ts'
import type { RuntimeAdapter, RuntimeProbe } from '../runtime-adapter.ts'
import { openHostWorker, type HostWorker } from './host-worker.ts'
import { WorkerPool } from './worker-pool.ts'

export interface WorkerRuntimeOptions {
  /** Workers with a container, at a time. */
  readonly maxThreads: number
  /** Of the script. Default: beside this code. */
  readonly url?: string | URL | undefined
  /** Default: a worker of Node or of the browser. */
  readonly open?: () => HostWorker
}

/** The engine this program runs in, each container in a worker of a pool. */
export function createWorkerRuntime(
  name: 'browser' | 'nodejs',
  { maxThreads, url, open = () => openHostWorker(url) }: WorkerRuntimeOptions,
): RuntimeAdapter {
  const pool = new WorkerPool({ open, maxThreads })
  return {
    name,
    execution: 'worker',
    probe: () => Promise.resolve(probe(name)),
    start: (prepared, host) => openRemoteGuest(pool.take(), prepared, host),
    close: () => pool.close(),
  }
}

function probe(name: 'browser' | 'nodejs'): RuntimeProbe {
  const found = probeEnvironment(name)
  if (!found.available || name === 'nodejs' || typeof Worker === 'function') return found
  return { available: false, reason: 'this page has no workers' }
}
