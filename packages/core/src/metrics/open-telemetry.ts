import type { ContainerInstance } from '../containers/instance.ts'
import { labelsOf, measurements } from './measurements.ts'

/** What is needed of an instrument of OpenTelemetry. */
export interface ObservableInstrument {
  addCallback(callback: ObserveCallback): void
  removeCallback(callback: ObserveCallback): void
}

/** Called by OpenTelemetry whenever it collects. */
export type ObserveCallback = (result: {
  observe(value: number, attributes?: Record<string, string>): void
}) => void

/** What is needed of a `Meter` of `@opentelemetry/api`; any of its versions will do. */
export interface TelemetryMeter {
  createObservableGauge(
    name: string,
    options: { description: string; unit: string },
  ): ObservableInstrument
  createObservableCounter(
    name: string,
    options: { description: string; unit: string },
  ): ObservableInstrument
}

const units = {
  percent: '%',
  bytes: 'By',
  seconds: 's',
  calls: '{call}',
  errors: '{error}',
} as const

/**
 * Tells an OpenTelemetry meter what containers use, whenever it is read. `list` gives the containers of that moment, such as
 * `() => manager.list()`. The result ends it.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/api/#asynchronous-instruments
 */
export function observeContainers(
  meter: TelemetryMeter,
  list: () => readonly ContainerInstance[],
): () => void {
  const ends = measurements.map(({ words, kind, unit, description, read }) => {
    const name = ['gaesup.container', ...words].join('.')
    const options = { description, unit: units[unit] }
    const instrument =
      kind === 'gauge'
        ? meter.createObservableGauge(name, options)
        : meter.createObservableCounter(name, options)
    const observe: ObserveCallback = (result) => {
      for (const container of list()) result.observe(read(container), { ...labelsOf(container) })
    }
    instrument.addCallback(observe)
    return () => instrument.removeCallback(observe)
  })
  return () => {
    for (const end of ends) end()
  }
}
