import { ContainerError, ContainerTimeoutError } from '../errors.ts'
import { ProcessExit } from '../wasi/guest.ts'

/** Gives what came out of a running module the error that callers can react to. */
export function toContainerError(error: unknown): unknown {
  if (error instanceof WebAssembly.RuntimeError) {
    return new ContainerError(`The module trapped: ${error.message}.`, 'TRAPPED', { cause: error })
  }
  if (error instanceof Error && error.name === 'SuspendError') {
    return new ContainerError(
      'The module called an asynchronous function of the host where it cannot wait for it: as a command, in its start, its state or its health.',
      'HOST_FAILED',
      { cause: error },
    )
  }
  if (error instanceof RangeError) {
    return new ContainerTimeoutError(
      'The call nested deeper than the engine can hold; the state before it may be half changed.',
      'DEPTH_LIMIT',
      { cause: error },
    )
  }
  if (error instanceof ProcessExit) {
    return new ContainerError(
      `The module ended itself with exit code ${error.exitCode}.`,
      'GUEST_FAILED',
      { exitCode: error.exitCode },
    )
  }
  return error
}

export function guestFailed(message: string): never {
  throw new ContainerError(message, 'GUEST_FAILED')
}
