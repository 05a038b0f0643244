import { CompilationError } from '../errors.ts'
import type { LimitCode } from './worker-messages.ts'
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

/** The top level of the source came to the end of what it may use. */
export function topLevelStopped(code: LimitCode): CompilationError {
  return new CompilationError(`The top level of the source ${reasons[code]}.`, code)
}

const reasons = {
  CPU_LIMIT: 'ran more instructions than maxFuel allows',
  DEPTH_LIMIT: 'nests calls too deep',
  TIME_LIMIT: 'ran longer than maxCpuTime allows',
  MEMORY_LIMIT: 'has less memory by maxMemory than the interpreter needs',
} satisfies Record<LimitCode, string>

/** The compiler itself failed. */
export function broken(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  try {
    return compilationFailed([wholeSource(`The compiler failed: ${message}.`)])
  } catch (made) {
    return made as Error
  }
}
