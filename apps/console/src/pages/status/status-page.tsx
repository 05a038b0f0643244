import { useQuery } from '@tanstack/react-query'
import type { DaemonStatus } from '../../api/status.ts'
import { statusQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Badge, Skeleton } from '../../ui/surfaces.tsx'
import { CopyFact, Fact, Facts } from './facts.tsx'
import { LimitsPanel } from './limits-panel.tsx'
import { PartsPanel } from './parts-panel.tsx'
import './status.css'

export function StatusPage() {
  const { t } = useI18n()
  const status = useQuery(statusQuery())
  usePageTitle(t('nav.status'))
  return (
    <main id="main" className="page">
      <header className="page-head">
        <div className="page-title">
          <h1>{t('status.title')}</h1>
          <p className="page-note">{t('status.text')}</p>
        </div>
      </header>
      {status.error !== null && status.data === undefined && (
        <ErrorPanel
          title={t('status.failed')}
          error={status.error}
          onRetry={() => void status.refetch()}
        />
      )}
      {status.isPending && (
        <div className="stack" aria-busy>
          <Skeleton height={180} />
          <Skeleton height={240} />
        </div>
      )}
      {status.data !== undefined && (
        <div className="stack">
          <DaemonPanel status={status.data} />
          <PartsPanel parts={status.data.parts} />
          <RuntimesPanel runtimes={status.data.runtimes} />
          <LimitsPanel />
        </div>
      )}
    </main>
  )
}

function DaemonPanel({ status }: { readonly status: DaemonStatus }) {
  const { t } = useI18n()
  const degraded = status.parts.filter((part) => part.status === 'degraded').length
  return (
    <Panel
      title={t('status.daemon')}
      aside={
        degraded === 0 ? (
          <Badge tone="good">{t('status.answering')}</Badge>
        ) : (
          <Badge tone="warn">{t('status.degradedParts', { count: degraded })}</Badge>
        )
      }
    >
      <Facts>
        <Fact label={t('status.version')}>{status.version}</Fact>
        <Fact label={t('status.started')}>
          <RelativeTime iso={status.startedAt} />
        </Fact>
        <CopyFact label={t('status.console')} value={status.endpoints.console} />
        <CopyFact label={t('status.sandbox')} value={status.endpoints.sandbox} />
        {status.dataDir !== undefined && (
          <CopyFact label={t('status.dataDir')} value={status.dataDir} />
        )}
      </Facts>
    </Panel>
  )
}

function RuntimesPanel({ runtimes }: { readonly runtimes: DaemonStatus['runtimes'] }) {
  const { t } = useI18n()
  return (
    <Panel title={t('status.runtimes')}>
      <ul className="parts">
        {runtimes.map((runtime) => (
          <li key={`${runtime.engine} ${runtime.runtime}`} className="part">
            <span className="part-name">{runtime.runtime}</span>
            <Badge>{runtime.engine}</Badge>
            <span className="part-detail number">
              {t('status.exactly', { version: runtime.version })}
            </span>
          </li>
        ))}
      </ul>
      {runtimes.length === 0 && <p className="panel-note">{t('status.noRuntimes')}</p>}
    </Panel>
  )
}
