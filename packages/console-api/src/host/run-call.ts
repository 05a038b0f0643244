import type { Clock } from '../clock.ts'
import type {
  FunctionFailureCode,
  FunctionInstance,
  FunctionOutcome,
  FunctionRequest,
  InvokeOptions,
} from '../ports.ts'

export interface CallGuard {
  readonly clock: Clock
  /** How long the instance may take to end after it was told to, milliseconds. */
  readonly graceMs: number
}

/**
 * One request on one instance. The instance is told to end at the deadline or when the signal fires; one that does not
 * listen is left behind after the grace, and its late lines and answer go nowhere.
 */
export async function runCall(
  instance: FunctionInstance,
  call: { readonly request: FunctionRequest; readonly options: InvokeOptions },
  guard: CallGuard,
): Promise<FunctionOutcome> {
  const { clock, graceMs } = guard
  const { request, options } = call
  const startedMs = clock.monotonicMs()
  const stop = new AbortController()
  const gaveUp = Promise.withResolvers<void>()
  const cancels: (() => void)[] = []
  let over = false
  let reason: 'TIMEOUT' | 'CANCELLED' | null = null
  const end = (code: 'TIMEOUT' | 'CANCELLED'): void => {
    if (reason !== null || over) return
    reason = code
    stop.abort(new DOMException(code, code === 'TIMEOUT' ? 'TimeoutError' : 'AbortError'))
    cancels.push(clock.after(graceMs, gaveUp.resolve))
  }
  const onAbort = (): void => end('CANCELLED')
  options.signal.addEventListener('abort', onAbort, { once: true })
  cancels.push(clock.after(options.timeoutMs, () => end('TIMEOUT')))
  const measured = (code: FunctionFailureCode, message: string): FunctionOutcome => {
    return {
      ok: false,
      code,
      message,
      durationMs: clock.monotonicMs() - startedMs,
      cpuMs: 0,
      memoryBytes: 0,
    }
  }
  const onLog: InvokeOptions['onLog'] = (line) => {
    if (!over) options.onLog(line)
  }
  const answered = invokeSafely(instance, request, {
    timeoutMs: options.timeoutMs,
    signal: stop.signal,
    onLog,
  }).catch((error: unknown) =>
    measured('CRASHED', error instanceof Error ? error.message : String(error)),
  )
  if (options.signal.aborted) onAbort()
  const outcome = await Promise.race([
    answered,
    gaveUp.promise.then(() => measured(reason ?? 'TIMEOUT', '')),
  ])
  over = true
  options.signal.removeEventListener('abort', onAbort)
  for (const cancel of cancels) cancel()
  return explain(outcome, reason, options.timeoutMs)
}

async function invokeSafely(
  instance: FunctionInstance,
  request: FunctionRequest,
  options: InvokeOptions,
): Promise<FunctionOutcome> {
  return await instance.invoke(request, options)
}

function explain(
  outcome: FunctionOutcome,
  reason: 'TIMEOUT' | 'CANCELLED' | null,
  timeoutMs: number,
): FunctionOutcome {
  if (outcome.ok || reason === null) return outcome
  // What ended the instance decides, whatever the instance made of it.
  if (outcome.code !== 'CANCELLED' && outcome.code !== 'CRASHED' && outcome.code !== reason)
    return outcome
  const message =
    reason === 'TIMEOUT'
      ? `the function ran longer than its timeout of ${timeoutMs / 1000} s`
      : 'the caller went away'
  return { ...outcome, code: reason, message }
}
