import type { ContainerInstance } from '../containers/instance.ts'

/** One number that is told of every container. */
export interface Measurement {
  /** Prometheus writes it with `_`, OpenTelemetry with `.`. */
  readonly words: readonly string[]
  readonly kind: 'gauge' | 'counter'
  readonly unit: 'percent' | 'bytes' | 'seconds' | 'calls' | 'errors'
  readonly description: string
  readonly read: (container: ContainerInstance) => number
}

export const measurements: readonly Measurement[] = [
  {
    words: ['cpu', 'usage'],
    kind: 'gauge',
    unit: 'percent',
    description: 'Time spent in calls in the last second or two.',
    read: ({ metrics }) => metrics.cpuUsage,
  },
  {
    words: ['memory', 'used'],
    kind: 'gauge',
    unit: 'bytes',
    description: 'Linear memory in use, as the module says, else all it has.',
    read: (container) => container.getMemoryUsage().used,
  },
  {
    words: ['memory', 'allocated'],
    kind: 'gauge',
    unit: 'bytes',
    description: 'Size of the linear memory.',
    read: (container) => container.getMemoryUsage().allocated,
  },
  {
    words: ['memory', 'peak'],
    kind: 'gauge',
    unit: 'bytes',
    description: 'Largest size of the linear memory since the start.',
    read: (container) => container.getMemoryUsage().peak,
  },
  {
    words: ['memory', 'limit'],
    kind: 'gauge',
    unit: 'bytes',
    description: 'Largest size the linear memory may have.',
    read: (container) => container.getMemoryUsage().limit,
  },
  {
    words: ['uptime'],
    kind: 'gauge',
    unit: 'seconds',
    description: 'Time since the start.',
    read: ({ metrics }) => metrics.uptime / 1000,
  },
  {
    words: ['last', 'activity'],
    kind: 'gauge',
    unit: 'seconds',
    description: 'When a call was made last, or else the start, since the epoch.',
    read: ({ metrics }) => metrics.lastActivity.getTime() / 1000,
  },
  {
    words: ['calls'],
    kind: 'counter',
    unit: 'calls',
    description: 'Function calls since the start.',
    read: ({ metrics }) => metrics.callCount,
  },
  {
    words: ['errors'],
    kind: 'counter',
    unit: 'errors',
    description: 'Errors since the start.',
    read: ({ metrics }) => metrics.errorCount,
  },
]

/** What tells containers apart. */
export function labelsOf(container: ContainerInstance): Readonly<Record<string, string>> {
  const { id, name, version, runtime } = container
  return { container_id: id, name, version, runtime }
}
