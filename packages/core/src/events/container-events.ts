import type { MemoryUsage } from '../containers/types.ts'

/** Events of a manager's bus. @see seed core-and-react, "ContainerEvents" */
export interface ContainerEvents {
  /** A start began, with the id that the container will have: `container:start` follows, or `container:error`. `name` as it was asked for. */
  'container:starting': { containerId: string; name: string }
  'container:start': { containerId: string }
  'container:stop': { containerId: string }
  'container:error': { containerId: string; error: Error }
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  'state:change': { containerId: string; state: any }
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  'function:call': { containerId: string; functionName: string; args: any }
  /** Once whenever use rises above 80 % of the limit. */
  'memory:warning': { containerId: string; usage: MemoryUsage }
  /** Once whenever use rises above 80 %; `usage` in percent. */
  'cpu:threshold': { containerId: string; usage: number }
}

/** Kinds of the events that a container remembers. */
export const ContainerEventType = {
  STATE_CHANGE: 'state_change',
  FUNCTION_CALL: 'function_call',
  ERROR: 'error',
  MEMORY_WARNING: 'memory_warning',
  CPU_THRESHOLD: 'cpu_threshold',
} as const
export type ContainerEventType = (typeof ContainerEventType)[keyof typeof ContainerEventType]

/** One remembered event. @see seed core-and-react, "useContainerEvents" */
export interface ContainerEvent {
  type: ContainerEventType
  timestamp: Date
  containerId: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  data: any
}
