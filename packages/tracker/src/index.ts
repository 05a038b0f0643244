// Tracker
export { Tracker } from './tracking/tracker.ts'
export type { TrackerOptions, TrackerStats } from './tracking/options.ts'
export type { StateChangeListener } from './tracking/state-listeners.ts'
export { workspacesOf } from './tracking/workspaces.ts'
export { mergeSources } from './tracking/merge-sources.ts'
export type { NamedSource } from './tracking/merge-sources.ts'
// Resource monitor
export { ResourceMonitor } from './monitor/resource-monitor.ts'
export type { MonitorStats, ResourceMonitorOptions, SampleListener } from './monitor/options.ts'
export type { WatchedTracker } from './monitor/watched.ts'
export type { CacheStats } from './monitor/container-cache.ts'
export { formatUptime, toContainerStats } from './monitor/usage.ts'
export type { UsageContext } from './monitor/usage.ts'
// Rollups
export { MetricsCollector } from './rollup/metrics-collector.ts'
export type { CollectorStats, MetricsCollectorOptions } from './rollup/metrics-collector.ts'
export { metricNames, resolutionMs, resolutions } from './rollup/rows.ts'
export type { MetricName, MetricsStore, Resolution, RollupQuery, RollupRow } from './rollup/rows.ts'
export type { MemoryTiers } from './rollup/series-table.ts'
export { trendOf } from './rollup/trend.ts'
export type { Point, Trend } from './rollup/trend.ts'
// Alerts
export { Alerts } from './analysis/alerts.ts'
export type { AlertsOptions } from './analysis/alerts.ts'
export type { Alert, AlertEnd, Notifier } from './analysis/alert.ts'
export { alertMetrics, defaultAlertRules, reduceAlert } from './analysis/alert-rule.ts'
export type { AlertMetric, AlertRule, AlertState } from './analysis/alert-rule.ts'
export { alertmanagerNotifier, webhookNotifier } from './push/notifiers.ts'
export type { AlertmanagerOptions, NotifierOptions, WebhookOptions } from './push/notifiers.ts'
// OpenTelemetry
export { OtlpExporter } from './push/otlp-exporter.ts'
export type {
  MeasuredWorkspaces,
  OtlpExporterOptions,
  OtlpExporterStats,
} from './push/otlp-exporter.ts'
// Analysis
export { AnomalyDetector } from './analysis/anomaly.ts'
export type { AnomalyOptions, AnomalyState, Verdict } from './analysis/anomaly.ts'
export { Anomalies } from './analysis/anomalies.ts'
export type { AnomaliesOptions, Anomaly } from './analysis/anomalies.ts'
export { forecast } from './analysis/forecast.ts'
export type { Forecast, ForecastOptions } from './analysis/forecast.ts'
export { timeToOom } from './analysis/time-to-oom.ts'
export type { TimeToOom } from './analysis/time-to-oom.ts'
export { sizingAdvice } from './analysis/advice.ts'
export type { AdviceInput, SizingAdvice } from './analysis/advice.ts'
export { FlightRecorder } from './analysis/flight-recorder.ts'
export type { FlightRecorderOptions } from './analysis/flight-recorder.ts'
export type { DeathCause, FlightRecord } from './analysis/flight-record.ts'
// Events
export { EventBus } from './tracking/event-bus.ts'
export type {
  EventBusOptions,
  EventHandler,
  SubscribeOptions,
  TrackerMessage,
} from './tracking/event-bus.ts'
export { EventType } from './model/events.ts'
export type {
  ContainerUpdateEvent,
  ErrorEvent,
  ErrorEventCode,
  EventData,
  EventDraft,
  GapNotice,
  MetricsUpdateEvent,
  RecoveryEvent,
  SourceGapReason,
  StatusChangeEvent,
  StatusChangeReason,
  SyncEvent,
  TrackerEvent,
} from './model/events.ts'
// State
export { ContainerState, WorkspaceStatus } from './model/state.ts'
export type { ContainerInfo, WorkspaceRecord, WorkspaceState } from './model/state.ts'
export type {
  ContainerStats,
  Pressure,
  ResourceCounters,
  ResourceSummary,
  SystemStats,
  WorkspaceMetrics,
} from './model/metrics.ts'
// Ports
export type { StateStore } from './persistence/state-store.ts'
export { silentLogger, systemClock } from './model/ports.ts'
export type {
  Clock,
  ContainerAction,
  ContainerEvent,
  ContainerSource,
  Logger,
  SourceNotice,
  StatsPath,
  WorkspaceService,
} from './model/ports.ts'
// Errors
export { TrackerError } from './model/errors.ts'
export type { TrackerErrorCode } from './model/errors.ts'
