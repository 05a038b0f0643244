import { Link } from '@tanstack/react-router'
import type { Workspace } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Skeleton, StatusDot } from '../../ui/surfaces.tsx'
import { healthOf, healthText } from '../health.ts'

export function WorkspaceCard({ workspace }: { readonly workspace: Workspace }) {
  const { t, formats } = useI18n()
  const health = healthOf(workspace)
  return (
    <li className="card">
      <div className="card-title">
        <StatusDot tone={health} label={t(healthText[health])} />
        <h2 className="truncate">
          <Link
            to="/w/$workspaceId"
            params={{ workspaceId: workspace.id }}
            className="card-link"
            preload="intent"
          >
            {workspace.name}
          </Link>
        </h2>
      </div>
      <p className="card-description">
        {workspace.description || <span className="faint">{t('workspace.noDescription')}</span>}
      </p>
      <dl className="card-numbers">
        <div>
          <dt>{t('metric.functions')}</dt>
          <dd className="number">{formats.number(workspace.functionCount)}</dd>
        </div>
        <div>
          <dt>{t('metric.calls24h')}</dt>
          <dd className="number">{formats.number(workspace.invocations24h)}</dd>
        </div>
        <div>
          <dt>{t('metric.errorRate')}</dt>
          <dd className={`number ${workspace.errorRate > 0 ? 'card-errors' : ''}`}>
            {workspace.invocations24h === 0 ? '–' : formats.percent(workspace.errorRate)}
          </dd>
        </div>
      </dl>
    </li>
  )
}

export function WorkspaceCardSkeleton() {
  return (
    <li className="card" aria-hidden>
      <div className="card-title">
        <Skeleton width="52%" height={18} />
      </div>
      <p className="card-description">
        <Skeleton width="80%" height={14} />
      </p>
      <div className="card-numbers">
        <Skeleton height={38} />
        <Skeleton height={38} />
        <Skeleton height={38} />
      </div>
    </li>
  )
}
