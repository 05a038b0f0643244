import { CompilationError } from '../errors.ts'
import { compilationFailed, wholeSource } from './source.ts'

/** The compiler was ended for its time. */
export function timedOut(timeoutMs: number): CompilationError {
  return new CompilationError(
    `The source was not compiled within timeoutMs (${timeoutMs} ms).`,
    'TIME_LIMIT',
    { timeoutMs },
  )
}

export function aborted(signal: AbortSignal | undefined): CompilationError {
  return new CompilationError('The compilation was aborted.', 'ABORTED', { cause: signal?.reason })
}

/** The compiler itself failed. */
export function broken(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  try {
    return compilationFailed([wholeSource(`The compiler failed: ${message}.`)])
  } catch (made) {
    return made
  }
}
