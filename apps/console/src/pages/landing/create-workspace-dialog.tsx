import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { LIMITS } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'

export function CreateWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useI18n()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useMutation({
    mutationFn: () =>
      api.workspaces.create({
        name: name.trim(),
        ...(description.trim() !== '' && { description: description.trim() }),
      }),
    onSuccess: async (workspace) => {
      queryClient.setQueryData(keys.workspace(workspace.id), workspace)
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      await navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
    },
  })
  return (
    <FormDialog
      title={t('workspace.new')}
      description={t('workspace.newHint')}
      submitLabel={t('action.create')}
      busy={create.isPending}
      canSubmit={name.trim() !== ''}
      error={create.error !== null && <ErrorPanel error={create.error} />}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('field.name')}
        value={name}
        maxLength={LIMITS.nameLength}
        required
        autoFocus
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
