import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Workspace } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import type { WorkspaceDialogProps } from './edit-workspace-dialog.tsx'

/** Deleting takes everything inside along, so the name must be typed while there is something inside. */
export function DeleteWorkspaceDialog({ workspace, onClose }: WorkspaceDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState('')
  const needsName = workspace.functionCount > 0
  const remove = useMutation({
    mutationFn: () => api.workspaces.delete(workspace.id),
    onSuccess: async () => {
      queryClient.setQueryData<Workspace[]>(keys.workspaces, (all) =>
        all?.filter(({ id }) => id !== workspace.id),
      )
      await navigate({ to: '/' })
      queryClient.removeQueries({ queryKey: keys.workspace(workspace.id) })
      void queryClient.invalidateQueries({ queryKey: keys.workspaces, exact: true })
      toaster.done(t('workspace.deleted', { name: workspace.name }))
    },
  })
  return (
    <ConfirmDialog
      title={t('workspace.deleteTitle', { name: workspace.name })}
      description={t('workspace.deleteText', { count: workspace.functionCount })}
      confirmLabel={t('workspace.delete')}
      action={remove}
      canConfirm={!needsName || typed === workspace.name}
      onClose={onClose}
    >
      {needsName && (
        <TextField
          label={t('workspace.typeName', { name: workspace.name })}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </ConfirmDialog>
  )
}
