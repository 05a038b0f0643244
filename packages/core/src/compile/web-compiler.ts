import { ContainerStartupError } from '../errors.ts'
import { askCompiler, type CompilerWorker } from './ask-compiler.ts'
import { aborted, topLevelStopped } from './failures.ts'
import { readJob } from './read-job.ts'
import { compilationFailed } from './source.ts'
import type { CompileOptions } from './types.ts'
import type { CompilerMessage, WebCompileJob } from './worker-messages.ts'

/** Where a page finds the compiler of scripts. */
export interface ScriptCompilerOptions {
  /** The worker's script. Default: `compile/web-worker.js` beside this code, which Vite and webpack find by themselves. */
  readonly workerUrl?: string | URL
  /** QuickJS's module: its bytes or where they are. Default: `compile/quickjs.wasm` beside this code. */
  readonly interpreter?: string | URL | Uint8Array
}

/** What compiling in a page needs of it. */
export interface WebCompilerPorts extends ScriptCompilerOptions {
  readonly fetch: typeof fetch
  /** Milliseconds that loading QuickJS may take. */
  readonly networkTimeoutMs: number
}

export type CompileScript = (
  source: string,
  options: Pick<
    CompileOptions,
    | 'imports'
    | 'signal'
    | 'timeoutMs'
    | 'maxSourceBytes'
    | 'maxMemory'
    | 'maxCpuTime'
    | 'maxFuel'
    | 'clock'
    | 'random'
  >,
) => Promise<Uint8Array>

const largestInterpreter = 16 << 20

/**
 * Compiles scripts in a page: each in a worker of its own, which is ended when it answered, when its time is over or when the signal aborts. QuickJS
 * is loaded once, when the first script comes. Rejects with `CompilationError`, and `ContainerStartupError` (`RUNTIME_UNAVAILABLE`) where the page
 * cannot load what it needs.
 */
export function createWebCompiler(ports: WebCompilerPorts): CompileScript {
  let loading: Promise<Uint8Array> | undefined
  const load = async (): Promise<Uint8Array> => {
    loading ??= loadInterpreter(ports)
    try {
      return await loading
    } catch (error) {
      loading = undefined
      throw error
    }
  }
  return async (source, options) => {
    const { job, limits } = readJob(source, { engine: 'quickjs', ...options })
    const wasm = await load()
    if (options.signal?.aborted === true) throw aborted(options.signal)
    const worker = openWorker(ports)
    worker.postMessage({ job: { ...job, engine: 'quickjs' }, wasm } satisfies WebCompileJob)
    const answer = await askCompiler(toCompilerWorker(worker), limits)
    if (answer.kind === 'compiled') return answer.bytes
    if (answer.kind === 'refused') return compilationFailed(answer.diagnostics)
    if (answer.kind === 'limited') throw topLevelStopped(answer.code)
    throw new TypeError(`${answer.packageName} is a part of the worker.`)
  }
}

function openWorker({ workerUrl }: ScriptCompilerOptions): Worker {
  try {
    // Bundlers look for exactly this expression; it is right in `dist`, where all code lies beside `compile/`.
    return workerUrl === undefined
      ? new Worker(new URL('./compile/web-worker.js', import.meta.url), { type: 'module' })
      : new Worker(workerUrl, { type: 'module' })
  } catch (cause) {
    throw unavailable('the compiler’s worker', cause)
  }
}

function toCompilerWorker(worker: Worker): CompilerWorker {
  return {
    onMessage: (listener) =>
      worker.addEventListener('message', ({ data }: MessageEvent<CompilerMessage>) =>
        listener(data),
      ),
    onFailure: (listener) =>
      worker.addEventListener('error', ({ message }) => listener(new Error(message))),
    end: () => worker.terminate(),
    notLoaded: () => unavailable('the compiler’s worker'),
  }
}

async function loadInterpreter(ports: WebCompilerPorts): Promise<Uint8Array> {
  const { interpreter } = ports
  const bytes = interpreter instanceof Uint8Array ? interpreter.slice() : await download(ports)
  const [first, ...magic] = bytes.subarray(0, 4)
  const isModule = first === 0 && String.fromCharCode(...magic) === 'asm'
  if (isModule && bytes.length <= largestInterpreter) return bytes
  throw unavailable('QuickJS’s module', new Error('what is there is something else'))
}

async function download({
  interpreter,
  fetch,
  networkTimeoutMs,
}: WebCompilerPorts): Promise<Uint8Array> {
  const url = interpreter ?? new URL('./compile/quickjs.wasm', import.meta.url)
  try {
    return await within(networkTimeoutMs, async (signal) => {
      const response = await fetch(url as string | URL, { signal })
      if (!response.ok) throw new Error(`the server answered ${response.status}`)
      return new Uint8Array(await response.arrayBuffer())
    })
  } catch (cause) {
    throw unavailable('QuickJS’s module', cause)
  }
}

/** A `fetch` that does not heed its signal is left behind. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    stop.abort()
    reject(new Error(`it took longer than networkTimeout (${ms} ms)`))
  }, ms)
  try {
    return await Promise.race([work(stop.signal), promise])
  } finally {
    clearTimeout(timer)
  }
}

function unavailable(what: string, cause?: unknown): ContainerStartupError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new ContainerStartupError(
    `Scripts cannot be compiled here, as ${what} could not be loaded${reason}. Say where it is with "scripts" in the manager’s configuration.`,
    'RUNTIME_UNAVAILABLE',
    { option: 'scripts', cause },
  )
}
