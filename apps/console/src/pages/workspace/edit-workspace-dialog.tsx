import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Workspace } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { WorkspaceFormDialog, type WorkspaceValues } from './workspace-form-dialog.tsx'

export interface WorkspaceDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

export function EditWorkspaceDialog({ workspace, onClose }: WorkspaceDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (values: WorkspaceValues) => api.workspaces.update(workspace.id, values),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.workspace(workspace.id), saved)
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      toaster.done(t('workspace.saved'))
      onClose()
    },
  })
  return (
    <WorkspaceFormDialog
      title={t('workspace.edit')}
      submitLabel={t('action.save')}
      workspace={workspace}
      busy={save.isPending}
      failure={save.error}
      onSubmit={save.mutate}
      onClose={onClose}
    />
  )
}
