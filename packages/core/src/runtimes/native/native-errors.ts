import { ContainerError, ContainerTimeoutError } from '../../errors.ts'
import type { EngineEnd } from './engine-process.ts'

const afterwards = 'What the module held is lost; restart the container.'
/** Words of engines for a module that ended itself by a trap. */
const trapWords =
  /unreachable|out of bounds|divide by zero|integer overflow|invalid conversion|indirect call|null reference|uninitialized|stack (?:exhausted|overflow)|maximum call stack|\btrap/i

/** The engine's process is gone: by a trap of the module, which no engine's program survives, or for another reason. */
export function crashed({ reason, message }: EngineEnd): ContainerError {
  if (reason === 'exited' && trapWords.test(message)) {
    return new ContainerError(
      `The module trapped, which ends a native engine: ${tellingLine(message)}. ${afterwards}`,
      'TRAPPED',
      { lost: 'process', reason: message },
    )
  }
  return new ContainerError(
    `The container's engine is gone: ${tellingLine(message)}. ${afterwards}`,
    'RUNTIME_LOST',
    { lost: 'process', reason: message },
  )
}

export function overdue(limitMs: number): ContainerError {
  return new ContainerTimeoutError(
    `The engine did not answer when maxCpuTime (${limitMs} ms) was over, so it was ended. ${afterwards}`,
    'TIME_LIMIT',
    { limitMs, lost: 'process' },
  )
}

export function abandoned(cause: unknown): ContainerError {
  return new ContainerError(
    `The call was aborted and did not stop, so its engine was ended. ${afterwards}`,
    'ABORTED',
    { lost: 'process', cause },
  )
}

/** A call was stopped by `error`, and the module could not be copied out of its process. */
export function lostBy(error: unknown, cause: unknown): ContainerError {
  const message = error instanceof Error ? error.message : String(error)
  const why = cause instanceof Error ? cause.message : String(cause)
  const code = error instanceof ContainerError ? error.code : 'RUNTIME_LOST'
  const Class = error instanceof ContainerTimeoutError ? ContainerTimeoutError : ContainerError
  return new Class(`${message} It could not be kept, though: ${why} ${afterwards}`, code, {
    lost: 'process',
    cause,
  })
}

/** The line that says what happened, out of all that an engine may print. */
function tellingLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  const told =
    lines.findLast((line) => trapWords.test(line)) ??
    lines.find((line) => /error/i.test(line)) ??
    lines.findLast((line) => line !== '')
  return (told ?? message).slice(0, 300)
}

/** The same for a module of which nothing was to be kept. */
export function withoutLoss(error: unknown): unknown {
  if (!(error instanceof ContainerError)) return error
  const { code, cause } = error
  const { lost, ...details } = (error.details ?? {}) as Record<string, unknown>
  if (lost === undefined) return error
  const Class = error instanceof ContainerTimeoutError ? ContainerTimeoutError : ContainerError
  return new Class(error.message.replace(` ${afterwards}`, ''), code, {
    ...details,
    ...(cause === undefined ? {} : { cause }),
  })
}
