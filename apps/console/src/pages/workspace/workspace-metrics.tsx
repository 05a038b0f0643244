import type { FunctionSummary, Workspace } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Metric, Skeleton } from '../../ui/surfaces.tsx'

export interface WorkspaceMetricsProps {
  readonly workspace: Workspace | undefined
  readonly functions: readonly FunctionSummary[] | undefined
}

export function WorkspaceMetrics({ workspace, functions }: WorkspaceMetricsProps) {
  const { t, formats } = useI18n()
  const waiting = <Skeleton width={56} height={22} />
  const average = functions === undefined ? undefined : averageDuration(functions)
  const errors = functions?.reduce((sum, { errors24h }) => sum + errors24h, 0)
  return (
    <dl className="metrics" aria-label={t('metric.label')} aria-busy={workspace === undefined}>
      <Metric
        label={t('metric.functions')}
        value={workspace === undefined ? waiting : formats.number(workspace.functionCount)}
        note={
          functions === undefined
            ? ' '
            : t('metric.active', {
                count: functions.filter(({ status }) => status === 'active').length,
              })
        }
      />
      <Metric
        label={t('metric.calls24h')}
        value={workspace === undefined ? waiting : formats.number(workspace.invocations24h)}
        note={t('metric.window')}
      />
      <Metric
        label={t('metric.errorRate')}
        value={
          workspace === undefined
            ? waiting
            : workspace.invocations24h === 0
              ? '–'
              : formats.percent(workspace.errorRate)
        }
        note={errors === undefined ? ' ' : t('metric.errors', { count: errors })}
      />
      <Metric
        label={t('metric.average')}
        value={
          functions === undefined
            ? waiting
            : average === undefined
              ? '–'
              : formats.duration(average)
        }
        note={t('metric.perCall')}
      />
    </dl>
  )
}

/** Mean duration over all calls: every function weighs as much as it was called. */
export function averageDuration(functions: readonly FunctionSummary[]): number | undefined {
  const calls = functions.reduce((sum, { invocations24h }) => sum + invocations24h, 0)
  if (calls === 0) return undefined
  return (
    functions.reduce(
      (sum, { invocations24h, avgDuration }) => sum + invocations24h * avgDuration,
      0,
    ) / calls
  )
}
