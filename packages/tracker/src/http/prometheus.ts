import type { Alert } from '../analysis/alert.ts'
import type { ContainerStats } from '../model/metrics.ts'
import type { WorkspaceState } from '../model/state.ts'
import type { MonitorStats } from '../monitor/options.ts'
import type { TrackerStats } from '../tracking/options.ts'
import type { Family, Sample } from './exposition.ts'
import { toExposition } from './exposition.ts'

/** The two formats a scrape can have. */
export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'
export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** What a scrape shows besides the workspaces. */
export interface PrometheusOptions {
  /** Writes OpenMetrics 1.0 in place of the Prometheus text format. Default false. */
  readonly openMetrics?: boolean
  readonly tracker?: TrackerStats
  readonly monitor?: MonitorStats
  /** Alerts that fire. */
  readonly firing?: readonly Alert[]
}

type Measure = readonly [
  name: string,
  type: Family['type'],
  help: string,
  value: (stats: ContainerStats) => number | null,
]

const measures: readonly Measure[] = [
  ['cpu_percent', 'gauge', 'CPU in percent of one core.', (s) => s.cpuPercent],
  ['memory_bytes', 'gauge', 'Memory without reclaimable page cache.', (s) => s.memoryUsage],
  ['memory_limit_bytes', 'gauge', 'Memory limit, or the memory of the host.', (s) => s.memoryLimit],
  [
    'network_receive_bytes',
    'counter',
    'Bytes received since the container started.',
    (s) => s.networkRxBytes,
  ],
  [
    'network_transmit_bytes',
    'counter',
    'Bytes sent since the container started.',
    (s) => s.networkTxBytes,
  ],
  ['block_read_bytes', 'counter', 'Bytes read from block devices.', (s) => s.blockRead],
  ['block_write_bytes', 'counter', 'Bytes written to block devices.', (s) => s.blockWrite],
  ['pids', 'gauge', 'Processes and threads.', (s) => s.pidsCount],
  [
    'throttled_percent',
    'gauge',
    'Percent of scheduler periods stopped by the CPU limit.',
    (s) => s.throttledPercent,
  ],
  ['oom_kills', 'counter', 'Processes killed for memory.', (s) => s.oomKills],
]

interface Row {
  readonly labels: Readonly<Record<string, string>>
  readonly stats: ContainerStats | undefined
}

const measureFamily = ([name, type, help, value]: Measure, rows: readonly Row[]): Family => ({
  name: `gaesup_workspace_${name}`,
  type,
  help,
  samples: rows.flatMap(({ labels, stats }): readonly Sample[] => {
    const measured = stats === undefined ? null : value(stats)
    return measured === null ? [] : [{ labels, value: measured }]
  }),
})

const counter = (name: string, help: string, value: number | undefined): Family => ({
  name: `gaesup_${name}`,
  type: 'counter',
  help,
  samples: value === undefined ? [] : [{ labels: {}, value }],
})

const ownFamilies = ({ tracker, monitor, firing = [] }: PrometheusOptions): readonly Family[] => [
  counter('tracker_events', 'Events of the tracker since it was made.', tracker?.seq),
  counter('tracker_gaps', 'Holes found in the events of the engine.', tracker?.gaps),
  counter(
    'monitor_collections',

    'Measurements tried since the monitor was made.',
    monitor?.totalCollections,
  ),
  counter(
    'monitor_collections_failed',

    'Measurements that failed.',
    monitor?.failedCollections,
  ),
  {
    name: 'gaesup_alert_firing',
    type: 'gauge',
    help: '1 for each alert that fires.',
    samples: firing.map(({ ruleId, workspaceId, severity }) => ({
      labels: { rule: ruleId, workspace: workspaceId, severity },
      value: 1,
    })),
  },
]

/**
 * Formats all states and newest measurements for a Prometheus scrape. Without options it shows the workspaces alone.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const toPrometheus = (
  states: Iterable<WorkspaceState>,
  statsOf: (workspaceId: string) => ContainerStats | undefined,
  options: PrometheusOptions = {},
): string => {
  const known = [...states]
  const rows = known.map(({ workspaceId }): Row => ({
    labels: { workspace: workspaceId },
    stats: statsOf(workspaceId),
  }))
  const statuses: Family = {
    name: 'gaesup_workspace_status',
    type: 'gauge',
    help: '1 for the status the workspace has.',
    samples: known.map(({ workspaceId, status }) => ({
      labels: { workspace: workspaceId, status },
      value: 1,
    })),
  }
  const families = [
    statuses,
    ...measures.map((measure) => measureFamily(measure, rows)),
    ...ownFamilies(options),
  ]
  return toExposition(families, options.openMetrics === true)
}

interface Preference {
  readonly type: string
  readonly quality: number
}

const parseAccept = (accept: string): readonly Preference[] =>
  accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })

/** Whether an `Accept` header prefers OpenMetrics to plain text. */
export const prefersOpenMetrics = (accept: string): boolean => {
  const preferences = parseAccept(accept)
  const best = (type: string): number =>
    Math.max(0, ...preferences.filter((p) => p.type === type).map(({ quality }) => quality))
  const openMetrics = best('application/openmetrics-text')
  return openMetrics > 0 && openMetrics >= best('text/plain')
}
