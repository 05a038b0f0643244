import type { ContainerStats } from '../model/metrics.ts'
import type { WorkspaceState } from '../model/state.ts'

interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly value: (stats: ContainerStats) => number | null
}

const families: readonly Family[] = [
  {
    name: 'gaesup_workspace_cpu_percent',
    type: 'gauge',
    help: 'CPU in percent of one core.',
    value: (s) => s.cpuPercent,
  },
  {
    name: 'gaesup_workspace_memory_bytes',
    type: 'gauge',
    help: 'Memory without reclaimable page cache.',
    value: (s) => s.memoryUsage,
  },
  {
    name: 'gaesup_workspace_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit, or the memory of the host.',
    value: (s) => s.memoryLimit,
  },
  {
    name: 'gaesup_workspace_network_receive_bytes_total',
    type: 'counter',
    help: 'Bytes received since the container started.',
    value: (s) => s.networkRxBytes,
  },
  {
    name: 'gaesup_workspace_network_transmit_bytes_total',
    type: 'counter',
    help: 'Bytes sent since the container started.',
    value: (s) => s.networkTxBytes,
  },
  {
    name: 'gaesup_workspace_block_read_bytes_total',
    type: 'counter',
    help: 'Bytes read from block devices.',
    value: (s) => s.blockRead,
  },
  {
    name: 'gaesup_workspace_block_write_bytes_total',
    type: 'counter',
    help: 'Bytes written to block devices.',
    value: (s) => s.blockWrite,
  },
  {
    name: 'gaesup_workspace_pids',
    type: 'gauge',
    help: 'Processes and threads.',
    value: (s) => s.pidsCount,
  },
  {
    name: 'gaesup_workspace_throttled_percent',
    type: 'gauge',
    help: 'Percent of scheduler periods stopped by the CPU limit.',
    value: (s) => s.throttledPercent,
  },
  {
    name: 'gaesup_workspace_oom_kills_total',
    type: 'counter',
    help: 'Processes killed for memory.',
    value: (s) => s.oomKills,
  },
]

/** A label value with backslash, quote and newline escaped. */
const escape = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

/**
 * All states and newest measurements as a Prometheus scrape.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const toPrometheus = (
  states: Iterable<WorkspaceState>,
  statsOf: (workspaceId: string) => ContainerStats | undefined,
): string => {
  const rows = [...states].map((state) => ({
    state,
    stats: statsOf(state.workspaceId),
    labels: `workspace="${escape(state.workspaceId)}"`,
  }))
  const lines = [
    '# HELP gaesup_workspace_status 1 for the status the workspace has.',
    '# TYPE gaesup_workspace_status gauge',
  ]
  for (const { state, labels } of rows)
    lines.push(`gaesup_workspace_status{${labels},status="${state.status}"} 1`)
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
    for (const { stats, labels } of rows) {
      const value = stats === undefined ? null : family.value(stats)
      if (value !== null && Number.isFinite(value)) lines.push(`${family.name}{${labels}} ${value}`)
    }
  }
  return `${lines.join('\n')}\n`
}
