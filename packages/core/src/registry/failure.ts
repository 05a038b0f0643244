import { ContainerError, RegistryError } from '../errors.ts'

/** Throws the signal's reason as `RegistryError`: `TIME_LIMIT` when a deadline passed, `ABORTED` when the caller did it. */
export function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw abortError(signal, what)
}

/** What a failed call of `fetch` or of a body's reader means. */
export function toFailure(error: unknown, signal: AbortSignal, what: string): ContainerError {
  if (error instanceof ContainerError) return error
  if (signal.aborted) return abortError(signal, what)
  return new RegistryError(
    `${what} failed because the connection did: ${reasonOf(error)}.`,
    'REGISTRY_FAILED',
    { cause: error, retryable: true },
  )
}

/** The silence of a server was longer than the caller waits. */
export function silenceError(what: string, timeoutMs: number): RegistryError {
  return new RegistryError(`${what} failed: no answer within ${timeoutMs} ms.`, 'TIME_LIMIT', {
    timeoutMs,
  })
}

/** More bytes than the caller takes. */
export function sizeError(what: string, maxBytes: number): RegistryError {
  return new RegistryError(
    `${what} was ended after ${maxBytes} bytes, the most it may be.`,
    'SIZE_LIMIT',
    {
      maxBytes,
    },
  )
}

function abortError(signal: AbortSignal, what: string): RegistryError {
  const cause: unknown = signal.reason
  const isDeadline = cause instanceof DOMException && cause.name === 'TimeoutError'
  return isDeadline
    ? new RegistryError(`${what} took longer than allowed.`, 'TIME_LIMIT', { cause })
    : new RegistryError(`${what} was aborted.`, 'ABORTED', { cause })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
