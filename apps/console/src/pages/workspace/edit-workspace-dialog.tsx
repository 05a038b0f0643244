import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LIMITS, type Workspace } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'
import { useToaster } from '../../ui/toasts.tsx'

export interface WorkspaceDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

export function EditWorkspaceDialog({ workspace, onClose }: WorkspaceDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const [name, setName] = useState(workspace.name)
  const [description, setDescription] = useState(workspace.description ?? '')
  const save = useMutation({
    mutationFn: () =>
      api.workspaces.update(workspace.id, { name: name.trim(), description: description.trim() }),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.workspace(workspace.id), saved)
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      toaster.done(t('workspace.saved'))
      onClose()
    },
  })
  return (
    <FormDialog
      title={t('workspace.edit')}
      submitLabel={t('action.save')}
      busy={save.isPending}
      canSubmit={name.trim() !== ''}
      error={save.error !== null && <ErrorPanel error={save.error} />}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('field.name')}
        value={name}
        maxLength={LIMITS.nameLength}
        required
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label={t('field.descriptionOptional')}
        value={description}
        maxLength={LIMITS.descriptionLength}
        onChange={(event) => setDescription(event.target.value)}
      />
    </FormDialog>
  )
}
