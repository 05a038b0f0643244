import type { ContainerStats } from '../model/metrics.ts'

const nsPerMs = 1_000_000n
const cumulative = 2

interface Metric {
  readonly name: string
  readonly unit: string
  /** A sum that only grows, a sum that may fall, or a value by itself. */
  readonly kind: 'counter' | 'up_down_counter' | 'gauge'
  /** One value, or one for each direction. */
  readonly values: (stats: ContainerStats) => readonly Value[]
}

interface Value {
  readonly value: number
  readonly attributes?: Readonly<Record<string, string>>
}

/** @see https://opentelemetry.io/docs/specs/semconv/system/container-metrics/ */
const metrics: readonly Metric[] = [
  {
    name: 'container.cpu.usage',
    unit: '{cpu}',
    kind: 'gauge',
    values: ({ cpuPercent }) => [{ value: cpuPercent / 100 }],
  },
  {
    name: 'container.memory.usage',
    unit: 'By',
    kind: 'up_down_counter',
    values: ({ memoryUsage }) => [{ value: memoryUsage }],
  },
  {
    name: 'container.network.io',
    unit: 'By',
    kind: 'counter',
    values: ({ networkRxBytes, networkTxBytes }) => [
      { value: networkRxBytes, attributes: { 'network.io.direction': 'receive' } },
      { value: networkTxBytes, attributes: { 'network.io.direction': 'transmit' } },
    ],
  },
  {
    name: 'container.disk.io',
    unit: 'By',
    kind: 'counter',
    values: ({ blockRead, blockWrite }) => [
      { value: blockRead, attributes: { 'disk.io.direction': 'read' } },
      { value: blockWrite, attributes: { 'disk.io.direction': 'write' } },
    ],
  },
]

const toAttributes = (attributes: Readonly<Record<string, string>>): readonly object[] =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** 64-bit integers are strings in JSON; a number of any other kind is a double. */
const toNumber = (value: number, kind: Metric['kind']): object =>
  kind !== 'gauge' && Number.isSafeInteger(value) ? { asInt: String(value) } : { asDouble: value }

const pointsOf = (stats: ContainerStats, { kind, values }: Metric): readonly object[] =>
  values(stats)
    .filter(({ value }) => Number.isFinite(value))
    .map(({ value, attributes }) => ({
      // On the point, not the resource: every backend keeps the containers apart by these.
      attributes: toAttributes({
        'workspace.id': stats.workspaceId,
        'container.id': stats.containerId,
        ...attributes,
      }),
      timeUnixNano: String(BigInt(Math.trunc(stats.timestamp)) * nsPerMs),
      ...toNumber(value, kind),
    }))

const toMetric = (metric: Metric, samples: readonly ContainerStats[]): object => {
  const dataPoints = samples.flatMap((stats) => pointsOf(stats, metric))
  const { name, unit, kind } = metric
  const isMonotonic = kind === 'counter'
  return kind === 'gauge'
    ? { name, unit, gauge: { dataPoints } }
    : { name, unit, sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic } }
}

/**
 * Formats measurements as the JSON body of an OTLP/HTTP metrics export, named by the semantic conventions.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/ "JSON Protobuf Encoding"
 */
export const toOtlp = (all: Iterable<ContainerStats>): object => {
  const samples = [...all]
  const resource = { attributes: toAttributes({ 'service.name': 'gaesup-tracker' }) }
  const scope = { name: '@gaesup-state/tracker' }
  const converted = metrics.map((metric) => toMetric(metric, samples))
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: converted }] }] }
}
