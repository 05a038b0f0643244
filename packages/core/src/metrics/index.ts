// Prometheus
export { prometheusContentType, toPrometheusText } from './prometheus.ts'
// OpenTelemetry
export {
  observeContainers,
  type ObservableInstrument,
  type ObserveCallback,
  type TelemetryMeter,
} from './open-telemetry.ts'
