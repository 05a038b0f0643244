import { Worker } from 'node:worker_threads'
import { entryUrl } from '../process/entry-url.ts'
import { aborted, broken, timedOut } from './failures.ts'
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
