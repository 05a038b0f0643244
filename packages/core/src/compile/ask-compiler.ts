import { aborted, broken, timedOut, topLevelStopped } from './failures.ts'
import type { CompileAnswer, CompilerMessage } from './worker-messages.ts'

/** For what the worker has already said to arrive. */
const graceMs = 250

/** A worker with one job: of Node or of a page. */
export interface CompilerWorker {
  onMessage(listener: (message: CompilerMessage) => void): void
  /** Called when it can answer no more. */
  onFailure(listener: (error: Error) => void): void
  end(): unknown
  /** What it means that the script did not even begin. Default: that the compiler failed. */
  readonly notLoaded?: (error: Error) => Error
}

export interface CompilerLimits {
  /** Milliseconds for everything. */
  readonly timeoutMs: number
  /** Milliseconds for the top level of the source. */
  readonly maxCpuTimeMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * Waits for the answer of a worker, and ends it: when the answer is there, time is up or the signal aborts.
 *
 * Rejects with `CompilationError`: `TIME_LIMIT`, `ABORTED`, `COMPILATION_FAILED` where the compiler itself broke.
 */
export async function askCompiler(
  worker: CompilerWorker,
  limits: CompilerLimits,
): Promise<CompileAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CompileAnswer>()
  const { timeoutMs, maxCpuTimeMs, signal } = limits
  const timers = [setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)]
  const onAbort = (): void => reject(aborted(signal))
  // The worker looks at the time itself; here ends what does not come to that.
  const watchTopLevel = (): void =>
    void timers.push(
      setTimeout(
        () => timers.push(setTimeout(() => reject(topLevelStopped('TIME_LIMIT')), graceMs)),
        Math.min(maxCpuTimeMs, timeoutMs),
      ),
    )
  let isReady = false
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort)
  worker.onMessage((message) => {
    isReady = true
    if (message.kind === 'begun') watchTopLevel()
    else if (message.kind === 'done') clearTimeout(timers.pop())
    else if (message.kind !== 'ready') resolve(message)
  })
  worker.onFailure((error) =>
    reject(isReady ? broken(error) : (worker.notLoaded?.(error) ?? broken(error))),
  )
  try {
    return await promise
  } finally {
    for (const timer of timers) clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    await worker.end()
  }
}
