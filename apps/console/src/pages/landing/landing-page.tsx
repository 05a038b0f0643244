import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { workspacesQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { CreateWorkspaceDialog } from './create-workspace-dialog.tsx'
import { FirstRun } from './first-run.tsx'
import { WorkspaceCard, WorkspaceCardSkeleton } from './workspace-card.tsx'
import './landing.css'

export function LandingPage() {
  const { t } = useI18n()
  const workspaces = useQuery(workspacesQuery())
  const [creating, setCreating] = useState(false)
  usePageTitle(t('landing.title'))
  if (workspaces.data?.length === 0) return <FirstRun />
  return (
    <main id="main" className="page">
      <header className="page-head">
        <h1>{t('landing.title')}</h1>
        <Button
          look="primary"
          icon={<Plus size={15} aria-hidden />}
          onClick={() => setCreating(true)}
        >
          {t('workspace.new')}
        </Button>
      </header>
      {workspaces.data === undefined && workspaces.error !== null && (
        <ErrorPanel
          title={t('landing.failed')}
          error={workspaces.error}
          onRetry={() => void workspaces.refetch()}
        />
      )}
      {(workspaces.data !== undefined || workspaces.isPending) && (
        <ul className="cards" aria-busy={workspaces.isPending} aria-label={t('landing.title')}>
          {workspaces.data?.map((workspace) => (
            <WorkspaceCard key={workspace.id} workspace={workspace} />
          )) ?? [0, 1, 2].map((index) => <WorkspaceCardSkeleton key={index} />)}
        </ul>
      )}
      {creating && <CreateWorkspaceDialog onClose={() => setCreating(false)} />}
    </main>
  )
}
