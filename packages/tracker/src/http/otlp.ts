import type { ContainerStats } from '../model/metrics.ts'

const nsPerMs = 1_000_000n

interface Metric {
  readonly name: string
  readonly unit: string
  readonly monotonic: boolean
  readonly value: (stats: ContainerStats) => number
}

const metrics: readonly Metric[] = [
  {
    name: 'container.cpu.usage',
    unit: '{cpu}',
    monotonic: false,
    value: (s) => s.cpuPercent / 100,
  },
  { name: 'container.memory.usage', unit: 'By', monotonic: false, value: (s) => s.memoryUsage },
  {
    name: 'container.network.io.receive',
    unit: 'By',
    monotonic: true,
    value: (s) => s.networkRxBytes,
  },
  {
    name: 'container.network.io.transmit',
    unit: 'By',
    monotonic: true,
    value: (s) => s.networkTxBytes,
  },
]

const point = (stats: ContainerStats, metric: Metric): object => ({
  attributes: [
    { key: 'workspace.id', value: { stringValue: stats.workspaceId } },
    { key: 'container.id', value: { stringValue: stats.containerId } },
  ],
  timeUnixNano: String(BigInt(Math.trunc(stats.timestamp)) * nsPerMs),
  asDouble: metric.value(stats),
})

/**
 * The newest measurements as the JSON body of an OTLP/HTTP metrics export.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/ "JSON Protobuf Encoding"
 */
export const toOtlp = (all: Iterable<ContainerStats>): object => {
  const samples = [...all]
  const converted = metrics.map((metric) => {
    const dataPoints = samples.map((stats) => point(stats, metric))
    const body = metric.monotonic
      ? { sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } }
      : { gauge: { dataPoints } }
    return { name: metric.name, unit: metric.unit, ...body }
  })
  const attributes = [{ key: 'service.name', value: { stringValue: 'gaesup-tracker' } }]
  return {
    resourceMetrics: [
      {
        resource: { attributes },
        scopeMetrics: [{ scope: { name: '@gaesup-state/tracker' }, metrics: converted }],
      },
    ],
  }
}
