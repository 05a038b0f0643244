import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ChevronRight, Ellipsis, Pencil, Plus, Trash2 } from 'lucide-react'
import type { Workspace } from '@gaesup-state/console-api/contract'
import { toErrorText } from '../../api/error-text.ts'
import { functionsQuery, workspaceQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { NotFoundPage } from '../../shell/fallback-pages.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Skeleton } from '../../ui/surfaces.tsx'
import { CreateFunctionDialog } from './create-function-dialog.tsx'
import { DeleteWorkspaceDialog } from './delete-workspace-dialog.tsx'
import { EditWorkspaceDialog } from './edit-workspace-dialog.tsx'
import { FunctionsPanel } from './functions-panel.tsx'
import { RecentRuns } from './recent-runs.tsx'
import { WorkspaceMetrics } from './workspace-metrics.tsx'

const route = getRouteApi('/w/$workspaceId')

export function WorkspacePage() {
  const { t } = useI18n()
  const { workspaceId } = route.useParams()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const functions = useQuery(functionsQuery(workspaceId))
  const [creating, setCreating] = useState(false)
  usePageTitle(workspace.data?.name)
  if (workspace.error !== null && toErrorText(workspace.error).code === 'NOT_FOUND') {
    return <NotFoundPage title={t('workspace.notFound')} text={t('workspace.notFoundText')} />
  }
  return (
    <main id="main" className="page">
      <WorkspaceHead workspace={workspace.data} onCreate={() => setCreating(true)} />
      {workspace.error !== null && workspace.data === undefined ? (
        <ErrorPanel
          title={t('workspace.failed')}
          error={workspace.error}
          onRetry={() => void workspace.refetch()}
        />
      ) : (
        <div className="stack">
          <WorkspaceMetrics workspace={workspace.data} functions={functions.data} />
          <FunctionsPanel
            workspaceId={workspaceId}
            functions={functions}
            onCreate={() => setCreating(true)}
          />
          <RecentRuns workspaceId={workspaceId} functions={functions.data ?? []} />
        </div>
      )}
      {creating && (
        <CreateFunctionDialog workspaceId={workspaceId} onClose={() => setCreating(false)} />
      )}
    </main>
  )
}

interface WorkspaceHeadProps {
  readonly workspace: Workspace | undefined
  readonly onCreate: () => void
}

function WorkspaceHead({ workspace, onCreate }: WorkspaceHeadProps) {
  const { t } = useI18n()
  const [dialog, setDialog] = useState<'edit' | 'delete'>()
  return (
    <header className="page-head">
      <div className="page-title">
        <nav aria-label={t('shell.breadcrumb')} className="crumbs">
          <Link to="/">{t('nav.workspaces')}</Link>
          <ChevronRight size={13} aria-hidden />
        </nav>
        <h1 className="truncate">{workspace?.name ?? <Skeleton width={180} />}</h1>
        {workspace?.description && <p className="page-note">{workspace.description}</p>}
      </div>
      <div className="page-actions">
        <Button look="primary" icon={<Plus size={15} aria-hidden />} onClick={onCreate}>
          {t('function.new')}
        </Button>
        <Menu
          label={t('workspace.menu')}
          trigger={<Ellipsis size={18} aria-hidden />}
          items={[
            {
              key: 'edit',
              label: t('workspace.edit'),
              icon: <Pencil size={15} aria-hidden />,
              onSelect: () => setDialog('edit'),
            },
            {
              key: 'delete',
              label: t('workspace.delete'),
              icon: <Trash2 size={15} aria-hidden />,
              danger: true,
              onSelect: () => setDialog('delete'),
            },
          ]}
        />
      </div>
      {workspace !== undefined && dialog === 'edit' && (
        <EditWorkspaceDialog workspace={workspace} onClose={() => setDialog(undefined)} />
      )}
      {workspace !== undefined && dialog === 'delete' && (
        <DeleteWorkspaceDialog workspace={workspace} onClose={() => setDialog(undefined)} />
      )}
    </header>
  )
}
