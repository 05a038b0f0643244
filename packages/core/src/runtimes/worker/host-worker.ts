import { ContainerStartupError } from '../../errors.ts'
import type { Report } from '../remote/messages.ts'
import type { WorkerMessage } from './known-modules.ts'
import { openNodeWorker, type NodeThreads } from './node-worker.ts'

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): NodeThreads
}

/** A worker of Node or of a browser. */
export interface HostWorker {
  post(message: WorkerMessage): void
  onReport(listener: (report: Report) => void): void
  /** Called once, when it is gone or its script failed. */
  onEnd(listener: (reason: string) => void): void
  keepAlive(isBusy: boolean): void
  end(): Promise<void>
}

/** Opens a worker of whatever this program runs in. */
export function openHostWorker(url: string | URL | undefined): HostWorker {
  const { process } = globalThis as { process?: NodeProcess }
  const threads = process?.getBuiltinModule?.('node:worker_threads')
  return threads === undefined
    ? openWebWorker(url)
    : openNodeWorker(threads, url === undefined ? scriptUrl() : new URL(url))
}

function openWebWorker(url: string | URL | undefined): HostWorker {
  const worker = url === undefined ? bundledWorker() : new Worker(url, { type: 'module' })
  return {
    post: (message) => worker.postMessage(message),
    onReport: (listener) =>
      worker.addEventListener('message', (event: MessageEvent<Report>) => listener(event.data)),
    onEnd(listener) {
      const end = (event: Event): void =>
        listener((event as Partial<ErrorEvent>).message || 'its script could not be loaded')
      worker.addEventListener('error', end, { once: true })
      worker.addEventListener('messageerror', () => listener('its answer could not be read'))
    },
    keepAlive: () => undefined,
    end: () => Promise.resolve(worker.terminate()),
  }
}

/** Bundlers look for exactly this expression; it is right in `dist`, where all code lies beside `runtimes/`. */
function bundledWorker(): Worker {
  return new Worker(new URL('./runtimes/worker.js', import.meta.url), { type: 'module' })
}

function scriptUrl(): URL {
  const here = import.meta.url
  if (here.endsWith('.ts')) return new URL('../worker.ts', here)
  const at = here.lastIndexOf('/dist/')
  if (at >= 0) return new URL('runtimes/worker.js', here.slice(0, at + '/dist/'.length))
  throw new ContainerStartupError(
    'The script of the worker is not beside this bundle: say where it is with "workerUrl".',
    'RUNTIME_UNAVAILABLE',
  )
}
