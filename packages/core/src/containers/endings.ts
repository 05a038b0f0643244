import { ContainerError } from '../errors.ts'
import type { ContainerStatus } from './types.ts'

/** Whether a module ended itself or was lost with what ran it, so that nothing of it can be called any more. */
export function isFinal(error: unknown): error is ContainerError {
  if (!(error instanceof ContainerError)) return false
  const { details } = error
  return (
    typeof details === 'object' && details !== null && ('exitCode' in details || 'lost' in details)
  )
}

/** Why a container that is no more cannot do what it was asked for. */
export function ended(container: {
  readonly id: string
  readonly name: string
  readonly status: ContainerStatus
  readonly error: Error | undefined
}): ContainerError {
  const { id, name, status, error } = container
  return new ContainerError(
    `The container "${name}" is ${status}. ${error?.message ?? 'Run it again.'}`,
    'STOPPED',
    { containerId: id, cause: error },
  )
}
