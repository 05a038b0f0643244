import { useState } from 'react'
import type { ExecutionLog } from '@gaesup-state/console-api/contract'
import { useI18n } from '../i18n/i18n-context.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { LineList } from '../ui/line-list.tsx'
import { Badge } from '../ui/surfaces.tsx'
import { failedLine, prettyBody, rawBody, toneOfRun, whyItFailed } from './run-facts.ts'
import './run-details.css'

/** Everything a run left behind: status, why it failed, answer, prints. */
export function RunDetails({
  run,
  withRequest = false,
}: {
  readonly run: ExecutionLog
  readonly withRequest?: boolean
}) {
  const { t } = useI18n()
  return (
    <div className="run-details">
      <RunFacts run={run} />
      {run.error !== undefined && <Failure error={run.error} />}
      {withRequest && run.requestBody !== undefined && run.requestBody !== null && (
        <Body
          title={t('run.requestBody')}
          body={run.requestBody}
          truncated={run.truncated.includes('requestBody')}
        />
      )}
      {run.responseBody !== undefined && (
        <Body
          title={t('run.body')}
          body={run.responseBody}
          truncated={run.truncated.includes('responseBody')}
        />
      )}
      <Prints run={run} />
    </div>
  )
}

/** A wait shorter than this is none. */
const worthTellingMs = 100

function RunFacts({ run }: { readonly run: ExecutionLog }) {
  const { t, formats } = useI18n()
  return (
    <div className="run-facts">
      <Badge tone={toneOfRun(run)}>
        <span className="visually-hidden">{t('run.status')} </span>
        {run.statusCode}
      </Badge>
      {run.trigger === 'draft' && <Badge tone="accent">{t('run.draft')}</Badge>}
      {run.coldStart && (
        <Badge>{t('run.cold', { duration: formats.duration(run.coldStartMs) })}</Badge>
      )}
      <dl>
        <div>
          <dt>{t('run.duration')}</dt>
          <dd className="number">{formats.duration(run.duration)}</dd>
        </div>
        {run.queueMs >= worthTellingMs && (
          <div>
            <dt>{t('run.waited')}</dt>
            <dd className="number">{formats.duration(run.queueMs)}</dd>
          </div>
        )}
        <div>
          <dt>{t('run.cpu')}</dt>
          <dd className="number">{formats.duration(run.cpuMs)}</dd>
        </div>
        <div>
          <dt>{t('run.memory')}</dt>
          <dd className="number">{formats.bytes(run.memoryBytes)}</dd>
        </div>
      </dl>
    </div>
  )
}

function Failure({ error }: { readonly error: NonNullable<ExecutionLog['error']> }) {
  const { t } = useI18n()
  const line = failedLine(error.message)
  const why = whyItFailed(error.message)
  return (
    <section className="failure" aria-label={t('run.why')}>
      <header>
        <h2>{t('run.why')}</h2>
        <code>{error.code}</code>
      </header>
      <p className="failure-why">
        {why}
        {line !== undefined && <span className="failure-line">{t('run.atLine', { line })}</span>}
      </p>
      {why !== error.message.trim() && (
        <details open>
          <summary>{t('run.traceback')}</summary>
          <pre tabIndex={0}>{error.message}</pre>
        </details>
      )}
    </section>
  )
}

interface BodyProps {
  readonly title: string
  readonly body: unknown
  readonly truncated: boolean
}

function Body({ title, body, truncated }: BodyProps) {
  const { t } = useI18n()
  const [raw, setRaw] = useState(false)
  const text = raw ? rawBody(body) : prettyBody(body)
  return (
    <section className="run-section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {truncated && <Badge tone="warn">{t('run.truncated')}</Badge>}
        <button
          type="button"
          className="text-button"
          aria-pressed={raw}
          onClick={() => setRaw(!raw)}
        >
          {t('run.raw')}
        </button>
        <CopyButton text={text} />
      </header>
      <pre tabIndex={0}>
        {text === '' ? <span className="faint">{t('run.emptyBody')}</span> : text}
      </pre>
    </section>
  )
}

function Prints({ run }: { readonly run: ExecutionLog }) {
  const { t } = useI18n()
  return (
    <section className="run-section" aria-label={t('run.logs')}>
      <header>
        <h2>{t('run.logs')}</h2>
        {run.truncated.includes('logs') && <Badge tone="warn">{t('run.truncated')}</Badge>}
        {run.logs.length > 0 && <CopyButton text={run.logs.join('\n')} />}
      </header>
      {run.logs.length === 0 ? (
        <p className="run-none">{t('run.noLogs')}</p>
      ) : (
        <LineList lines={run.logs} label={t('run.logs')} />
      )}
    </section>
  )
}
