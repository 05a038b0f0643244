import { TriangleAlert } from 'lucide-react'
import type { DaemonPart } from '../../api/status.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge } from '../../ui/surfaces.tsx'
import { partDetail, partName } from './part-words.ts'

/** What the daemon is made of: embedded or real, and what works with less than it should. */
export function PartsPanel({ parts }: { readonly parts: readonly DaemonPart[] }) {
  const { t } = useI18n()
  return (
    <Panel title={t('status.parts')}>
      <ul className="parts">
        {parts.map((part) => (
          <PartRow key={part.name} part={part} />
        ))}
      </ul>
      <p className="panel-note">{t('status.kinds')}</p>
    </Panel>
  )
}

function PartRow({ part }: { readonly part: DaemonPart }) {
  const { t } = useI18n()
  const detail = partDetail(t, part)
  const degraded = part.status === 'degraded'
  return (
    <li className="part">
      <span className="part-name">{partName(t, part)}</span>
      <span className="part-badges">
        <Badge tone={part.kind === 'real' ? 'accent' : 'off'}>
          {part.kind === 'real' ? t('status.real') : t('status.embedded')}
        </Badge>
        {degraded && <Badge tone="warn">{t('status.degraded')}</Badge>}
      </span>
      <span className="part-detail" lang={detail.translated ? undefined : 'en'}>
        {detail.text}
      </span>
      {degraded && part.reason !== undefined && (
        <p className="part-reason" lang="en">
          <TriangleAlert size={14} aria-hidden />
          {part.reason}
        </p>
      )}
    </li>
  )
}
