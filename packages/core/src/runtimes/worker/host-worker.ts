import { ContainerStartupError } from '../../errors.ts'
import type { Report } from '../remote/messages.ts'
import type { WorkerMessage } from './known-modules.ts'

/** A worker of Node or of a browser. */
export interface HostWorker {
  post(message: WorkerMessage): void
  onReport(listener: (report: Report) => void): void
  /** Called once, when it is gone or its script failed. */
  onEnd(listener: (reason: string) => void): void
  keepAlive(isBusy: boolean): void
  end(): Promise<void>
}

interface NodeWorker {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: Report) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'exit', listener: (code: number) => void): void
  ref(): void
  unref(): void
  terminate(): Promise<number>
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): {
    Worker: new (url: URL, options: object) => NodeWorker
  }
}

/** Of the worker's own JavaScript; the module's memory is limited by itself. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/** Opens a worker of whatever this program runs in. */
export function openHostWorker(url: string | URL | undefined): HostWorker {
  const { process } = globalThis as { process?: NodeProcess }
  const threads = process?.getBuiltinModule?.('node:worker_threads')
  return threads === undefined ? openWebWorker(url) : openNodeWorker(threads.Worker, url)
}

function openNodeWorker(
  Worker: new (url: URL, options: object) => NodeWorker,
  url: string | URL | undefined,
): HostWorker {
  const worker = new Worker(url === undefined ? scriptUrl() : new URL(url), {
    resourceLimits,
    env: {},
    // Flags of this process, such as `--input-type`, are not meant for it.
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  let reason: string | undefined
  worker.on('error', (error) => void (reason = error.message))
  return {
    post: (message) => worker.postMessage(message),
    onReport: (listener) => worker.on('message', listener),
    onEnd: (listener) => worker.on('exit', (code) => listener(reason ?? `it ended with ${code}`)),
    keepAlive: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  }
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
