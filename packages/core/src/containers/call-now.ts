import type { Guest } from '../abi/guest.ts'
import { ContainerError } from '../errors.ts'
import { ContainerStatus, type Execution, type WASMRuntime } from './types.ts'

/** Why a result cannot be had before `callSync` returns. */
type WaitReason = 'elsewhere' | 'waits' | 'starting' | 'paused' | 'busy'

const reasons: Readonly<Record<WaitReason, (place: string) => string>> = {
  elsewhere: (place) =>
    `it runs in ${place}, whose answers come later. Use "call", or run it in the calling thread`,
  waits: () => 'it may wait for promises of the host. Use "call"',
  starting: () => 'it is starting. Use "call", which waits for that',
  paused: () => 'it is paused. Resume it, or use "call", which waits for that',
  busy: () =>
    'another call of it runs or waits. Use "call", which takes its turn; a host function cannot call the container that called it',
}

export interface CalledContainer {
  readonly id: string
  readonly name: string
  readonly runtime: WASMRuntime
  readonly execution: Execution
  readonly status: ContainerStatus
}

/** The error of a call that would have to wait: nothing was called, counted or changed. By default the queue is in the way. */
export function wouldWait(
  container: CalledContainer,
  reason: WaitReason = reasonOf(container.status),
): ContainerError {
  const { id: containerId, name, runtime, execution } = container
  const place = execution === 'worker' ? 'a worker' : `a process (${runtime})`
  return new ContainerError(
    `"${name}" cannot give a result at once: ${reasons[reason](place)}.`,
    'WOULD_WAIT',
    { containerId, reason },
  )
}

/** For a module that has no quick calls: returns where its calls are done at once all the same. */
export function refuseToWait(container: CalledContainer, { mayWait = false }: Guest): void {
  if (container.execution !== 'in-thread') throw wouldWait(container, 'elsewhere')
  if (mayWait) throw wouldWait(container, 'waits')
}

/** What keeps a queue from running a call at once. */
function reasonOf(status: ContainerStatus): WaitReason {
  if (status === ContainerStatus.STARTING) return 'starting'
  return status === ContainerStatus.PAUSED ? 'paused' : 'busy'
}
