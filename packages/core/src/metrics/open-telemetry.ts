import type { ContainerInstance } from '../containers/instance.ts'
import { labelsOf, measurements } from './measurements.ts'

/** The part of an OpenTelemetry instrument that is used. */
export interface ObservableInstrument {
  addCallback(callback: ObserveCallback): void
  removeCallback(callback: ObserveCallback): void
}

/** Called by OpenTelemetry whenever it collects. */
export type ObserveCallback = (result: {
  observe(value: number, attributes?: Record<string, string>): void
}) => void

/** The part of a `Meter` of `@opentelemetry/api` that is used; any of its versions fits. */
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
 * Registers metrics of containers with an OpenTelemetry meter; they are collected whenever it is read. `list` returns
 * the containers of that moment, such as `() => manager.list()`. The returned function removes them again.
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
