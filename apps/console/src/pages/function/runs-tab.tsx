import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { History, X } from 'lucide-react'
import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { toErrorText } from '../../api/error-text.ts'
import { functionLogQuery, functionLogsQuery, type FunctionRef } from '../../api/queries.ts'
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
  const { run: openId } = route.useSearch()
  const ref = { workspaceId: fn.workspaceId, functionId: fn.id }
  const logs = useQuery(functionLogsQuery(ref, limit))
  if (logs.data === undefined) {
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
  const runs = logs.data.logs
  if (runs.length === 0) {
    return (
      <EmptyState icon={<History size={21} aria-hidden />} title={t('runs.none')}>
        {t('runs.noneText')}
      </EmptyState>
    )
  }
  const shownId = openId ?? runs[0]?.id
  return (
    <div className="runs-tab">
      <div className="runs-list-pane">
        <div className="runs-bar">
          <span>{t('runs.shown', { shown: runs.length, total: logs.data.total })}</span>
        </div>
        <ul aria-label={t('tab.runs')}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} workspaceId={fn.workspaceId} open={run.id === shownId} />
          ))}
        </ul>
      </div>
      {shownId !== undefined && <RunPane fn={ref} id={shownId} explicit={openId !== undefined} />}
    </div>
  )
}

interface RunPaneProps {
  readonly fn: FunctionRef
  readonly id: string
  /** The address names the run. */
  readonly explicit: boolean
}

function RunPane({ fn, id, explicit }: RunPaneProps) {
  const { t, formats } = useI18n()
  const navigate = route.useNavigate()
  const {
    data: run,
    error,
    refetch,
  } = useQuery({
    ...functionLogQuery(fn, id),
    placeholderData: keepPreviousData,
  })
  const isGone = error !== null && toErrorText(error).code === 'NOT_FOUND'
  return (
    <section className="run-pane" aria-label={t('runs.details')} aria-busy={run === undefined}>
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
      {run === undefined && error === null && (
        <div className="response-wait">
          <Skeleton height={120} />
        </div>
      )}
      {run !== undefined && <RunDetails key={run.id} run={run} withRequest />}
    </section>
  )
}
