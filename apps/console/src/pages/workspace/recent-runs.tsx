import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import type { FunctionSummary } from '@gaesup-state/console-api/contract'
import { workspaceLogsQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { RunRow } from '../../runs/run-row.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Panel } from '../../ui/panel.tsx'
import { EmptyState, Skeleton } from '../../ui/surfaces.tsx'

const shown = 10

export interface RecentRunsProps {
  readonly workspaceId: string
  readonly functions: readonly FunctionSummary[]
}

export function RecentRuns({ workspaceId, functions }: RecentRunsProps) {
  const { t } = useI18n()
  const logs = useQuery(workspaceLogsQuery(workspaceId, shown))
  const names = new Map(functions.map(({ id, name }) => [id, name]))
  return (
    <Panel title={t('runs.recent')}>
      {logs.isPending && (
        <div className="panel-body skeleton-rows" aria-hidden>
          <Skeleton height={24} />
          <Skeleton height={24} />
        </div>
      )}
      {logs.error !== null && logs.data === undefined && (
        <div className="panel-body">
          <ErrorPanel
            title={t('runs.failed')}
            error={logs.error}
            onRetry={() => void logs.refetch()}
          />
        </div>
      )}
      {logs.data?.logs.length === 0 && (
        <EmptyState compact icon={<History size={20} aria-hidden />} title={t('runs.none')}>
          {t('runs.noneText')}
        </EmptyState>
      )}
      {logs.data !== undefined && logs.data.logs.length > 0 && (
        <ul className="run-list">
          {logs.data.logs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              workspaceId={workspaceId}
              functionName={names.get(run.functionId)}
            />
          ))}
        </ul>
      )}
    </Panel>
  )
}
