import type { ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { DaemonStatus } from '../../api/status.ts'
import { statusQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Badge, Skeleton } from '../../ui/surfaces.tsx'
import { LimitsPanel } from './limits-panel.tsx'
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
  return (
    <section className="panel" aria-labelledby="daemon-title">
      <header className="panel-head">
        <h2 id="daemon-title">{t('status.daemon')}</h2>
        <Badge tone="good">{t('status.answering')}</Badge>
      </header>
      <dl className="facts">
        <Fact label={t('status.version')}>{status.version}</Fact>
        <Fact label={t('status.started')}>
          <RelativeTime iso={status.startedAt} />
        </Fact>
        <CopyFact label={t('status.console')} value={status.endpoints.console} />
        <CopyFact label={t('status.sandbox')} value={status.endpoints.sandbox} />
        {status.dataDir !== undefined && (
          <CopyFact label={t('status.dataDir')} value={status.dataDir} />
        )}
      </dl>
    </section>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function CopyFact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Fact label={label}>
      <code className="fact-code">{value}</code>
      <CopyButton text={value} />
    </Fact>
  )
}

function PartsPanel({ parts }: { readonly parts: DaemonStatus['parts'] }) {
  const { t } = useI18n()
  return (
    <section className="panel" aria-labelledby="parts-title">
      <header className="panel-head">
        <h2 id="parts-title">{t('status.parts')}</h2>
      </header>
      <ul className="parts">
        {parts.map((part) => (
          <li key={part.name} className="part">
            <span className="part-name">{part.name}</span>
            <Badge tone={part.kind === 'real' ? 'accent' : 'off'}>
              {part.kind === 'real' ? t('status.real') : t('status.embedded')}
            </Badge>
            <span className="part-detail">{part.detail}</span>
          </li>
        ))}
      </ul>
      <p className="panel-note">{t('status.kinds')}</p>
    </section>
  )
}

function RuntimesPanel({ runtimes }: { readonly runtimes: DaemonStatus['runtimes'] }) {
  const { t } = useI18n()
  return (
    <section className="panel" aria-labelledby="runtimes-title">
      <header className="panel-head">
        <h2 id="runtimes-title">{t('status.runtimes')}</h2>
      </header>
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
    </section>
  )
}
