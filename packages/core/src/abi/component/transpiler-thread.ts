import { ContainerMemoryError, ContainerStartupError } from '../../errors.ts'
import type { ThreadAnswer, ThreadAsk } from './thread-messages.ts'

export interface ThreadListener {
  onAnswer(answer: ThreadAnswer): void
  /** It can answer no more. */
  onEnd(error: Error): void
}

/** A thread of Node or of a page. */
export interface TranspilerThread {
  post(ask: ThreadAsk): void
  /** In place of the one before. Told at once of an end that was. */
  listen(listener: ThreadListener): void
  /** Whether it keeps the program running. */
  keepAlive(isBusy: boolean): void
  end(): Promise<void>
}

interface NodeWorker {
  postMessage(message: ThreadAsk): void
  on(event: 'message', listener: (answer: ThreadAnswer) => void): void
  on(event: 'error', listener: (error: Error & { readonly code?: string }) => void): void
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

/** Of the thread's own JavaScript; jco's memory is limited by itself. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 }

/** Opens a thread of whatever this program runs in. */
export function openTranspilerThread(url: string | URL | undefined): TranspilerThread {
  const { process } = globalThis as { process?: NodeProcess }
  const threads = process?.getBuiltinModule?.('node:worker_threads')
  return threads === undefined ? openWebThread(url) : openNodeThread(threads.Worker, url)
}

function openNodeThread(
  Worker: new (url: URL, options: object) => NodeWorker,
  url: string | URL | undefined,
): TranspilerThread {
  const worker = new Worker(url === undefined ? scriptUrl() : new URL(url), {
    resourceLimits,
    env: {},
    // Flags of this process, such as `--input-type`, are not meant for it.
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  const ear = new Ear()
  worker.on('message', (answer) => ear.answer(answer))
  worker.on('error', (error) =>
    error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? ear.end(tooMuch(error)) : ear.fail(error.message),
  )
  worker.on('exit', (code) => ear.fail(`it ended with ${code}`))
  return {
    post: (ask) => worker.postMessage(ask),
    listen: (listener) => ear.listen(listener),
    keepAlive: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  }
}

/** Hands on what a thread says, and remembers that it ended. */
class Ear {
  #listener: ThreadListener | undefined
  #ended: Error | undefined
  #isReady = false

  listen(listener: ThreadListener): void {
    this.#listener = listener
    if (this.#ended !== undefined) listener.onEnd(this.#ended)
  }

  answer(answer: ThreadAnswer): void {
    if ('ready' in answer) this.#isReady = true
    this.#listener?.onAnswer(answer)
  }

  /** The script failed, or did not even come. */
  fail(reason = 'no reason was given'): void {
    this.end(
      this.#isReady
        ? new ContainerStartupError(
            `The thread that takes components apart failed: ${reason}.`,
            'STARTUP_FAILED',
          )
        : unavailable(`could not be loaded (${reason})`),
    )
  }

  end(error: Error): void {
    this.#ended ??= error
    this.#listener?.onEnd(this.#ended)
  }
}

function tooMuch(cause: Error): ContainerMemoryError {
  return new ContainerMemoryError(
    'Taking this component apart needs more memory than it may have.',
    'MEMORY_LIMIT',
    { cause },
  )
}

function openWebThread(url: string | URL | undefined): TranspilerThread {
  const worker = url === undefined ? bundledWorker() : new Worker(url, { type: 'module' })
  const ear = new Ear()
  worker.addEventListener('message', ({ data }: MessageEvent<ThreadAnswer>) => ear.answer(data))
  worker.addEventListener('error', ({ message }: Partial<ErrorEvent>) => ear.fail(message))
  worker.addEventListener('messageerror', () => ear.fail('its answer cannot be read'))
  return {
    post: (ask) => worker.postMessage(ask),
    listen: (listener) => ear.listen(listener),
    keepAlive: () => undefined,
    end: () => Promise.resolve(worker.terminate()),
  }
}

/** Bundlers look for exactly this expression; it is right in `dist`, where all code lies beside `abi/`. */
function bundledWorker(): Worker {
  return new Worker(new URL('./abi/component/worker.js', import.meta.url), { type: 'module' })
}

function scriptUrl(): URL {
  const here = import.meta.url
  if (here.endsWith('.ts')) return new URL('worker.ts', here)
  const at = here.lastIndexOf('/dist/')
  if (at >= 0) return new URL('abi/component/worker.js', here.slice(0, at + '/dist/'.length))
  throw unavailable('is not beside this bundle')
}

function unavailable(reason: string): ContainerStartupError {
  return new ContainerStartupError(
    `This is a component, and the script that takes components apart ${reason}: say where it is with "components.workerUrl".`,
    'RUNTIME_UNAVAILABLE',
    { option: 'components' },
  )
}
