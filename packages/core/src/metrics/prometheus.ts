import type { ContainerInstance } from '../containers/instance.ts'
import { labelsOf, measurements, type Measurement } from './measurements.ts'

/** Content type of the text of `toPrometheusText`. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * What containers use, for a Prometheus scrape: CPU, memory, uptime, last activity, calls and errors, each with the labels `container_id`, `name`,
 * `version` and `runtime`.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function toPrometheusText(containers: readonly ContainerInstance[]): string {
  return measurements.map((one) => family(one, containers)).join('')
}

function family(measurement: Measurement, containers: readonly ContainerInstance[]): string {
  const name = nameOf(measurement)
  const samples = containers.map(
    (container) => `${name}{${labelText(container)}} ${measurement.read(container)}\n`,
  )
  return `# HELP ${name} ${measurement.description}\n# TYPE ${name} ${measurement.kind}\n${samples.join('')}`
}

function nameOf({ words, kind, unit }: Measurement): string {
  return ['gaesup_container', ...words, kind === 'counter' ? 'total' : unit].join('_')
}

function labelText(container: ContainerInstance): string {
  return Object.entries(labelsOf(container))
    .map(([label, value]) => `${label}="${escape(value)}"`)
    .join(',')
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
