import { Worker } from 'node:worker_threads'
import { CompilationError } from '../errors.ts'
import { entryUrl } from '../process/entry-url.ts'
import { compilationFailed, wholeSource } from './source.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** What one compiler may take of this process. */
const resourceLimits = {
  maxOldGenerationSizeMb: 1024,
  maxYoungGenerationSizeMb: 128,
  stackSizeMb: 8,
}

/**
 * Compiles in a thread of its own, which is ended when time is up, the signal aborts, or the answer is there.
 *
 * Throws `CompilationError`: `TIME_LIMIT`, `ABORTED`, `COMPILATION_FAILED` where the compiler itself broke.
 */
export async function runWorker(
  job: CompileJob,
  options: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<CompileAnswer> {
  const { timeoutMs, signal } = options
  if (signal?.aborted === true) throw aborted(signal)
  const worker = new Worker(entryUrl('compile/worker'), {
    workerData: job,
    resourceLimits,
    env: {},
    // Flags of this process, such as `--input-type`, are not meant for it.
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  try {
    return await answerOf(worker, { timeoutMs, signal })
  } finally {
    await worker.terminate()
  }
}

function answerOf(
  worker: Worker,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<CompileAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CompileAnswer>()
  const timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)
  const onAbort = (): void => reject(aborted(signal))
  signal?.addEventListener('abort', onAbort)
  worker.once('message', (answer: CompileAnswer) => resolve(answer))
  worker.once('error', (error) => reject(broken(error)))
  worker.once('exit', () => reject(broken(new Error('it ended without an answer'))))
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  })
}

function timedOut(timeoutMs: number): CompilationError {
  return new CompilationError(
    `The source was not compiled within timeoutMs (${timeoutMs} ms).`,
    'TIME_LIMIT',
    { timeoutMs },
  )
}

function aborted(signal: AbortSignal | undefined): CompilationError {
  return new CompilationError('The compilation was aborted.', 'ABORTED', { cause: signal?.reason })
}

function broken(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  try {
    return compilationFailed([wholeSource(`The compiler failed: ${message}.`)])
  } catch (made) {
    return made
  }
}
