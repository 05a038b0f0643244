import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { History, X } from 'lucide-react'
import type { ExecutionLog, FunctionConfig } from '@gaesup-state/console-api/contract'
import { toErrorText } from '../../api/error-text.ts'
import { functionLogQuery, functionLogsQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { RunDetails } from '../../runs/run-details.tsx'
import { RunRow } from '../../runs/run-row.tsx'
import { IconButton } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { EmptyState, Skeleton } from '../../ui/surfaces.tsx'
import './runs-tab.css'

const route = getRouteApi('/w/$workspaceId/f/$functionId')
const limit = 100

export function RunsTab({ fn }: { readonly fn: FunctionConfig }) {
  const { t } = useI18n()
  const { run: asked } = route.useSearch()
  const ref = { workspaceId: fn.workspaceId, functionId: fn.id }
  const logs = useQuery(functionLogsQuery(ref, limit))
  const openId = asked ?? logs.data?.logs[0]?.id
  const open = useQuery({
    ...functionLogQuery(ref, openId ?? ''),
    enabled: openId !== undefined,
    placeholderData: keepPreviousData,
  })
  if (logs.data?.logs.length === 0 && asked === undefined) {
    return (
      <EmptyState icon={<History size={21} aria-hidden />} title={t('runs.none')}>
        {t('runs.noneText')}
      </EmptyState>
    )
  }
  // Both at once: in a narrow window the run stands above the list and would push it down.
  if (logs.data === undefined || open.isPending) {
    return (
      <div className="response-wait">
        {logs.error === null ? (
          <Skeleton height={120} />
        ) : (
          <ErrorPanel
            title={t('runs.failed')}
            error={logs.error}
            onRetry={() => void logs.refetch()}
          />
        )}
      </div>
    )
  }
  const { logs: runs, total } = logs.data
  return (
    <div className="runs-tab">
      <div className="runs-list-pane">
        <div className="runs-bar">
          <span>{t('runs.shown', { shown: runs.length, total })}</span>
        </div>
        <ul aria-label={t('tab.runs')}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} workspaceId={fn.workspaceId} open={run.id === openId} />
          ))}
        </ul>
      </div>
      <RunPane open={open} explicit={asked !== undefined} />
    </div>
  )
}

interface RunPaneProps {
  readonly open: UseQueryResult<ExecutionLog>
  /** The address names the run. */
  readonly explicit: boolean
}

function RunPane({ open: { data: run, error, refetch }, explicit }: RunPaneProps) {
  const { t, formats } = useI18n()
  const navigate = route.useNavigate()
  const isGone = error !== null && toErrorText(error).code === 'NOT_FOUND'
  return (
    <section className="run-pane" aria-label={t('runs.details')}>
      <header className="run-pane-head">
        <h2 className="truncate">{isGone ? t('runs.gone') : run && `${run.method} ${run.path}`}</h2>
        {run !== undefined && <span className="faint number">{formats.time(run.timestamp)}</span>}
        {explicit && (
          <IconButton
            label={t('runs.closeDetails')}
            tipSide="left"
            onClick={() => void navigate({ search: { tab: 'runs' } })}
          >
            <X size={15} aria-hidden />
          </IconButton>
        )}
      </header>
      {isGone && <p className="run-none response-wait">{t('runs.goneText')}</p>}
      {error !== null && !isGone && (
        <div className="response-wait">
          <ErrorPanel
            title={t('runs.detailsFailed')}
            error={error}
            onRetry={() => void refetch()}
          />
        </div>
      )}
      {run !== undefined && <RunDetails key={run.id} run={run} withRequest />}
    </section>
  )
}
