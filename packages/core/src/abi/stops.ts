import { ContainerError, ContainerTimeoutError } from '../errors.ts'
import type { StopSignal } from './guest.ts'

export function throwIfAborted(signal: StopSignal | undefined): void {
  if (signal?.aborted === true)
    throw new ContainerError('The call was aborted.', 'ABORTED', { cause: signal.reason })
}

export function timeOut(limitMs: number): never {
  throw new ContainerTimeoutError(
    `The call ran longer than maxCpuTime allows (${limitMs} ms). The container lives on; what the call changed so far stays.`,
    'TIME_LIMIT',
    { limitMs },
  )
}

export function fuelOut(limit: bigint): never {
  throw new ContainerTimeoutError(
    `The call used more than maxFuel allows (${limit} instructions). The container lives on; what the call changed so far stays.`,
    'CPU_LIMIT',
    { limit },
  )
}

export function tooDeep(): never {
  throw new ContainerTimeoutError(
    'Calls inside the module nest deeper than maxCallDepth allows. The container lives on.',
    'DEPTH_LIMIT',
  )
}
